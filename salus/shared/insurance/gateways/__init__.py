"""Insurers behind one protocol, the adapter that speaks FHIR, and the breaker before each."""

from salus.shared.insurance.gateways.asking import Line, ask, insist_on_reachable
from salus.shared.insurance.gateways.contract import (
    Eligibility,
    InsurerGateway,
    InsurerRefused,
    InsurerUnavailable,
    Question,
)
from salus.shared.insurance.gateways.fhir import FhirInsurer

__all__ = [
    "Eligibility",
    "FhirInsurer",
    "InsurerGateway",
    "InsurerRefused",
    "InsurerUnavailable",
    "Line",
    "Question",
    "ask",
    "insist_on_reachable",
]
