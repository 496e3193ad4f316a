"""Which insurers can be asked."""

from sqlalchemy.exc import IntegrityError

from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.errors import Conflict
from salus.kernel.operations import action
from salus.shared.insurance.models import Insurer
from salus.shared.insurance.rules import InsurerKnown
from salus.shared.insurance.schemas import InsurerWrite


@action(roles={Role.ADMINISTRATOR}, step_up=True)
def add_insurer(ctx: Context, described: InsurerWrite) -> Insurer:
    """Let people be insured with this insurer, and ask it from now on. Raises InsurerKnown."""
    return _kept(ctx, Insurer(), described)


@action(roles={Role.ADMINISTRATOR}, step_up=True)
def change_insurer(ctx: Context, insurer: Insurer, described: InsurerWrite) -> Insurer:
    """Describe an insurer anew: member numbers are sent there from now on. Raises InsurerKnown."""
    insurer = ctx.lock(insurer)
    if insurer.retired_at is not None:
        raise Conflict("This insurer is retired. Please add it anew.")
    return _kept(ctx, insurer, described)


@action(roles={Role.ADMINISTRATOR}, step_up=True)
def retire_insurer(ctx: Context, insurer: Insurer) -> Insurer:
    """Ask this insurer nothing more. What it said stays."""
    insurer = ctx.lock(insurer)
    insurer.retired_at = insurer.retired_at or ctx.now
    return insurer


def _kept(ctx: Context, insurer: Insurer, described: InsurerWrite) -> Insurer:
    insurer.name, insurer.payer_code, insurer.endpoint = described.name, described.payer_code, described.endpoint
    if described.key:
        insurer.key = described.key
    try:
        with ctx.db.begin_nested():
            ctx.db.add(insurer)
            ctx.db.flush()
    except IntegrityError as error:
        raise InsurerKnown from error
    return insurer
