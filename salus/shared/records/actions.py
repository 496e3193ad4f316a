"""Looking whether the log is whole, on the record."""

from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.errors import Refusal
from salus.kernel.operations import action
from salus.shared.messages import actions as messages
from salus.shared.people import sessions
from salus.shared.records import verification
from salus.shared.records.queries import last_checked, log
from salus.shared.records.verification import Verification

MOST_WHILE_WAITING = 1_000_000


class LogTooLong(Refusal):
    message = (
        "This log is too long to be verified while you wait. It is verified every hour by itself, and by "
        "`salus audit verify` on the command line."
    )


@action(roles={Role.ADMINISTRATOR})
def verify(ctx: Context) -> Verification:
    """Verify the whole log: compute it anew and compare it with what was published."""
    if log(ctx).size > MOST_WHILE_WAITING:
        raise LogTooLong
    found = verification.verify(ctx.tenant_id)
    _tell(ctx, found)
    return found


@action(roles={Role.SYSTEM})
def note_verification(ctx: Context, found: Verification) -> None:
    """Keep on record what a verification found, and tell the administrators of damage that is new."""
    before = last_checked(ctx)
    _tell(ctx, found)
    if not found.is_whole and (before is None or before.is_whole):
        for administrator_id in sessions.administrators(ctx):
            messages.notify(ctx, administrator_id, "records/damaged", link="/records/log")


def _tell(ctx: Context, found: Verification) -> None:
    ctx.tell(is_whole=found.is_whole, size=found.size, faults=sorted(found.faults))
