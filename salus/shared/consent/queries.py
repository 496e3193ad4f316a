"""Consents as their person, their recipient and administrators may see them; and the step that relies on one."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import select

from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.errors import NotFound
from salus.kernel.operations import WITHIN, query
from salus.shared.consent.models import Authorisation, ConsentEvent, ConsentState, turn
from salus.shared.consent.rules.refusals import ConsentExpired, ConsentMissing, ConsentWithdrawn
from salus.shared.consent.schemas.consents import StateRead
from salus.shared.consent.schemas.receipts import Receipt

PAGE = 200


@query(roles={Role.PERSON}, smart="Consent.s")
def consents(ctx: Context) -> list[Authorisation]:
    """The acting person's own consents, the newest first."""
    mine = Authorisation.person_id == ctx.actor.person_id
    return list(ctx.db.scalars(select(Authorisation).where(mine).order_by(Authorisation.id.desc())))


@query(roles={Role.PERSON}, smart="Consent.r")
def consent(ctx: Context, consent_id: UUID) -> Authorisation:
    """One consent of the acting person, with its text. To anyone else it does not exist."""
    found = ctx.get(Authorisation, consent_id)
    if found.person_id != ctx.actor.person_id:
        raise NotFound
    return found


@query(roles={Role.PERSON})
def history(ctx: Context, authorisation: Authorisation) -> list[ConsentEvent]:
    """What happened to a consent of the acting person, the first event first."""
    if authorisation.person_id != ctx.actor.person_id:
        raise NotFound
    return _events(ctx, [authorisation])[authorisation.id]


@query(roles={Role.PERSON})
def receipt(ctx: Context, consent_id: UUID) -> Receipt:
    """The receipt of a consent that was given: for the person, and without their name for the recipient."""
    found = ctx.get(Authorisation, consent_id)
    is_mine = found.person_id == ctx.actor.person_id
    if found.given_at is None or not (is_mine or _is_recipient(ctx, found)):
        raise NotFound
    return Receipt.of(found, _events(ctx, [found])[found.id], names_the_person=is_mine)


@query(roles={Role.BUYER})
def received(ctx: Context) -> list[Receipt]:
    """Receipts of what was given to the actor's organisation, the newest first; no more than these is shown to it."""
    if ctx.actor.organisation_id is None:
        return []
    ours = (Authorisation.recipient_id == ctx.actor.organisation_id) & Authorisation.given_at.is_not(None)
    found = ctx.db.scalars(select(Authorisation).where(ours).order_by(Authorisation.id.desc()).limit(PAGE)).all()
    events = _events(ctx, found)
    return [Receipt.of(one, events[one.id], names_the_person=False) for one in found]


@query(roles={Role.ADMINISTRATOR})
def states(ctx: Context) -> list[StateRead]:
    """State and times of the newest consents: nothing of what was agreed, or between whom."""
    table = Authorisation
    columns = (table.id, table.state, table.created_at, table.given_at, table.ended_at, table.expires_at)
    rows = ctx.db.execute(select(*columns).order_by(table.id.desc()).limit(PAGE))
    return [StateRead.model_validate(row) for row in rows]


@query(roles=WITHIN)
def rely_on(ctx: Context, consent_id: UUID, *, recipient_id: UUID, subject_id: UUID) -> Authorisation:
    """The consent, if it allows this recipient to have this data now. It cannot be withdrawn until the context ends.

    A delivery asks anew, in a context of its own, for every chunk it releases: whoever withdraws waits for that chunk
    alone, and no chunk is released after. Only the types and the period of the answer may leave.

    Raises ConsentMissing, ConsentWithdrawn or ConsentExpired.
    """
    ctx.db.execute(turn(consent_id, shared=True))
    wanted = select(Authorisation).where(Authorisation.id == consent_id).with_for_update(read=True)
    found = ctx.db.scalar(wanted.execution_options(populate_existing=True))
    if found is None or (found.recipient_id, found.subject_id) != (recipient_id, subject_id):
        raise ConsentMissing
    if found.state == ConsentState.WITHDRAWN:
        raise ConsentWithdrawn
    # Not `ctx.now`: a context that waited for a lock must not outlive the hour.
    if found.state == ConsentState.EXPIRED or (found.given_at and found.expires_at <= datetime.now(UTC)):
        raise ConsentExpired
    if found.state != ConsentState.GIVEN:
        raise ConsentMissing
    return found


@query(roles={Role.SYSTEM})
def overdue(ctx: Context) -> list[UUID]:
    """Consents whose time is over and that do not say so yet."""
    due = Authorisation.ended_at.is_(None) & (Authorisation.expires_at <= ctx.now)
    return list(ctx.db.scalars(select(Authorisation.id).where(due).limit(PAGE)))


@query(roles={Role.SYSTEM})
def any_consent(ctx: Context, consent_id: UUID) -> Authorisation:
    """A consent, for what Salus does by itself."""
    return ctx.get(Authorisation, consent_id)


def _is_recipient(ctx: Context, authorisation: Authorisation) -> bool:
    return ctx.actor.has(Role.BUYER) and ctx.actor.organisation_id == authorisation.recipient_id


def _events(ctx: Context, authorisations: Sequence[Authorisation]) -> dict[UUID, list[ConsentEvent]]:
    ids: Iterable[UUID] = [authorisation.id for authorisation in authorisations]
    wanted = select(ConsentEvent).where(ConsentEvent.authorisation_id.in_(ids)).order_by(ConsentEvent.id)
    events: dict[UUID, list[ConsentEvent]] = defaultdict(list)
    for found in ctx.db.scalars(wanted):
        events[found.authorisation_id].append(found)
    return events
