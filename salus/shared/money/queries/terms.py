"""Which commission and which tax a sale is made under."""

from uuid import UUID

from sqlalchemy import Select, or_, select

from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.operations import WITHIN, query
from salus.shared.money.models import CommissionRule, TaxBase, TaxRule
from salus.shared.money.rules import Purchase, Terms


@query(roles={Role.ADMINISTRATOR})
def commission_rules(ctx: Context) -> list[CommissionRule]:
    """The rules in force or to come, in the order they are tried."""
    return list(ctx.db.scalars(_in_order()))


@query(roles={Role.ADMINISTRATOR})
def tax_rules(ctx: Context) -> list[TaxRule]:
    """The taxes in force or to come, by country."""
    kept = select(TaxRule).where(TaxRule.retired_at.is_(None))
    return list(ctx.db.scalars(kept.order_by(TaxRule.country, TaxRule.applies_to, TaxRule.valid_from)))


@query(roles={Role.ADMINISTRATOR})
def commission_rule(ctx: Context, rule_id: UUID) -> CommissionRule:
    """One rule, retired or not."""
    return ctx.get(CommissionRule, rule_id)


@query(roles={Role.ADMINISTRATOR})
def tax_rule(ctx: Context, rule_id: UUID) -> TaxRule:
    """One tax, retired or not."""
    return ctx.get(TaxRule, rule_id)


@query(roles=WITHIN)
def terms(ctx: Context, purchase: Purchase) -> Terms:
    """What is taken of this purchase if it is made now. Where no rule fits, nothing is."""
    commission = ctx.db.scalars(
        _in_order().where(
            CommissionRule.valid_from <= ctx.now,
            or_(CommissionRule.currency.is_(None), CommissionRule.currency == purchase.price.currency),
            or_(CommissionRule.subject_type.is_(None), CommissionRule.subject_type == purchase.subject_type),
        )
    ).first()
    on_sale = _tax(ctx, TaxBase.SALE, purchase.payer_country)
    on_commission = _tax(ctx, TaxBase.COMMISSION, purchase.payee_country)
    return Terms(
        commission=commission.basis_points if commission else 0,
        commission_minimum=commission.minimum if commission else 0,
        commission_tax=on_commission.basis_points if on_commission else 0,
        sale_tax=on_sale.basis_points if on_sale else 0,
        commission_tax_reason=on_commission.reason if on_commission else "",
        sale_tax_reason=on_sale.reason if on_sale else "",
        rules=tuple(str(rule.id) for rule in (commission, on_sale, on_commission) if rule),
    )


def _in_order() -> Select[CommissionRule]:
    # Of two at one position the newer counts, so that a better rule can be put in before the old one is retired.
    kept = select(CommissionRule).where(CommissionRule.retired_at.is_(None))
    return kept.order_by(CommissionRule.position, CommissionRule.valid_from.desc(), CommissionRule.id.desc())


def _tax(ctx: Context, base: TaxBase, country: str | None) -> TaxRule | None:
    in_force = select(TaxRule).where(
        TaxRule.retired_at.is_(None),
        TaxRule.applies_to == base,
        TaxRule.country == country,
        TaxRule.valid_from <= ctx.now,
    )
    return ctx.db.scalars(in_force.order_by(TaxRule.valid_from.desc(), TaxRule.id.desc())).first()
