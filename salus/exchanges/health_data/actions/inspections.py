"""An administrator opens somebody's health data: for a reason, and never unseen by the person."""

from uuid import UUID

from salus.exchanges.health_data.queries.imports import Preview, raw_preview, series_of
from salus.exchanges.health_data.rules import NothingKept
from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.operations import action
from salus.shared.messages import actions as messages


@action(roles={Role.ADMINISTRATOR}, told="opened your health data", step_up=True)
def open_health_data(ctx: Context, person_id: UUID, *, reason: str) -> list[tuple[str, Preview]]:
    """Open a person's health data as it is kept. The reason stands in the record, and the person is told at once.

    An action and not a question, because it writes to the person it is about.
    """
    found = series_of(ctx, person_id)
    if not found:
        raise NothingKept
    ctx.purpose = reason
    ctx.tell(person_id=person_id, types=len(found))
    messages.notify(ctx, person_id, "health_data/opened", link="/who-looked")
    return [(series.name, raw_preview(ctx, series)) for series in found]
