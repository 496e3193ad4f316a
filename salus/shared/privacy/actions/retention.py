"""Deleting what is over its time, and what administrators decide about it."""

from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import delete, func, select, update

from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.errors import NotFound
from salus.kernel.operations import action
from salus.shared.people.models import Organisation, User
from salus.shared.privacy.models import LegalHold, RetentionRule, RetentionRun
from salus.shared.privacy.queries.retention import is_on_hold
from salus.shared.privacy.rules import AlreadyHeld, HeldForLongerByLaw
from salus.shared.privacy.rules.retention import Period, digest_of, is_held, is_over, kind

ROWS_PER_RUN = 10_000
"""Of one kind, so that no transaction lasts long; the next run goes on."""


@action(roles={Role.SYSTEM})
def delete_what_is_over(ctx: Context, period: Period) -> RetentionRun | None:
    """Delete the rows of one kind that are over their time, and keep the proof of it. None if there was nothing."""
    table, before = period.kind.table, ctx.now - timedelta(days=period.keep_days)
    over, held = is_over(period.kind, before), is_held(period.kind, ctx.now.date())
    ids = list(ctx.db.scalars(select(table.id).where(over, ~held).order_by(table.id).limit(ROWS_PER_RUN)))
    kept = ctx.db.scalar(select(func.count()).select_from(table).where(over, held)) or 0
    if not ids:
        return None
    ctx.db.execute(delete(table).where(table.id.in_(ids)).execution_options(synchronize_session=False))
    run = RetentionRun(
        kind=period.kind.code,
        keep_days=period.keep_days,
        before=before,
        deleted=len(ids),
        held=kept,
        oldest_kept=ctx.db.scalar(select(func.min(period.kind.ended)).where(period.kind.is_over)),
        ids_digest=digest_of(ids),
    )
    ctx.db.add(run)
    ctx.tell(kind=period.kind.code, deleted=len(ids), held=kept)
    return run


@action(roles={Role.ADMINISTRATOR}, step_up=True)
def set_rule(ctx: Context, *, code: str, keep_days: int, source: str, country: str | None = None) -> RetentionRule:
    """Say how long rows of one kind are kept, in place of the rule for the same country.

    Raises HeldForLongerByLaw for less than the law asks, NotFound for a kind that there is none of.
    """
    known = kind(code)
    if known is None:
        raise NotFound
    if keep_days < known.least_days:
        raise HeldForLongerByLaw(known.least_days)
    before = update(RetentionRule).where(
        RetentionRule.kind == code,
        RetentionRule.country.is_not_distinct_from(country),
        RetentionRule.retired_at.is_(None),
    )
    ctx.db.execute(before.values(retired_at=ctx.now, retired_by=ctx.actor.person_id))
    rule = RetentionRule(kind=code, country=country, keep_days=keep_days, source=source, set_by=ctx.actor.person_id)
    ctx.db.add(rule)
    ctx.tell(kind=code, keep_days=keep_days)
    return rule


@action(roles={Role.ADMINISTRATOR}, step_up=True)
def retire_rule(ctx: Context, rule: RetentionRule) -> RetentionRule:
    """Let a rule hold no longer; the default does again, or the other rules of its kind."""
    rule = ctx.lock(rule)
    if rule.retired_at is None:
        rule.retired_at, rule.retired_by = ctx.now, ctx.actor.person_id
    return rule


@action(roles={Role.ADMINISTRATOR}, told="put a legal hold on your data", step_up=True)
def put_on_hold(ctx: Context, subject_id: UUID, *, reason: str, until: date | None = None) -> LegalHold:
    """Let nothing of a person or organisation be deleted or erased until the hold is lifted or over.

    Raises NotFound for an id of neither, AlreadyHeld if a hold stands.
    """
    if ctx.db.get(User, subject_id) is None:
        ctx.get(Organisation, subject_id)
    if is_on_hold(ctx, subject_id):
        raise AlreadyHeld
    hold = LegalHold(subject_id=subject_id, reason=reason, until=until, set_by=ctx.actor.person_id)
    ctx.db.add(hold)
    ctx.tell(person_id=subject_id)
    return hold


@action(roles={Role.ADMINISTRATOR}, told="lifted a legal hold on your data", step_up=True)
def lift_hold(ctx: Context, hold: LegalHold) -> LegalHold:
    """Let a legal hold stand no longer."""
    hold = ctx.lock(hold)
    if hold.lifted_at is None:
        hold.lifted_at, hold.lifted_by = ctx.now, ctx.actor.person_id
    ctx.tell(person_id=hold.subject_id)
    return hold
