"""Offers: described by their person, reviewed by an administrator, shown on the market."""

from datetime import date

from sqlalchemy import delete

from salus.exchanges.health_data.models import MarketOffer, Offer, OfferState, Series
from salus.exchanges.health_data.queries.imports import current_series
from salus.exchanges.health_data.rules import (
    NotApproved,
    NothingShared,
    NotYourTurn,
    coarse,
    facets,
    may_change,
    months_between,
)
from salus.exchanges.health_data.schemas import NewOffer
from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.errors import Invalid, NotFound
from salus.kernel.operations import WITHIN, action
from salus.shared.codes import rules as codes
from salus.shared.messages import actions as messages
from salus.shared.people import queries as people


@action(roles={Role.SELLER})
def draft(ctx: Context, described: NewOffer) -> Offer:
    """Describe a data set. Only types that are switched on can be in it."""
    offer = Offer(person_id=ctx.actor.person_id, **_described(ctx, described))
    ctx.db.add(offer)
    return offer


@action(roles={Role.SELLER})
def change(ctx: Context, offer: Offer, described: NewOffer) -> Offer:
    """Describe a data set anew, while it is neither under review nor on the market."""
    offer = _mine(ctx, offer)
    may_change(offer)
    for name, value in _described(ctx, described).items():
        setattr(offer, name, value)
    offer.state, offer.reason = OfferState.DRAFT, None
    return offer


@action(roles={Role.SELLER})
def submit(ctx: Context, offer: Offer) -> Offer:
    """Hand an offer in for review."""
    offer = _mine(ctx, offer)
    may_change(offer)
    if not people.is_approved(ctx, offer.person_id, Role.SELLER):
        raise NotApproved
    _shared_series(ctx, offer.codes)
    offer.state, offer.reason = OfferState.SUBMITTED, None
    return offer


@action(roles={Role.SELLER})
def take_back(ctx: Context, offer: Offer) -> Offer:
    """Take an offer off the market or out of review. What was already sold stays sold."""
    offer = _mine(ctx, offer)
    if offer.state not in {OfferState.SUBMITTED, OfferState.PUBLISHED}:
        raise NotYourTurn
    _off_the_market(ctx, offer)
    offer.state = OfferState.WITHDRAWN
    return offer


@action(roles={Role.ADMINISTRATOR}, told="approved an offer of yours")
def publish(ctx: Context, offer: Offer) -> Offer:
    """Approve an offer and put it on the market."""
    offer = ctx.lock(offer)
    if offer.state is not OfferState.SUBMITTED:
        raise NotYourTurn
    offer.state, offer.published_at = OfferState.PUBLISHED, ctx.now
    ctx.db.add(_on_the_market(ctx, offer))
    ctx.tell(person_id=offer.person_id)
    _tell_seller(ctx, offer, published=True)
    return offer


@action(roles={Role.ADMINISTRATOR}, told="sent an offer of yours back")
def reject(ctx: Context, offer: Offer, *, reason: str) -> Offer:
    """Send an offer back to its person, with a reason they can act on."""
    offer = ctx.lock(offer)
    if offer.state is not OfferState.SUBMITTED:
        raise NotYourTurn
    offer.state, offer.reason = OfferState.REJECTED, reason
    ctx.tell(person_id=offer.person_id)
    _tell_seller(ctx, offer, published=False)
    return offer


@action(roles=WITHIN)
def sell_out(ctx: Context, offer: Offer) -> Offer:
    """Take an exclusive offer off the market, because somebody got it."""
    offer = ctx.lock(offer)
    _off_the_market(ctx, offer)
    offer.state = OfferState.SOLD
    return offer


@action(roles=WITHIN)
def leave_the_market(ctx: Context, offer: Offer) -> Offer:
    """Take an offer off the market or out of review, because its person is leaving."""
    offer = ctx.lock(offer)
    _off_the_market(ctx, offer)
    offer.state = OfferState.WITHDRAWN
    ctx.tell(person_id=offer.person_id)
    return offer


def _tell_seller(ctx: Context, offer: Offer, *, published: bool) -> None:
    messages.notify(ctx, offer.person_id, "health_data/reviewed", link=f"/offers/{offer.id}", published=published)


def _mine(ctx: Context, offer: Offer) -> Offer:
    if offer.person_id != ctx.actor.person_id:
        raise NotFound
    return ctx.lock(offer)


def _described(ctx: Context, described: NewOffer) -> dict[str, object]:
    series = _shared_series(ctx, described.codes)
    codes.check_terms(described.conditions)
    if not any(_months(one, described.from_day, described.to_day) for one in series):
        raise Invalid("You have no data of these types in this period.", field="from_day")
    return {
        "title": described.title,
        "description": described.description,
        "codes": sorted(described.codes),
        "from_day": described.from_day,
        "to_day": described.to_day,
        "price_cents": described.price_cents,
        "currency": described.currency,
        "terms": [condition.shorthand for condition in described.conditions],
        "term_values": {condition.shorthand: condition.value for condition in described.conditions if condition.value},
        "is_exclusive": described.is_exclusive,
    }


def _shared_series(ctx: Context, wanted: list[str]) -> list[Series]:
    """The person's series of these types. Raises NothingShared if one is not there or is switched off."""
    found = current_series(ctx, ctx.actor.person_id, wanted)
    if {one.code for one in found if one.is_shared} != set(wanted):
        raise NothingShared
    return found


def _months(series: Series, from_day: date, to_day: date) -> dict[str, int]:
    return {month: series.months[month] for month in months_between(from_day, to_day) if month in series.months}


def _on_the_market(ctx: Context, offer: Offer) -> MarketOffer:
    series = current_series(ctx, offer.person_id, offer.codes)
    monthly = {one.code: _months(one, offer.from_day, offer.to_day) for one in series}
    months = sorted({month for counts in monthly.values() for month in counts})
    areas = sorted({one.area for one in series})
    return MarketOffer(
        offer_id=offer.id,
        title=offer.title,
        description=offer.description,
        codes=[one.code for one in series],
        names=[one.name for one in series],
        areas=areas,
        terms=offer.terms,
        term_values=offer.term_values,
        price_cents=offer.price_cents,
        currency=offer.currency,
        is_exclusive=offer.is_exclusive,
        first_month=date.fromisoformat(f"{months[0]}-01"),
        last_month=date.fromisoformat(f"{months[-1]}-01"),
        month_count=len(months),
        samples=coarse(sum(sum(counts.values()) for counts in monthly.values())),
        monthly={code: {m: coarse(count) for m, count in counts.items()} for code, counts in monthly.items()},
        published_at=ctx.now,
        facets=facets(offer.codes, areas, offer.terms, is_exclusive=offer.is_exclusive),
    )


def _off_the_market(ctx: Context, offer: Offer) -> None:
    # The market has no row-level security, so the tenant is said here.
    here = (MarketOffer.offer_id == offer.id, MarketOffer.tenant_id == ctx.tenant_id)
    ctx.db.execute(delete(MarketOffer).where(*here))
