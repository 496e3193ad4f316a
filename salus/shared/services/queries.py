"""How the services outside are."""

from collections.abc import Sequence

from sqlalchemy import case, select

from salus.kernel.actor import Role
from salus.kernel.breaker import State
from salus.kernel.context import Context
from salus.kernel.operations import query
from salus.kernel.services import OutsideService


@query(roles={Role.ADMINISTRATOR})
def services(ctx: Context) -> Sequence[OutsideService]:
    """Every service that was called lately, as each process finds it; those that do not answer first."""
    well = case((OutsideService.state == State.CLOSED, 1), else_=0)
    return ctx.db.scalars(select(OutsideService).order_by(well, OutsideService.title, OutsideService.process)).all()
