"""Whose calendars are whose to manage."""

from uuid import UUID

from salus.kernel.actor import Actor
from salus.shared.calendar.models import Resource, ResourceKind

THINGS = frozenset({ResourceKind.ROOM, ResourceKind.DEVICE})


def is_managed_by(actor: Actor, resource: Resource) -> bool:
    """Whether it is the actor's own as a practitioner, or a thing of the organisation they work for."""
    if actor.organisation_id is None or resource.organisation_id != actor.organisation_id:
        return False
    return resource.kind in THINGS or resource.person_id == actor.id


def key_holder(resource: Resource) -> UUID:
    """Under whose key what is noted about it is kept: the person's, or of rooms and devices the organisation's."""
    holder = resource.person_id or resource.organisation_id
    if holder is None:
        raise ValueError("a calendar is somebody's")
    return holder
