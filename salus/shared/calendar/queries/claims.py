"""What is claimed, and which holds are over."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.operations import WITHIN, query
from salus.shared.calendar.models import Claim, ClaimState

GRACE = timedelta(minutes=1)
"""A hold that is over is left for so long to whoever might be taking its time at this moment."""
SWEPT = 500


@query(roles=WITHIN)
def claims(ctx: Context, booking_id: UUID) -> Sequence[Claim]:
    """The live claims of a booking: all its resources, or none if it was released."""
    its = select(Claim).where(Claim.booking_id == booking_id, Claim.state != ClaimState.RELEASED)
    return ctx.db.scalars(its.order_by(Claim.resource_no)).all()


@query(roles={Role.SYSTEM})
def holds_over(ctx: Context) -> Sequence[UUID]:
    """Ids of claims that were held and whose time to confirm is over, five hundred at most."""
    over = select(Claim.id).where(Claim.state == ClaimState.HELD, Claim.expires_at <= ctx.now - GRACE)
    return ctx.db.scalars(over.order_by(Claim.expires_at).limit(SWEPT)).all()
