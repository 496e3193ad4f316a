"""Asking for a consent, giving it, declining it, withdrawing it; and what time does to it."""

from secrets import token_hex
from uuid import UUID

from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.errors import NotFound
from salus.kernel.operations import WITHIN, action, insist_on_fresh_factor
from salus.shared.codes.rules import check_purpose, check_terms
from salus.shared.consent.models import Authorisation, ConsentEvent, ConsentState, turn
from salus.shared.consent.rules.refusals import (
    AgreementNeeded,
    AlreadyAnswered,
    ConsentExpired,
    NotInForce,
    SignatureNeeded,
    TextChanged,
)
from salus.shared.consent.rules.text import LANGUAGE, TEXT_VERSION, Proposal, digest, is_signed, render
from salus.shared.people import queries as people


@action(roles=WITHIN, told="asked for your consent")
def ask(
    ctx: Context, proposal: Proposal, *, person_id: UUID, recipient_id: UUID, subject_type: str, subject_id: UUID
) -> Authorisation:
    """Ask a person to allow one sale. The text they will be shown is made now and kept as it is.

    Raises PurposeProhibited, TermsContradict, TooLong or NothingAsked.
    """
    check_purpose(proposal.purpose)
    check_terms(list(proposal.conditions))
    proposal.check(ctx.now)
    text = render(proposal, token_hex(16))
    authorisation = Authorisation(
        created_at=ctx.now,
        person_id=person_id,
        person_name=proposal.person_name,
        recipient_id=recipient_id,
        recipient_name=proposal.recipient_name,
        recipient_contact=proposal.recipient_contact,
        operator_name=proposal.operator_name,
        operator_contact=proposal.operator_contact,
        subject_type=subject_type,
        subject_id=subject_id,
        subject_title=proposal.title,
        types=dict(proposal.types),
        period_from=proposal.period_from,
        period_until=proposal.period_until,
        purpose=proposal.purpose,
        purpose_words=proposal.purpose_words,
        terms=[{"shorthand": term.shorthand, "value": term.value} for term in proposal.conditions],
        price=proposal.price,
        text=text,
        text_sha256=digest(text),
        text_version=TEXT_VERSION,
        language=LANGUAGE,
        state=ConsentState.ASKED,
        expires_at=proposal.expires_at,
    )
    ctx.db.add(authorisation)
    ctx.db.flush()
    _happened(ctx, authorisation)
    return authorisation


@action(roles={Role.PERSON}, told="agreed to a sale")
def give(
    ctx: Context, authorisation: Authorisation, *, text_sha256: str, signature: str, agreed: bool
) -> Authorisation:
    """Allow what the kept text says, signed with the person's name.

    `text_sha256` is the digest of the text they saw. Raises AgreementNeeded, SignatureNeeded, AlreadyAnswered,
    ConsentExpired, or TextChanged if they saw another text than the one kept.

    Whoever has a second factor gives it for a consent too (FreshFactorNeeded). Whoever has none may still consent: what
    binds is the signature, a consent can be withdrawn at any time, and the money waits for a payout account, which no
    one sets without a second factor.
    """
    authorisation = _mine(ctx, authorisation)
    if people.has_factor(ctx, ctx.actor.person_id):
        insist_on_fresh_factor(ctx)
    _still_asked(ctx, authorisation)
    if not text_sha256 == authorisation.text_sha256 == digest(authorisation.text):
        raise TextChanged
    if not agreed:
        raise AgreementNeeded
    if not is_signed(signature, authorisation.person_name):
        raise SignatureNeeded
    authorisation.state, authorisation.given_at = ConsentState.GIVEN, ctx.now
    _happened(ctx, authorisation, words=signature)
    return authorisation


@action(roles={Role.PERSON, Role.SYSTEM}, told="declined a request")
def decline(ctx: Context, authorisation: Authorisation) -> Authorisation:
    """Say no. Nothing is charged and nothing is handed over. Raises AlreadyAnswered.

    Salus says it where the person asked for all their data to be erased.
    """
    authorisation = _mine(ctx, authorisation)
    _still_asked(ctx, authorisation)
    authorisation.state, authorisation.ended_at = ConsentState.DECLINED, ctx.now
    _happened(ctx, authorisation)
    return authorisation


@action(roles={Role.PERSON, Role.SYSTEM}, told="withdrew a consent")
def withdraw(ctx: Context, authorisation: Authorisation, *, because: str | None = None) -> Authorisation:
    """Take a consent back. Once this is committed, nothing more is handed over under it.

    It waits for whoever is handing over at this moment, which is one chunk at a time. Raises NotInForce. Salus does it
    where the person asked for all their data to be erased.
    """
    authorisation = _mine(ctx, authorisation)
    if authorisation.state != ConsentState.GIVEN:
        raise NotInForce
    authorisation.state, authorisation.ended_at = ConsentState.WITHDRAWN, ctx.now
    _happened(ctx, authorisation, words=because or None)
    return authorisation


@action(roles={Role.SYSTEM}, told="ended a consent whose time was over")
def expire(ctx: Context, authorisation: Authorisation) -> Authorisation:
    """End a consent, or a question nobody answered, whose time is over. Raises NotInForce if it is not."""
    authorisation = _held(ctx, authorisation)
    if authorisation.ended_at is not None or authorisation.expires_at > ctx.now:
        raise NotInForce
    authorisation.state, authorisation.ended_at = ConsentState.EXPIRED, ctx.now
    _happened(ctx, authorisation)
    return authorisation


def _mine(ctx: Context, authorisation: Authorisation) -> Authorisation:
    if authorisation.person_id != ctx.actor.id and not ctx.actor.has(Role.SYSTEM):
        raise NotFound
    return _held(ctx, authorisation)


def _held(ctx: Context, authorisation: Authorisation) -> Authorisation:
    ctx.db.execute(turn(authorisation.id, shared=False))
    return ctx.lock(authorisation)


def _still_asked(ctx: Context, authorisation: Authorisation) -> None:
    if authorisation.state == ConsentState.EXPIRED or authorisation.expires_at <= ctx.now:
        raise ConsentExpired("The time to answer this is over.")
    if authorisation.state != ConsentState.ASKED:
        raise AlreadyAnswered


def _happened(ctx: Context, authorisation: Authorisation, *, words: str | None = None) -> None:
    """The event that proves it, and whom the record names."""
    ctx.db.add(
        ConsentEvent(
            authorisation_id=authorisation.id,
            person_id=authorisation.person_id,
            kind=authorisation.state,
            happened_at=ctx.now,
            actor_id=ctx.actor.id,
            channel=ctx.origin.channel,
            session_id=ctx.actor.session_id,
            text_sha256=authorisation.text_sha256,
            text_version=authorisation.text_version,
            language=authorisation.language,
            words=words,
        )
    )
    ctx.tell(
        subject=authorisation,
        person_id=authorisation.person_id,
        consent_id=authorisation.id,
        concerns=[authorisation.recipient_id],
        recipient_id=str(authorisation.recipient_id),
    )
