"""Wording the register of processing."""

from sqlalchemy import select

from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.operations import action
from salus.shared.privacy.models import Activity
from salus.shared.privacy.schemas import ActivityWrite


@action(roles={Role.ADMINISTRATOR})
def describe_activity(ctx: Context, code: str, words: ActivityWrite) -> Activity:
    """Describe an activity in the operator's own words, in place of what stood there under this code."""
    described = ctx.db.scalars(select(Activity).where(Activity.code == code)).one_or_none()
    if described is None:
        described = Activity(code=code)
        ctx.db.add(described)
    for name, value in words:
        setattr(described, name, value)
    described.changed_by = ctx.actor.person_id
    ctx.tell(code=code)
    return described
