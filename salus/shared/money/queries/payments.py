"""Payments, seen by who pays, who is paid, and who watches over both."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select

from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.errors import NotFound
from salus.kernel.operations import WITHIN, query
from salus.shared.money.models import GatewayMessage, Payment, PaymentState, Refund, RefundState
from salus.shared.money.rules import Split, parts_of, pays

WORTH_ASKING_AFTER = timedelta(minutes=1)
"""How long a payment may hang before the gateway is asked about it."""


@query(roles={Role.BUYER, Role.SELLER, Role.ADMINISTRATOR})
def payment(ctx: Context, payment_id: UUID) -> Payment:
    """One payment, to those it concerns: the organisation that pays, the person who is paid, administrators."""
    found = ctx.get(Payment, payment_id)
    is_paid = ctx.actor.id == found.payee_id
    if not (pays(ctx.actor, found) or is_paid or ctx.actor.has(Role.ADMINISTRATOR)):
        raise NotFound
    return found


@query(roles={Role.BUYER})
def payments(ctx: Context) -> list[Payment]:
    """What the acting organisation has paid or is paying, newest first."""
    theirs = select(Payment).where(Payment.payer_organisation_id == ctx.actor.organisation_id)
    return list(ctx.db.scalars(theirs.order_by(Payment.id.desc()).limit(500)))


@query(roles={Role.ADMINISTRATOR})
def latest_payments(ctx: Context) -> list[Payment]:
    """The newest payments of the tenant, newest first."""
    return list(ctx.db.scalars(select(Payment).order_by(Payment.id.desc()).limit(50)))


@query(roles=WITHIN)
def live_payment(ctx: Context, subject_type: str, subject_id: UUID) -> Payment | None:
    """The payment for this thing that is under way or was made; one at most."""
    return ctx.db.scalars(
        select(Payment).where(
            Payment.subject_type == subject_type,
            Payment.subject_id == subject_id,
            Payment.state.not_in([PaymentState.FAILED, PaymentState.CANCELLED]),
        )
    ).one_or_none()


@query(roles=WITHIN)
def begun_since(ctx: Context, organisation_id: UUID, moment: datetime) -> int:
    """How many payments an organisation began since then, whatever became of them."""
    begun = select(func.count()).where(Payment.payer_organisation_id == organisation_id, Payment.created_at > moment)
    return ctx.db.execute(begun).scalar_one()


@query(roles=WITHIN)
def left_of(ctx: Context, payment: Payment) -> Split:
    """What of a payment was not given back yet, part by part."""
    back = ctx.db.execute(
        select(
            *(
                func.coalesce(func.sum(part), 0)
                for part in (Refund.seller_share, Refund.commission, Refund.commission_tax, Refund.sale_tax)
            )
        ).where(Refund.payment_id == payment.id, Refund.state != RefundState.FAILED)
    ).one()
    return parts_of(payment).less(Split(*(int(part) for part in back)))


@query(roles={Role.ADMINISTRATOR})
def refunds(ctx: Context, payment: Payment) -> list[Refund]:
    """What was given back of a payment, oldest first."""
    return list(ctx.db.scalars(select(Refund).where(Refund.payment_id == payment.id).order_by(Refund.id)))


@query(roles={Role.SYSTEM})
def payment_known_by(ctx: Context, payment_id: UUID) -> Payment | None:
    """The payment with this id, if there is one."""
    return ctx.db.get(Payment, payment_id)


@query(roles={Role.SYSTEM})
def refund_known_by(ctx: Context, refund_id: UUID) -> Refund | None:
    """The refund with this id, if there is one."""
    return ctx.db.get(Refund, refund_id)


@query(roles={Role.SYSTEM})
def hanging_payments(ctx: Context) -> list[Payment]:
    """Payments that should have gone on by now, oldest first."""
    waiting = select(Payment).where(
        Payment.state.in_([PaymentState.INTENDED, PaymentState.REQUESTED]),
        Payment.created_at < ctx.now - WORTH_ASKING_AFTER,
    )
    return list(ctx.db.scalars(waiting.order_by(Payment.id).limit(100)))


@query(roles={Role.SYSTEM})
def hanging_refunds(ctx: Context) -> list[Refund]:
    """Refunds that the gateway has not confirmed yet."""
    waiting = select(Refund).where(
        Refund.state == RefundState.INTENDED, Refund.created_at < ctx.now - WORTH_ASKING_AFTER
    )
    return list(ctx.db.scalars(waiting.order_by(Refund.id).limit(100)))


@query(roles={Role.SYSTEM})
def waiting_messages(ctx: Context) -> list[GatewayMessage]:
    """Events about something that was not known here when they came."""
    waiting = select(GatewayMessage).where(GatewayMessage.applied_at.is_(None))
    return list(ctx.db.scalars(waiting.order_by(GatewayMessage.id).limit(100)))


@query(roles={Role.SYSTEM})
def settled_since(ctx: Context, moment: datetime) -> list[Payment]:
    """Payments made since then that the gateway must hold as well."""
    settled = select(Payment).where(
        Payment.created_at >= moment, Payment.state.in_([PaymentState.SETTLED, PaymentState.REFUNDED])
    )
    return list(ctx.db.scalars(settled.order_by(Payment.id)))
