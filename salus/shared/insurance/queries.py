"""Insurers, coverage and checks as their person and administrators may see them; and what is to be asked."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select

from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.errors import NotFound
from salus.kernel.operations import query
from salus.shared.insurance.gateways import Line, Question
from salus.shared.insurance.models import Check, CheckState, Coverage, Insurer
from salus.shared.insurance.schemas import CheckRead

PAGE = 50
AT_A_TIME = 100
"""Checks of one insurer that are asked again in one round."""


@dataclass(frozen=True)
class Inquiry:
    """A pending check, made ready to be asked."""

    check: Check
    line: Line
    question: Question
    is_given_up: bool
    """Whether the insurer was retired, or the person removed their insurance, so that nobody asks any more."""


@dataclass(frozen=True)
class Insured:
    """A coverage, with the name of the insurer and the newest checks."""

    coverage: Coverage
    insurer: Insurer
    checks: list[CheckRead]


@query(roles={Role.ANYONE})
def insurers_in_use(ctx: Context) -> Sequence[Insurer]:
    """The insurers that can be asked, by name."""
    return ctx.db.scalars(select(Insurer).where(Insurer.retired_at.is_(None)).order_by(Insurer.name)).all()


@query(roles={Role.ADMINISTRATOR})
def all_insurers(ctx: Context) -> Sequence[Insurer]:
    """Every insurer, those in use first."""
    return ctx.db.scalars(select(Insurer).order_by(Insurer.retired_at.is_not(None), Insurer.name)).all()


@query(roles={Role.ADMINISTRATOR})
def insurer(ctx: Context, insurer_id: UUID) -> Insurer:
    """One insurer."""
    return ctx.get(Insurer, insurer_id)


@query(roles={Role.PATIENT})
def coverages(ctx: Context) -> Sequence[Coverage]:
    """The actor's own insurance, the newest first."""
    mine = (Coverage.person_id == ctx.actor.person_id) & Coverage.removed_at.is_(None)
    return ctx.db.scalars(select(Coverage).where(mine).order_by(Coverage.id.desc())).all()


@query(roles={Role.PATIENT, Role.SYSTEM})
def coverage(ctx: Context, coverage_id: UUID) -> Coverage:
    """One coverage of the actor's own."""
    found = ctx.get(Coverage, coverage_id)
    if found.removed_at is not None or not _is_theirs(ctx, found.person_id):
        raise NotFound
    return found


@query(roles={Role.PATIENT})
def insured(ctx: Context) -> list[Insured]:
    """The actor's own insurance, with what the insurers said lately."""
    said: dict[UUID, list[CheckRead]] = defaultdict(list)
    for found in checks(ctx):
        said[found.coverage_id].append(found)
    return [Insured(mine, ctx.get(Insurer, mine.insurer_id), said[mine.id]) for mine in coverages(ctx)]


@query(roles={Role.PATIENT})
def insured_by(ctx: Context, coverage_id: UUID) -> Insured:
    """One coverage of the actor's own, with what its insurer said of it."""
    mine = coverage(ctx, coverage_id)
    said = select(Check).where(Check.coverage_id == mine.id).order_by(Check.on_day.desc(), Check.id.desc()).limit(PAGE)
    return Insured(mine, ctx.get(Insurer, mine.insurer_id), [CheckRead.of(one) for one in ctx.db.scalars(said)])


@query(roles={Role.PATIENT})
def checks(ctx: Context) -> list[CheckRead]:
    """The actor's own checks, the latest day first."""
    mine = select(Check).where(Check.person_id == ctx.actor.person_id)
    found = ctx.db.scalars(mine.order_by(Check.on_day.desc(), Check.id.desc()).limit(PAGE))
    return [CheckRead.of(one) for one in found]


@query(roles={Role.PATIENT, Role.SYSTEM})
def check(ctx: Context, check_id: UUID) -> CheckRead:
    """One check of the actor's own, as it stands."""
    found = ctx.get(Check, check_id)
    if not _is_theirs(ctx, found.person_id):
        raise NotFound
    return CheckRead.of(found)


@query(roles={Role.SYSTEM})
def due(ctx: Context) -> dict[UUID, list[UUID]]:
    """The checks that are to be asked again by now, by insurer: those that wait longest first."""
    turn = func.row_number().over(partition_by=Check.insurer_id, order_by=(Check.recheck_at, Check.id))
    waiting = (
        select(Check.insurer_id, Check.id, turn.label("turn"))
        .where(Check.state == CheckState.PENDING, Check.recheck_at <= ctx.now)
        .subquery()
    )
    by_insurer: dict[UUID, list[UUID]] = defaultdict(list)
    wanted = select(waiting.c.insurer_id, waiting.c.id).where(waiting.c.turn <= AT_A_TIME)
    for insurer_id, check_id in ctx.db.execute(wanted.order_by(waiting.c.insurer_id, waiting.c.turn)):
        by_insurer[insurer_id].append(check_id)
    return dict(by_insurer)


@query(roles={Role.SYSTEM})
def inquiry(ctx: Context, check_id: UUID) -> Inquiry:
    """What is needed to ask a check's insurer: its key and the member number too."""
    found = ctx.get(Check, check_id)
    theirs, asked = ctx.get(Insurer, found.insurer_id), ctx.get(Coverage, found.coverage_id)
    return Inquiry(
        found,
        Line(theirs.id, theirs.name, theirs.endpoint, theirs.payer_code, theirs.key),
        Question(found.id, asked.member_number, found.service, found.on_day, ctx.now),
        is_given_up=theirs.retired_at is not None or asked.removed_at is not None,
    )


def _is_theirs(ctx: Context, person_id: UUID) -> bool:
    return ctx.actor.has(Role.SYSTEM) or person_id == ctx.actor.person_id
