"""How long what is kept, what the next run would delete, and what earlier ones did."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, select

from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.errors import NotFound
from salus.kernel.operations import WITHIN, query
from salus.shared.privacy.models import LegalHold, RetentionRule, RetentionRun
from salus.shared.privacy.rules.retention import Kind, Period, Preview, is_held, is_over, kinds, stands

SHOWN = 100


@query(roles={Role.PERSON, Role.SYSTEM})
def periods(ctx: Context) -> list[Period]:
    """How long each kind is kept: the longest of the rules in force, or as Salus does by default."""
    rules: dict[str, RetentionRule] = {}
    in_force = select(RetentionRule).where(RetentionRule.retired_at.is_(None))
    for rule in ctx.db.scalars(in_force.order_by(RetentionRule.keep_days)):
        rules[rule.kind] = rule
    return [_period(kind, rules.get(kind.code)) for kind in kinds()]


@query(roles={Role.ADMINISTRATOR})
def rules_in_force(ctx: Context) -> Sequence[RetentionRule]:
    """The rules that administrators set and did not retire."""
    in_force = select(RetentionRule).where(RetentionRule.retired_at.is_(None))
    return ctx.db.scalars(in_force.order_by(RetentionRule.kind, RetentionRule.country)).all()


@query(roles={Role.ADMINISTRATOR})
def rule(ctx: Context, rule_id: UUID) -> RetentionRule:
    """One rule, retired or not."""
    return ctx.get(RetentionRule, rule_id)


@query(roles={Role.ADMINISTRATOR, Role.SYSTEM})
def preview(ctx: Context) -> list[Preview]:
    """What a run would delete now, kind by kind. Deletes nothing."""
    found = []
    for period in periods(ctx):
        before = ctx.now - timedelta(days=period.keep_days)
        over, held = is_over(period.kind, before), is_held(period.kind, ctx.now.date())
        counted = select(func.count(), func.count().filter(held)).select_from(period.kind.table).where(over)
        total, stays = ctx.db.execute(counted).one()
        found.append(Preview(period, before, total - stays, stays))
    return found


@query(roles={Role.ADMINISTRATOR})
def runs(ctx: Context) -> Sequence[RetentionRun]:
    """The newest runs that deleted or held something back, newest first."""
    return ctx.db.scalars(select(RetentionRun).order_by(RetentionRun.id.desc()).limit(SHOWN)).all()


@query(roles={Role.ADMINISTRATOR})
def holds(ctx: Context) -> Sequence[LegalHold]:
    """The legal holds that stand."""
    return ctx.db.scalars(select(LegalHold).where(stands(ctx.now.date())).order_by(LegalHold.id.desc())).all()


@query(roles={Role.ADMINISTRATOR})
def hold(ctx: Context, hold_id: UUID) -> LegalHold:
    """One legal hold."""
    found = ctx.get(LegalHold, hold_id)
    if found.lifted_at is not None:
        raise NotFound
    return found


@query(roles=WITHIN)
def is_on_hold(ctx: Context, subject_id: UUID) -> bool:
    """Whether a legal hold stands on a person or organisation."""
    return (
        ctx.db.scalar(select(LegalHold.id).where(LegalHold.subject_id == subject_id, stands(ctx.now.date())))
        is not None
    )


def _period(kind: Kind, rule: RetentionRule | None) -> Period:
    days, source = (rule.keep_days, rule.source) if rule else (kind.keep_days, kind.source)
    return Period(kind, max(days, kind.least_days), source)
