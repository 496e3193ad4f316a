"""What stays of an account whose person was erased."""

import os
from uuid import UUID

from salus.kernel.context import Context
from salus.kernel.operations import WITHIN, action
from salus.shared.people.models import User

NOTHING = b""


@action(roles=WITHIN, told="forgot your name, your address and your password")
def forget(ctx: Context, person_id: UUID) -> User:
    """Leave nothing of an account but its id. It is never found by its address again, which is free for a new one.

    The index becomes a random one, because it must stay unique and must fit no address.
    """
    user = ctx.lock(ctx.get(User, person_id))
    user.email_sealed = user.name_sealed = NOTHING
    user.email_index, user.password_hash = os.urandom(32), ""
    user.verified_at = user.contested_at = None
    user.suspended_at, user.suspended_because = user.suspended_at or ctx.now, None
    ctx.tell(person_id=person_id)
    return user
