"""What administrators decide about commission and tax."""

from datetime import datetime
from typing import TypeVar

from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.operations import action
from salus.shared.money.models import CommissionRule, TaxBase, TaxRule
from salus.shared.money.rules import AlreadyDecided

Rule = TypeVar("Rule", CommissionRule, TaxRule)


@action(roles={Role.ADMINISTRATOR})
def set_commission(
    ctx: Context,
    *,
    basis_points: int,
    position: int = 100,
    currency: str | None = None,
    minimum: int = 0,
    subject_type: str | None = None,
    valid_from: datetime | None = None,
) -> CommissionRule:
    """Take this share of sales to come. Sales already made keep the terms they were made under."""
    rule = CommissionRule(
        basis_points=basis_points,
        position=position,
        currency=currency,
        minimum=minimum,
        subject_type=subject_type,
        valid_from=valid_from or ctx.now,
        set_by=ctx.actor.person_id,
    )
    ctx.db.add(rule)
    ctx.tell(basis_points=basis_points, minimum=minimum, currency=currency)
    return rule


@action(roles={Role.ADMINISTRATOR})
def retire_commission(ctx: Context, rule: CommissionRule) -> CommissionRule:
    """Stop using a rule of commission."""
    return _retire(ctx, rule)


@action(roles={Role.ADMINISTRATOR})
def set_tax(
    ctx: Context,
    *,
    country: str,
    applies_to: TaxBase,
    basis_points: int,
    reason: str,
    valid_from: datetime | None = None,
) -> TaxRule:
    """Apply this tax to sales to come."""
    rule = TaxRule(
        country=country,
        applies_to=applies_to,
        basis_points=basis_points,
        reason=reason,
        valid_from=valid_from or ctx.now,
        set_by=ctx.actor.person_id,
    )
    ctx.db.add(rule)
    ctx.tell(basis_points=basis_points, country=country)
    return rule


@action(roles={Role.ADMINISTRATOR})
def retire_tax(ctx: Context, rule: TaxRule) -> TaxRule:
    """Stop applying a tax."""
    return _retire(ctx, rule)


def _retire(ctx: Context, rule: Rule) -> Rule:
    rule = ctx.lock(rule)
    if rule.retired_at is not None:
        raise AlreadyDecided
    rule.retired_at, rule.retired_by = ctx.now, ctx.actor.person_id
    return rule
