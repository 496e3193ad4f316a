"""Taking back what another module wrote through, as if it had never been."""

from sqlalchemy import delete, select

from salus.kernel.context import Context
from salus.kernel.operations import WITHIN, action
from salus.shared.clinical.models import Amount, Clinical, Moment, Version, Word


@action(roles=WITHIN)
def forget(ctx: Context, resource_type: str, fhir_id: str) -> None:
    """Remove a resource with its history and all that it is found by, if it is there; no tombstone stays."""
    named = (Clinical.resource_type == resource_type) & (Clinical.fhir_id == fhir_id)
    row_id = ctx.db.scalars(select(Clinical.id).where(named)).one_or_none()
    if row_id is None:
        return
    for index in Word, Moment, Amount:
        ctx.db.execute(delete(index).where(index.id == row_id))
    ctx.db.execute(delete(Version).where(Version.resource_id == row_id))
    ctx.db.execute(delete(Clinical).where(Clinical.id == row_id))
    ctx.tell(type=resource_type)
