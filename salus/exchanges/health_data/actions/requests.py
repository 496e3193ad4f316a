"""Requests: a buyer asks for one offer and one purpose; the person's authorisation decides; payment follows."""

from uuid import UUID

from sqlalchemy.exc import IntegrityError

from salus.exchanges.health_data.actions.offers import sell_out
from salus.exchanges.health_data.models import LIVE, Offer, OfferState, Request, RequestState
from salus.exchanges.health_data.queries.offers import offer as offer_of
from salus.exchanges.health_data.rules import (
    BULK_WINDOW,
    AlreadyAsked,
    NotApproved,
    NotOnOffer,
    PurposeDoesNotFit,
    conditions,
    expect,
    is_bulk,
)
from salus.exchanges.health_data.schemas import Ask
from salus.formats.apple_health import plain_name
from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.errors import NotFound
from salus.kernel.operations import action, insist_on_fresh_factor
from salus.kernel.settings import settings
from salus.kernel.tenants import tenant_named
from salus.shared.codes.rules import Condition, Purpose, StatedUse, check_purpose, fits
from salus.shared.consent import actions as consent_actions
from salus.shared.consent import queries as consent
from salus.shared.consent.rules.text import LONGEST, Proposal
from salus.shared.messages import actions as messages
from salus.shared.money import actions as money
from salus.shared.money import queries as payments
from salus.shared.money.models import PaymentState, RefundReason
from salus.shared.money.rules import Purchase
from salus.shared.people import queries as people
from salus.shared.people.models import Organisation

WORKER = {Role.SYSTEM}


@action(roles={Role.BUYER}, told="asked for a data set of yours")
def ask(ctx: Context, offer_id: UUID, asked: Ask) -> Request:
    """Ask a person for their data set, for one purpose. Nothing is owed before they have agreed."""
    organisation = _organisation(ctx)
    offer = offer_of(ctx, offer_id)
    if offer.published_at is None:
        raise NotFound
    if offer.state is not OfferState.PUBLISHED:
        raise NotOnOffer
    terms = conditions(offer.terms, offer.term_values)
    _refuse_misfit(terms, asked, organisation)
    request = Request(
        offer_id=offer.id,
        person_id=offer.person_id,
        organisation_id=organisation.id,
        buyer_id=ctx.actor.person_id,
        purpose=asked.purpose,
        purpose_words=asked.purpose_words,
        price=offer.price,
        is_exclusive=offer.is_exclusive,
    )
    request.authorisation_id = _ask_consent(ctx, request, offer, organisation, terms)
    ctx.db.add(request)
    try:
        ctx.db.flush()
    except IntegrityError as error:
        raise AlreadyAsked from error
    ctx.tell(person_id=offer.person_id, consent_id=request.authorisation_id)
    messages.notify(ctx, offer.person_id, "health_data/asked", link=f"/requests/{request.id}")
    return request


@action(roles={Role.BUYER}, told="took back a request for your data")
def cancel(ctx: Context, request: Request) -> Request:
    """Take a request back, as long as nothing was paid."""
    request = _ours(ctx, request)
    expect(request, RequestState.ASKED, RequestState.AGREED)
    request.state = RequestState.CANCELLED
    ctx.tell(person_id=request.person_id, consent_id=request.authorisation_id)
    return request


@action(roles={Role.BUYER}, told="began to pay for a data set of yours")
def pay(ctx: Context, request: Request) -> Request:
    """Begin to pay for what the person agreed to. Pressed twice, it is one payment.

    An organisation that buys much in a short time proves again that it is still its own people who buy.
    """
    request = _ours(ctx, request)
    if request.state is RequestState.PAYING:
        return request
    expect(request, RequestState.AGREED)
    if is_bulk(payments.begun_since(ctx, request.organisation_id, ctx.now - BULK_WINDOW)):
        insist_on_fresh_factor(ctx)
    consent.rely_on(ctx, request.authorisation_id, recipient_id=request.organisation_id, subject_id=request.offer_id)
    organisation = _organisation(ctx)
    purchase = Purchase(
        subject_type=Request.__tablename__,
        subject_id=request.id,
        description=f"Licence for the data set “{offer_of(ctx, request.offer_id).title}”",
        price=request.price,
        payer_id=ctx.actor.person_id,
        payer_organisation_id=organisation.id,
        payer_name=organisation.name,
        payer_country=organisation.country,
        payee_id=request.person_id,
        payee_name=people.name(ctx, request.person_id),
    )
    payment = money.intend(ctx, purchase)
    request.payment_id, request.state = payment.id, RequestState.PAYING
    ctx.tell(person_id=request.person_id, consent_id=request.authorisation_id)
    return request


@action(roles=WORKER, told="told the buyer that you agreed")
def note_agreement(ctx: Context, request: Request) -> Request:
    """The person agreed: the buyer may pay. Of an exclusive offer the first agreement takes it; a later one ends."""
    request = ctx.lock(request)
    expect(request, RequestState.ASKED)
    # Whoever locks the offer first is the first; the index on exclusive requests would refuse the other as well.
    offer = ctx.lock(offer_of(ctx, request.offer_id))
    if request.is_exclusive and offer.state is OfferState.SOLD:
        return end(ctx, request, state=RequestState.ENDED, because="It was exclusive and went to somebody else.")
    request.state = RequestState.AGREED
    if request.is_exclusive:
        sell_out(ctx, offer)
    _concerns_both(ctx, request)
    _tell_buyer(ctx, request, "agreed")
    return request


@action(roles=WORKER, told="took in the payment for a data set of yours")
def note_payment(ctx: Context, request: Request) -> Request:
    """The payment is settled: the delivery is owed."""
    request = ctx.lock(request)
    if request.state in {RequestState.PAID, RequestState.DELIVERED}:
        return request
    expect(request, RequestState.PAYING)
    request.state = RequestState.PAID
    _concerns_both(ctx, request)
    messages.notify(ctx, request.person_id, "health_data/sold", link=f"/requests/{request.id}")
    return request


@action(roles=WORKER, told="gave a payment for your data back to the buyer")
def give_back(ctx: Context, request: Request) -> Request:
    """Give the buyer back what they paid for something that was never delivered, because its consent ended."""
    payment = payments.payment_known_by(ctx, request.payment_id) if request.payment_id else None
    if payment is not None and payment.state is PaymentState.SETTLED:
        money.refund(ctx, payment, because=RefundReason.WITHDRAWN)
    _concerns_both(ctx, request)
    return request


@action(roles=WORKER, told="noted that a payment for your data failed")
def note_failed_payment(ctx: Context, request: Request) -> Request:
    """The payment came to nothing: the buyer may try again, the agreement stands."""
    request = ctx.lock(request)
    if request.state is RequestState.PAYING:
        request.state, request.payment_id = RequestState.AGREED, None
        _concerns_both(ctx, request)
        _tell_buyer(ctx, request, "not_paid")
    return request


@action(roles=WORKER, told="ended a request for your data")
def end(ctx: Context, request: Request, *, state: RequestState, because: str) -> Request:
    """Nothing more comes of a request: it was declined, or its consent ended."""
    request = ctx.lock(request)
    if request.state not in LIVE:
        return request
    request.state, request.ended_because = state, because
    _concerns_both(ctx, request)
    _tell_buyer(ctx, request, "ended")
    return request


def _concerns_both(ctx: Context, request: Request) -> None:
    """What Salus does by itself is news to both sides."""
    ctx.tell(person_id=request.person_id, consent_id=request.authorisation_id, concerns=[request.organisation_id])


def _tell_buyer(ctx: Context, request: Request, template: str) -> None:
    messages.notify(ctx, request.buyer_id, f"health_data/{template}", link=f"/requests/{request.id}")


def _organisation(ctx: Context) -> Organisation:
    """The approved organisation the buyer acts for. Raises NotApproved."""
    organisation = people.my_organisation(ctx)
    if organisation is None or not people.is_approved(ctx, ctx.actor.person_id, Role.BUYER):
        raise NotApproved("An administrator has not approved your organisation yet. We will write to you then.")
    return organisation


def _ours(ctx: Context, request: Request) -> Request:
    if request.organisation_id != ctx.actor.organisation_id:
        raise NotFound
    return ctx.lock(request)


def _refuse_misfit(terms: list[Condition], asked: Ask, organisation: Organisation) -> None:
    check_purpose(asked.purpose)
    use = StatedUse(
        purpose=asked.purpose,
        country=organisation.country,
        institution=organisation.name,
        is_commercial=asked.is_commercial,
        is_by_nonprofit=asked.is_by_nonprofit,
        months=asked.months,
        disease=asked.disease,
        research=asked.research,
        project=asked.project,
        fields=frozenset(asked.fields),
        accepts=frozenset(asked.accepts),
    )
    fit = fits(terms, use)
    if not fit.holds:
        raise PurposeDoesNotFit(" ".join(fit.reasons))


def _ask_consent(
    ctx: Context, request: Request, offer: Offer, organisation: Organisation, terms: list[Condition]
) -> UUID:
    operator = tenant_named(ctx.tenant_id)
    proposal = Proposal(
        person_name=people.name(ctx, offer.person_id),
        recipient_name=organisation.name,
        recipient_contact=organisation.website or f"registered in {organisation.country}",
        operator_name=operator.name,
        operator_contact=settings().url,
        title=offer.title,
        types={code: plain_name(code) for code in offer.codes},
        purpose=Purpose(request.purpose),
        purpose_words=request.purpose_words,
        conditions=tuple(terms),
        price=request.price,
        expires_at=ctx.now + LONGEST,
        period_from=offer.from_day,
        period_until=offer.to_day,
    )
    asked = consent_actions.ask(
        ctx,
        proposal,
        person_id=offer.person_id,
        recipient_id=organisation.id,
        subject_type=Offer.__tablename__,
        subject_id=offer.id,
    )
    return asked.id
