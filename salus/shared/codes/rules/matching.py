"""Whether what a buyer wants to do fits the terms of an offer.

The reading of each term follows Pandit and Esteves, "Enhancing Data Use Ontology (DUO) for Health-Data Sharing by
Extending it with ODRL and DPV" (https://doi.org/10.3233/SW-243583): what a term permits must hold for at least one
permission, what it limits must hold for every modifier, and a duty must be accepted beforehand.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from salus.shared.codes.rules.conditions import DUTIES, Condition
from salus.shared.codes.rules.duo import Kind
from salus.shared.codes.rules.purposes import MEANINGS, PROHIBITED, Purpose

EU = frozenset(
    {"AT", "BE", "BG", "HR", "CY", "CZ", "DK", "EE", "FI", "FR", "DE", "GR", "HU", "IE"}
    | {"IT", "LV", "LT", "LU", "MT", "NL", "PL", "PT", "RO", "SK", "SI", "ES", "SE"}
)
REGIONS = {"EU": EU, "EEA": EU | {"IS", "LI", "NO"}}

RESEARCH = frozenset(
    {Purpose.RESEARCH, Purpose.PRODUCTS, Purpose.ALGORITHMS, Purpose.STATISTICS, Purpose.PUBLIC_HEALTH}
)


class Field(StrEnum):
    """What a study is about, as far as terms ask."""

    ANCESTRY = "ancestry"
    GENETICS = "genetics"
    METHODS = "methods"
    """Methods, software or algorithms in general."""


@dataclass(frozen=True)
class StatedUse:
    """What a buyer says they want to do. `country` is ISO 3166-1 alpha-2; `accepts` holds shorthands of duties."""

    purpose: Purpose
    country: str
    institution: str = ""
    is_commercial: bool = True
    is_by_nonprofit: bool = False
    months: int | None = None
    """How long; None means without an end."""
    disease: str = ""
    research: str = ""
    project: str = ""
    fields: frozenset[Field] = frozenset()
    accepts: frozenset[str] = frozenset()

    @property
    def is_about_methods(self) -> bool:
        return self.purpose is Purpose.ALGORITHMS or Field.METHODS in self.fields

    @property
    def is_about_ancestry(self) -> bool:
        return Field.ANCESTRY in self.fields


@dataclass(frozen=True)
class Fit:
    """The answer, and why, in sentences to the buyer: what stands in the way, or what permits it."""

    holds: bool
    reasons: tuple[str, ...]


def fits(conditions: Iterable[Condition], use: StatedUse) -> Fit:
    """Whether the stated use fits all terms of an offer."""
    if use.purpose in PROHIBITED:
        return Fit(False, (f"{MEANINGS[use.purpose].title}: health data may never be used for this.",))
    conditions = list(conditions)
    permissions = [condition for condition in conditions if _PERMITS.get(condition.shorthand)]
    permitting = [condition for condition in permissions if _PERMITS[condition.shorthand](condition, use)]
    obstacles = [reason for condition in conditions if (reason := _obstacle(condition, use))]
    if not permitting:
        allowed = " ".join(condition.for_buyer for condition in permissions)
        obstacles.insert(0, f"The terms do not permit this: {MEANINGS[use.purpose].title.lower()}. {allowed}".strip())
    if obstacles:
        return Fit(False, tuple(obstacles))
    return Fit(True, tuple(condition.for_buyer for condition in permitting))


def duties(conditions: Iterable[Condition]) -> list[Condition]:
    """What a buyer must accept before anything else is asked."""
    return [condition for condition in conditions if condition.shorthand in DUTIES]


def _obstacle(condition: Condition, use: StatedUse) -> str | None:
    if condition.term.kind is Kind.PERMISSION or condition.shorthand == "CC":
        return None
    if condition.shorthand in DUTIES:
        return None if condition.shorthand in use.accepts else f"You have not accepted this: {condition.for_buyer}"
    return None if _LIMITS[condition.shorthand](condition, use) else condition.for_buyer


def _same(wanted: str, stated: str) -> bool:
    """Equal as people write it. Names of diseases are not looked up, so a narrower one does not match a wider."""
    return " ".join(wanted.casefold().split()) == " ".join(stated.casefold().split()) != ""


def _within(regions: str, country: str) -> bool:
    named = [name.strip().upper() for name in regions.split(",")]
    return any(country.upper() == name or country.upper() in REGIONS.get(name, ()) for name in named)


def _is_health(use: StatedUse) -> bool:
    return use.purpose is not Purpose.CARE and not use.is_about_ancestry


Check = Callable[[Condition, StatedUse], bool]

_PERMITS: dict[str, Check] = {
    "NRES": lambda _, use: True,
    "GRU": lambda _, use: use.purpose in RESEARCH,
    "HMB": lambda _, use: _is_health(use),
    "DS": lambda condition, use: _is_health(use) and _same(condition.value, use.disease),
    "POA": lambda _, use: use.purpose is Purpose.RESEARCH and use.is_about_ancestry,
    "CC": lambda _, use: use.purpose is Purpose.CARE,
}

_LIMITS: dict[str, Check] = {
    "NPOA": lambda _, use: not use.is_about_ancestry,
    "NMDS": lambda _, use: not use.is_about_methods,
    "GSO": lambda _, use: Field.GENETICS in use.fields,
    "RS": lambda condition, use: _same(condition.value, use.research),
    "NCU": lambda _, use: not use.is_commercial,
    "NPU": lambda _, use: use.is_by_nonprofit,
    "NPUNCU": lambda _, use: use.is_by_nonprofit and not use.is_commercial,
    "GS": lambda condition, use: _within(condition.value, use.country),
    "IS": lambda condition, use: _same(condition.value, use.institution),
    "PS": lambda condition, use: _same(condition.value, use.project),
    "TS": lambda condition, use: use.months is not None and use.months <= int(condition.value),
}
