"""Who is meant by an id, for those who may know."""

from collections.abc import Iterable
from uuid import UUID

from salus.kernel.context import Context
from salus.kernel.errors import Refusal
from salus.kernel.operations import WITHIN, query
from salus.shared.people import queries as people

ERASED = "An erased account"


@query(roles=WITHIN)
def people_named(ctx: Context, ids: Iterable[UUID | None]) -> dict[UUID, str]:
    """Names of people. Somebody whose key was destroyed has none any more, but what they did stays."""
    return {person_id: _name(ctx, person_id) for person_id in set(ids) if person_id is not None}


def _name(ctx: Context, person_id: UUID) -> str:
    try:
        return people.name(ctx, person_id)
    except Refusal:
        return ERASED
