"""The tables of codes, and what follows from them. Pure."""

from salus.shared.codes.rules.conditions import DUTIES, Condition, TermsContradict, check_terms
from salus.shared.codes.rules.duo import TERMS, Force, Kind, Parameter, Term
from salus.shared.codes.rules.matching import EU, Field, Fit, StatedUse, duties, fits
from salus.shared.codes.rules.purposes import (
    MEANINGS,
    PERMITTED,
    PROHIBITED,
    Meaning,
    Purpose,
    PurposeProhibited,
    check_purpose,
)

__all__ = [
    "DUTIES",
    "EU",
    "MEANINGS",
    "PERMITTED",
    "PROHIBITED",
    "TERMS",
    "Condition",
    "Field",
    "Fit",
    "Force",
    "Kind",
    "Meaning",
    "Parameter",
    "Purpose",
    "PurposeProhibited",
    "StatedUse",
    "Term",
    "TermsContradict",
    "check_purpose",
    "check_terms",
    "duties",
    "fits",
]
