"""Who is meant by an id, for those who may know."""

from collections.abc import Iterable
from uuid import UUID

from salus.kernel.context import Context
from salus.kernel.errors import Refusal
from salus.kernel.operations import WITHIN, query
from salus.shared.people import queries as people
from salus.shared.people.rules import masked_name

ERASED = "An erased account"


@query(roles=WITHIN)
def people_named(ctx: Context, ids: Iterable[UUID | None], *, masked: bool = True) -> dict[UUID, str]:
    """Names of people, `masked` for administrators, who need not know them to read what was done.

    Somebody whose key was destroyed has none any more, but what they did stays.
    """
    return {person_id: _name(ctx, person_id, masked) for person_id in set(ids) if person_id is not None}


def _name(ctx: Context, person_id: UUID, masked: bool) -> str:
    try:
        name = people.name(ctx, person_id)
    except Refusal:
        return ERASED
    return masked_name(name) if masked else name
