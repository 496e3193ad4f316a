"""An administrator opens somebody's name and address: for a reason, and never unseen by the person."""

from dataclasses import dataclass
from uuid import UUID

from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.operations import action
from salus.shared.people.models import User


@dataclass(frozen=True)
class ContactData:
    """Who somebody is, and where they are reached."""

    id: UUID
    name: str
    email: str


@action(roles={Role.ADMINISTRATOR}, told="opened your name and your e-mail address")
def open_contact(ctx: Context, person_id: UUID, *, reason: str) -> ContactData:
    """A person's whole name and address, masked everywhere else. The person reads who opened them, and why."""
    user = ctx.get(User, person_id)
    ctx.purpose = reason
    ctx.tell(subject=user, person_id=user.id)
    return ContactData(user.id, user.name, user.email)
