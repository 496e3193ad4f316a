"""Terms chosen for one offer, each with the value it needs."""

from dataclasses import dataclass

from salus.kernel.errors import Refusal
from salus.shared.codes.rules.duo import TERMS, Kind, Parameter, Term


class TermsContradict(Refusal):
    """The chosen terms cannot stand together, or one lacks what it needs."""

    status = 422
    field = "terms"


@dataclass(frozen=True)
class Condition:
    """A term chosen for an offer, with the value it needs."""

    shorthand: str
    value: str = ""

    @property
    def term(self) -> Term:
        return TERMS[self.shorthand]

    @property
    def for_buyer(self) -> str:
        return self.term.for_buyer.format(value=self.value)

    @property
    def for_seller(self) -> str:
        return self.term.for_seller.format(value=self.value)


DUTIES: frozenset[str] = frozenset({"IRB", "PUB", "COL", "RTN", "MOR", "US"})
"""Terms about what the buyer does later: a machine can only ask for a promise."""


def check_terms(conditions: list[Condition]) -> None:
    """Raises TermsContradict unless there is something permitted and every term has the value it needs."""
    for condition in conditions:
        if condition.shorthand not in TERMS:
            raise TermsContradict("One of the terms is none that Salus knows.")
        needs = condition.term.parameter
        if needs is not None and not condition.value.strip():
            raise TermsContradict(f"“{condition.term.title}” needs to know: {needs}.")
        if needs is Parameter.MONTHS and not (condition.value.isdecimal() and int(condition.value) > 0):
            raise TermsContradict(f"“{condition.term.title}” needs a number of months, such as 12.")
    chosen = [condition.shorthand for condition in conditions]
    if len(chosen) != len(set(chosen)):
        raise TermsContradict("Every term can be chosen once.")
    if not any(condition.term.kind is Kind.PERMISSION for condition in conditions):
        raise TermsContradict("Please say what the data may be used for.")
    if {"POA", "NPOA"} <= set(chosen):
        raise TermsContradict("The terms permit the study of origins and forbid it. Please choose one.")
