"""Questions to insurers: noted before they are asked, so that none is lost whoever dies; then decided, or put off.

None of these asks: no insurer is ever called while a transaction is open. See `reactions`.
"""

from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.errors import NotFound
from salus.kernel.ids import new_id
from salus.kernel.operations import action
from salus.shared.clinical import actions as clinical
from salus.shared.insurance.gateways import Eligibility
from salus.shared.insurance.models import Because, Check, CheckState, Coverage, Insurer, Service
from salus.shared.insurance.rules import ASKING_TAKES, STILL_GOOD, InsurerRetired, check_day, wait
from salus.shared.insurance.rules.fhir import request_resource, response_resource

NOT_ASKED = {Because.CIRCUIT_OPEN, Because.BUSY}


@action(roles={Role.PATIENT, Role.SYSTEM}, told="asked your insurer whether it covers a visit")
def ask(ctx: Context, coverage: Coverage, *, service: Service, on_day: date) -> Check:
    """Note a question that is asked next. The same question within the hour keeps the answer that it got.

    Whoever notes it asks it at once; if they die, the worker does after some seconds. Raises DayTooFar or
    InsurerRetired.
    """
    if coverage.person_id != ctx.actor.id and not ctx.actor.has(Role.SYSTEM):
        raise NotFound
    check_day(on_day, ctx.now.date())
    if ctx.get(Insurer, coverage.insurer_id).retired_at is not None:
        raise InsurerRetired
    check = _noted(ctx, coverage, service, on_day)
    if check.state is CheckState.PENDING or check.checked_at is None or ctx.now - check.checked_at > STILL_GOOD:
        check.state, check.because = CheckState.PENDING, Because.ASKING
        check.recheck_at, check.attempts = ctx.now + ASKING_TAKES, 0
    _write_through(ctx, check)
    ctx.tell(subject=check, person_id=check.person_id, insurer_id=str(check.insurer_id))
    return check


@action(roles={Role.SYSTEM}, told="heard from your insurer whether it covers a visit")
def settle(ctx: Context, check: Check, answer: Eligibility) -> Check:
    """Keep what the insurer said. One that was decided in the meantime stays as it is."""
    check = ctx.lock(check)
    if check.state is CheckState.PENDING:
        check.state, check.because = answer.state, answer.because
        check.needs_authorization, check.disposition = answer.needs_authorization, answer.disposition
        check.attempts += 1
        check.checked_at, check.recheck_at = ctx.now, None
        _write_through(ctx, check)
    ctx.tell(
        subject=check,
        person_id=check.person_id,
        concerns=[check.person_id],
        state=check.state.value,
        because=check.because.value,
    )
    return check


@action(roles={Role.SYSTEM})
def postpone(ctx: Context, check: Check, answer: Eligibility) -> Check:
    """Ask again later, ever more seldom; what was not asked at all does not count as an attempt."""
    check = ctx.lock(check)
    if check.state is CheckState.PENDING:
        check.because = answer.because
        check.attempts += answer.because not in NOT_ASKED
        put_off = timedelta(seconds=answer.retry_after_s) if answer.retry_after_s else wait(check.attempts)
        check.recheck_at = ctx.now + put_off
    ctx.tell(subject=check, person_id=check.person_id, because=check.because.value)
    return check


@action(roles={Role.SYSTEM})
def hasten(ctx: Context, insurer_id: UUID) -> None:
    """Ask everything anew that waits for this insurer: it answers again."""
    waiting = (Check.insurer_id == insurer_id) & (Check.state == CheckState.PENDING) & (Check.recheck_at > ctx.now)
    hastened = ctx.db.execute(update(Check).where(waiting).values(recheck_at=ctx.now).returning(Check.id)).all()
    ctx.tell(insurer_id=str(insurer_id), count=len(hastened))


def _write_through(ctx: Context, check: Check) -> None:
    """Let the person's clinical record have the question, and the answer as it is from now on."""
    insurer = ctx.get(Insurer, check.insurer_id)
    clinical.keep(ctx, request_resource(check, insurer), about=check.person_id)
    answer = response_resource(check, insurer, disposition=check.disposition)
    clinical.keep(ctx, answer, about=check.person_id)


def _noted(ctx: Context, coverage: Coverage, service: Service, on_day: date) -> Check:
    """The row of this question, made if need be and locked: two who ask at once ask the same."""
    new = insert(Check).values(
        id=new_id(),
        coverage_id=coverage.id,
        insurer_id=coverage.insurer_id,
        person_id=coverage.person_id,
        service=service,
        on_day=on_day,
        state=CheckState.PENDING,
        because=Because.ASKING,
        recheck_at=ctx.now + ASKING_TAKES,
    )
    ctx.db.execute(new.on_conflict_do_nothing(index_elements=["tenant_id", "coverage_id", "service", "on_day"]))
    wanted = (Check.coverage_id == coverage.id) & (Check.service == service) & (Check.on_day == on_day)
    return ctx.db.scalars(select(Check).where(wanted).with_for_update()).one()
