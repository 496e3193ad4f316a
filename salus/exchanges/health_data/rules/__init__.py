"""What must hold in a trade of health data, and how it says no."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from math import floor, log10
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from salus.exchanges.health_data.models import Offer, OfferState, Request, RequestState
from salus.formats.apple_health import TYPES, plain_name
from salus.kernel.errors import Refusal
from salus.shared.codes.rules import TERMS, Condition

FILTERS = {"Area": "a:", "Type": "t:", "Use": "d:", "Buyers": "x:"}
MAX_OPTIONS = 12
SHORT = ("HKQuantityTypeIdentifier", "HKCategoryTypeIdentifier", "HKCorrelationTypeIdentifier", "HKDataType", "HK", "")
MAX_PREVIEW_ROWS = 20
BULK_PAYMENTS = 5
"""So many payments an organisation may begin within `BULK_WINDOW` before more of them are a bulk purchase."""
BULK_WINDOW = timedelta(hours=1)


class NothingShared(Refusal):
    status = 422
    field = "codes"
    message = "Switch on at least one type under My data before you offer it."


class NothingKept(Refusal):
    status = 404
    message = "There is no health data of this person here."


class NotOnOffer(Refusal):
    status = 409
    message = "This offer is no longer on the market."


class NotYourTurn(Refusal):
    status = 409
    message = "This step was already taken, or is not the next one. Reload the page to see where things stand."


class NotApproved(Refusal):
    status = 403
    message = "An administrator has not approved your account yet. We will write to you as soon as that is done."


class AlreadyAsked(Refusal):
    status = 409
    message = "Your organisation already has a request for this data set. You find it under Requests."


class PurposeDoesNotFit(Refusal):
    status = 422
    field = "purpose"
    message = "The terms of this data set do not allow this purpose."


class DeliveryStopped(Refusal):
    status = 410
    message = "The person withdrew their consent, so this can no longer be read. Please delete what you have of it."


def short(code: str) -> str:
    """`StepCount` for `HKQuantityTypeIdentifierStepCount`."""
    for prefix in SHORT:
        if code.startswith(prefix):
            return code.removeprefix(prefix)
    return code


def coarse(count: int) -> int:
    """A count to two significant digits, rounded down: enough to judge an offer, too little to tell whose it is."""
    if count < 10:
        return count
    step = int(10 ** (floor(log10(count)) - 1))
    return count // step * step


def months_between(first: date, last: date) -> list[str]:
    """`2026-01`, `2026-02`, … including both ends."""
    start, end = first.year * 12 + first.month - 1, last.year * 12 + last.month - 1
    return [f"{month // 12}-{month % 12 + 1:02}" for month in range(start, end + 1)]


def may_change(offer: Offer) -> None:
    """Raises NotYourTurn unless the offer is still with its person."""
    if offer.state not in {OfferState.DRAFT, OfferState.REJECTED, OfferState.WITHDRAWN}:
        raise NotYourTurn("An offer that is being reviewed or on the market cannot be changed. Withdraw it first.")


def expect(request: Request, *states: RequestState) -> None:
    """Raises NotYourTurn unless the request is in one of these states."""
    if request.state not in states:
        raise NotYourTurn


def is_bulk(begun: int) -> bool:
    """Whether one payment more, after so many within `BULK_WINDOW`, is part of a bulk purchase."""
    return begun >= BULK_PAYMENTS


def facets(codes: Iterable[str], areas: Iterable[str], terms: Iterable[str], *, is_exclusive: bool) -> list[str]:
    """The filter values of an offer as single words."""
    words = {f"t:{short(code)}" for code in codes}
    words |= {f"a:{area.lower().replace(' ', '-')}" for area in areas}
    words |= {f"d:{term}" for term in terms}
    words.add("x:exclusive" if is_exclusive else "x:shared")
    return sorted(words)


def conditions(terms: Iterable[str], values: Mapping[str, str]) -> list[Condition]:
    """The terms of an offer, each with its value."""
    return [Condition(shorthand, values.get(shorthand, "")) for shorthand in terms]


def filter_groups(
    found: Iterable[Mapping[str, Any]], chosen: Iterable[str]
) -> list[tuple[str, list[tuple[str, str, int, bool]]]]:
    """Facets by group, as (legend, [(value, label, count, is chosen)]); what is chosen shows even at no hits."""
    counts = {facet["value"]: facet["count"] for facet in found}
    picked = set(chosen)
    counts |= {value: 0 for value in picked if value not in counts}
    groups = []
    for legend, prefix in FILTERS.items():
        values = sorted((v for v in counts if v.startswith(prefix)), key=lambda v: (v not in picked, -counts[v], v))
        options = [(value, _label(value), counts[value], value in picked) for value in values[:MAX_OPTIONS]]
        if options:
            groups.append((legend, options))
    return groups


def _label(facet: str) -> str:
    kind, _, value = facet.partition(":")
    if kind == "t":
        return next((plain_name(prefix + value) for prefix in SHORT if prefix + value in TYPES), value)
    if kind == "d":
        return TERMS[value].title if value in TERMS else value
    if kind == "x":
        return {"exclusive": "One buyer only", "shared": "Several buyers"}.get(value, value)
    return value.replace("-", " ").capitalize()


def within(samples: pa.Table, from_day: date | None, to_day: date | None) -> pa.Table:
    """The samples that begin on these days (UTC), both included."""
    if from_day is not None:
        samples = samples.filter(pc.field("start") >= pa.scalar(_midnight(from_day)))
    if to_day is not None:
        samples = samples.filter(pc.field("start") < pa.scalar(_midnight(to_day + timedelta(days=1))))
    return samples


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)
