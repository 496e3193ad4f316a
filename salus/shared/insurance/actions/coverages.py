"""Where people say that they are insured."""

from sqlalchemy.exc import IntegrityError

from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.errors import NotFound
from salus.kernel.keys import blind_index
from salus.kernel.operations import action
from salus.shared.clinical import actions as clinical
from salus.shared.insurance.models import Coverage, Insurer
from salus.shared.insurance.rules import CoverageKnown, InsurerRetired
from salus.shared.insurance.rules.fhir import coverage_resource
from salus.shared.insurance.schemas import CoverageWrite


@action(roles={Role.PATIENT}, told="added your insurance")
def add_coverage(ctx: Context, described: CoverageWrite) -> Coverage:
    """Say where the actor is insured. Raises InsurerRetired or CoverageKnown."""
    insurer = ctx.get(Insurer, described.insurer_id)
    if insurer.retired_at is not None:
        raise InsurerRetired(field="insurer_id")
    coverage = Coverage(
        person_id=ctx.actor.person_id,
        insurer_id=insurer.id,
        member_number=described.member_number,
        member_index=blind_index(f"{insurer.id}|{described.member_number}"),
        plan=described.plan or None,
        valid_from=described.valid_from,
        valid_until=described.valid_until,
    )
    try:
        with ctx.db.begin_nested():
            ctx.db.add(coverage)
            ctx.db.flush()
    except IntegrityError as error:
        raise CoverageKnown from error
    _write_through(ctx, coverage)
    ctx.tell(subject=coverage, person_id=coverage.person_id, insurer_id=str(insurer.id))
    return coverage


@action(roles={Role.PATIENT}, told="removed your insurance")
def remove_coverage(ctx: Context, coverage: Coverage) -> None:
    """Ask nothing more with this insurance. What its insurer said of visits stays with them."""
    if coverage.person_id != ctx.actor.person_id:
        raise NotFound
    coverage = ctx.lock(coverage)
    coverage.removed_at = coverage.removed_at or ctx.now
    _write_through(ctx, coverage)
    ctx.tell(subject=coverage, person_id=coverage.person_id)


def _write_through(ctx: Context, coverage: Coverage) -> None:
    """Let the person's clinical record have it as it is from now on."""
    insurer = ctx.get(Insurer, coverage.insurer_id)
    resource = coverage_resource(coverage, insurer, member_number=coverage.member_number, plan=coverage.plan)
    clinical.keep(ctx, resource, about=coverage.person_id)
