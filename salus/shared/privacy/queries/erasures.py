"""Wishes to be erased: one's own, everybody's, and what stands against one."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import or_, select

from salus.formats.amounts import amount_text
from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.errors import NotFound
from salus.kernel.keys import PersonKey
from salus.kernel.operations import WITHIN, query
from salus.shared.consent.models import Authorisation
from salus.shared.files.models import File
from salus.shared.messages.models import Contact
from salus.shared.money.models import Account, AccountKind, Payment, PaymentState, Payout
from salus.shared.money.queries.payouts import UNDER_WAY as PAYOUT_UNDER_WAY
from salus.shared.people import sessions
from salus.shared.people.models import Membership
from salus.shared.privacy.models import Erasure, ErasureState
from salus.shared.privacy.queries.retention import is_on_hold
from salus.shared.privacy.rules.parts import PARTS

SHOWN = 100
OPEN = (ErasureState.ASKED, ErasureState.UNDER_WAY)


@query(roles={Role.PERSON})
def my_erasure(ctx: Context) -> Erasure | None:
    """The actor's own wish to be erased, while it is open."""
    return under_way(ctx, ctx.actor.person_id)


@query(roles={Role.PERSON})
def one_of_mine(ctx: Context, erasure_id: UUID) -> Erasure:
    """One of the actor's own wishes to be erased. To anyone else it does not exist."""
    found = ctx.get(Erasure, erasure_id)
    if found.person_id != ctx.actor.person_id:
        raise NotFound
    return found


@query(roles={Role.PERSON})
def my_obstacles(ctx: Context) -> list[str]:
    """What must be settled before the actor can be erased, each a sentence that says what to do."""
    return obstacles(ctx, ctx.actor.person_id)


@query(roles={Role.ADMINISTRATOR})
def erasures(ctx: Context) -> Sequence[Erasure]:
    """The newest wishes to be erased, newest first. Who asked is told by the id alone."""
    return ctx.db.scalars(select(Erasure).order_by(Erasure.id.desc()).limit(SHOWN)).all()


@query(roles={Role.ADMINISTRATOR, Role.SYSTEM})
def erasure(ctx: Context, erasure_id: UUID) -> Erasure:
    """One wish to be erased."""
    return ctx.get(Erasure, erasure_id)


@query(roles={Role.SYSTEM})
def erasures_due(ctx: Context) -> Sequence[Erasure]:
    """Those whose time has come, and those that were begun and not finished."""
    due = or_(Erasure.state == ErasureState.UNDER_WAY, Erasure.due_at <= ctx.now)
    return ctx.db.scalars(select(Erasure).where(Erasure.state.in_(OPEN), due).order_by(Erasure.due_at)).all()


@query(roles=WITHIN)
def under_way(ctx: Context, person_id: UUID) -> Erasure | None:
    """The open wish of somebody to be erased."""
    theirs = select(Erasure).where(Erasure.person_id == person_id, Erasure.state.in_(OPEN))
    return ctx.db.scalars(theirs).one_or_none()


@query(roles={Role.SYSTEM})
def address_of(ctx: Context, person_id: UUID) -> str | None:
    """Where somebody is reached, for the last letter; None if nobody knows any more."""
    contact = ctx.db.scalars(select(Contact).where(Contact.person_id == person_id)).one_or_none()
    return contact.address if contact else None


@query(roles={Role.SYSTEM})
def has_key(ctx: Context, person_id: UUID) -> bool:
    """Whether what is encrypted for this person can still be opened here."""
    wanted = select(PersonKey.id).where(PersonKey.person_id == person_id, PersonKey.wrapped.is_not(None))
    return ctx.db.scalar(wanted) is not None


@query(roles=WITHIN)
def obstacles(ctx: Context, person_id: UUID) -> list[str]:
    """What stands against the erasure of somebody: a legal hold, money, or what was sold and not handed over."""
    found = ["The law asks us to keep your data for now. Please write to us."] if is_on_hold(ctx, person_id) else []
    if sessions.administrators(ctx) == [person_id]:
        found.append("You are the last administrator. Make somebody else one first.")
    found += _money(ctx, person_id)
    for part in PARTS.values():
        found += part.obligations(ctx, person_id)
    return found


@query(roles=WITHIN)
def recipients_of(ctx: Context, person_id: UUID) -> list[UUID]:
    """Every organisation that was ever allowed to have data of this person."""
    given = (Authorisation.person_id == person_id, Authorisation.given_at.is_not(None))
    return list(ctx.db.scalars(select(Authorisation.recipient_id).where(*given).distinct()))


@query(roles=WITHIN)
def members_of(ctx: Context, organisation_id: UUID) -> Sequence[UUID]:
    """Everyone who acts for an organisation."""
    inside = (Membership.organisation_id == organisation_id, Membership.ended_at.is_(None))
    return ctx.db.scalars(select(Membership.user_id).where(*inside)).all()


@query(roles={Role.SYSTEM})
def file_ids_of(ctx: Context, person_id: UUID) -> list[UUID]:
    """Every file of a person, also those that were removed before."""
    return list(ctx.db.scalars(select(File.id).where(File.owner_id == person_id)))


def _money(ctx: Context, person_id: UUID) -> list[str]:
    theirs = (Account.kind == AccountKind.SELLER_PAYABLE, Account.owner_id == person_id, Account.balance > 0)
    owed = [
        f"We owe you {amount_text(one.balance, one.currency)}. Ask for a payout under Earnings first."
        for one in ctx.db.scalars(select(Account).where(*theirs))
    ]
    moving = select(Payout.id).where(Payout.payee_id == person_id, Payout.state.in_(PAYOUT_UNDER_WAY)).limit(1)
    if ctx.db.scalar(moving) is not None:
        owed.append("A payout to you is on its way. Wait until it has arrived.")
    unsettled = (PaymentState.INTENDED, PaymentState.REQUESTED, PaymentState.PAID)
    paying = select(Payment.id).where(Payment.payee_id == person_id, Payment.state.in_(unsettled)).limit(1)
    if ctx.db.scalar(paying) is not None:
        owed.append("Somebody is paying for your data at this moment. Wait until that has ended.")
    return owed
