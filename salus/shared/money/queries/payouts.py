"""Payouts: a seller's own, and the queue for administrators."""

from uuid import UUID

from sqlalchemy import select

from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.errors import NotFound
from salus.kernel.operations import WITHIN, query
from salus.shared.money.models import Payout, PayoutAccount, PayoutState
from salus.shared.money.queries.payments import WORTH_ASKING_AFTER

UNDER_WAY = (PayoutState.REQUESTED, PayoutState.APPROVED, PayoutState.SENT)


@query(roles={Role.SELLER})
def payout_account(ctx: Context) -> PayoutAccount | None:
    """The acting seller's bank account, if they told one."""
    return ctx.db.scalars(select(PayoutAccount).where(PayoutAccount.person_id == ctx.actor.person_id)).one_or_none()


@query(roles={Role.SELLER})
def payouts(ctx: Context) -> list[Payout]:
    """The acting seller's payouts, newest first."""
    theirs = select(Payout).where(Payout.payee_id == ctx.actor.person_id)
    return list(ctx.db.scalars(theirs.order_by(Payout.id.desc()).limit(200)))


@query(roles={Role.SELLER, Role.ADMINISTRATOR})
def payout(ctx: Context, payout_id: UUID) -> Payout:
    """One payout, to whom it goes and to administrators."""
    found = ctx.get(Payout, payout_id)
    if found.payee_id != ctx.actor.id and not ctx.actor.has(Role.ADMINISTRATOR):
        raise NotFound
    return found


@query(roles={Role.ADMINISTRATOR})
def payout_queue(ctx: Context) -> list[Payout]:
    """Payouts under way, those that wait for a decision first, oldest first."""
    open_ones = select(Payout).where(Payout.state.in_(UNDER_WAY))
    return list(ctx.db.scalars(open_ones.order_by(Payout.state != PayoutState.REQUESTED, Payout.id).limit(500)))


@query(roles=WITHIN)
def payout_under_way(ctx: Context, person_id: UUID, currency: str) -> Payout | None:
    """The payout that has not ended yet; one at most in each currency."""
    return ctx.db.scalars(
        select(Payout).where(Payout.payee_id == person_id, Payout.currency == currency, Payout.state.in_(UNDER_WAY))
    ).one_or_none()


@query(roles={Role.SYSTEM})
def payout_known_by(ctx: Context, payout_id: UUID) -> Payout | None:
    """The payout with this id, if there is one."""
    return ctx.db.get(Payout, payout_id)


@query(roles={Role.SYSTEM})
def hanging_payouts(ctx: Context) -> list[Payout]:
    """Approved payouts whose end is not known yet."""
    waiting = select(Payout).where(
        Payout.state.in_([PayoutState.APPROVED, PayoutState.SENT]), Payout.created_at < ctx.now - WORTH_ASKING_AFTER
    )
    return list(ctx.db.scalars(waiting.order_by(Payout.id).limit(100)))


@query(roles={Role.SYSTEM})
def destination_of(ctx: Context, payout: Payout) -> str:
    """The IBAN that a payout goes to."""
    return str(ctx.get(Payout, payout.id).destination)
