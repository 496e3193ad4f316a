"""Insurers are asked: at once for whoever waits for the answer, and again in the background for what they did not say.

No transaction is open while an insurer is asked. What to ask is read in one, what came of it is kept in another.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from uuid import UUID

from salus.kernel import services
from salus.kernel.actor import SYSTEM
from salus.kernel.breaker import State
from salus.kernel.context import Context
from salus.kernel.records import every
from salus.shared.insurance import actions, gateways, queries
from salus.shared.insurance.gateways import Eligibility
from salus.shared.insurance.models import Because, Check, CheckState, Service
from salus.shared.insurance.queries import Inquiry
from salus.shared.insurance.rules import is_over
from salus.shared.insurance.schemas import CheckRead

INSURERS_AT_ONCE = 8


def check(ctx: Context, coverage_id: UUID, *, service: Service, on_day: date) -> CheckRead:
    """Whether an insurer covers a service on a day, within two seconds; `ctx` is not open.

    What the insurer does not say now is pending, with why and when it is asked again; it is then decided by
    `insurance.settle`. Raises NotFound, DayTooFar or InsurerRetired, and nothing that an insurer could bring about.
    """
    with ctx.again() as own:
        noted = actions.ask(own, queries.coverage(own, coverage_id), service=service, on_day=on_day)
    if noted.state is CheckState.PENDING:
        _ask(ctx, noted.id)
    with ctx.again() as own:
        return queries.check(own, noted.id)


@every(seconds=5)
def recheck(ctx: Context) -> None:
    """Ask again what is due; each insurer by itself, so that one who is slow holds up no other."""
    with ctx.again() as own:
        due = queries.due(own)
    if due:
        with ThreadPoolExecutor(min(len(due), INSURERS_AT_ONCE)) as pool:
            list(pool.map(lambda waiting: _ask_in_turn(ctx, waiting), due.values()))


def _ask_in_turn(ctx: Context, waiting: Sequence[UUID]) -> None:
    """Ask one insurer until it fails. When it answers for the first time again, all that waits for it is due."""
    for check_id in waiting:
        line = _inquiry(ctx, check_id).line
        if not line.breaker.lets_through():
            return  # Nothing is written: what is due stays due, and the next round comes in a few seconds.
        was_closed = line.breaker.reading().state is State.CLOSED
        asked = _ask(ctx, check_id)
        if asked.state is CheckState.PENDING and asked.because is not Because.QUEUED:
            return
        if not was_closed:
            with ctx.again(SYSTEM) as own:
                actions.hasten(own, line.insurer_id)


def _ask(ctx: Context, check_id: UUID) -> Check:
    inquiry = _inquiry(ctx, check_id)
    answer = _answer(ctx, inquiry)
    services.note(ctx, inquiry.line.breaker.reading(), title=inquiry.line.name)
    with ctx.again(SYSTEM) as own:
        learn = actions.postpone if answer.state is CheckState.PENDING else actions.settle
        return learn(own, inquiry.check, answer)


def _inquiry(ctx: Context, check_id: UUID) -> Inquiry:
    with ctx.again(SYSTEM) as own:
        return queries.inquiry(own, check_id)


def _answer(ctx: Context, inquiry: Inquiry) -> Eligibility:
    if inquiry.is_given_up:
        return Eligibility(CheckState.UNKNOWN, Because.TURNED_AWAY)
    answer = gateways.ask(inquiry.line, inquiry.question)
    if answer.state is CheckState.PENDING and is_over(inquiry.question.on_day, ctx.now):
        return Eligibility(CheckState.UNKNOWN, Because.NOT_IN_TIME)
    return answer
