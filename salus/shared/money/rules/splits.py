"""How a price is taken apart, and what a refund takes from whom."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Any
from uuid import UUID

from salus.kernel.actor import Actor
from salus.kernel.fields import Money
from salus.shared.money.models import Payment, Refund
from salus.shared.money.rules.refusals import NotRefundable

WHOLE = 10_000
"""Basis points in the whole: a hundredth of a per cent each."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What the operator and the state take of a sale, as it stood when the sale was made. Rates in basis points."""

    commission: int = 0
    commission_minimum: int = 0
    """In minor units of the price's currency."""
    commission_tax: int = 0
    """On top of the commission, at the seller's cost."""
    sale_tax: int = 0
    """Contained in the price."""
    commission_tax_reason: str = ""
    sale_tax_reason: str = ""
    rules: tuple[str, ...] = ()
    """Ids of the rules these came from."""

    def frozen(self) -> dict[str, Any]:
        return {**asdict(self), "rules": list(self.rules)}


@dataclass(frozen=True, slots=True)
class Split:
    """The parts of an amount, in minor units; together they are the amount."""

    seller_share: int
    commission: int
    commission_tax: int
    sale_tax: int

    @property
    def total(self) -> int:
        return self.seller_share + self.commission + self.commission_tax + self.sale_tax

    def parts(self) -> tuple[int, int, int, int]:
        return (self.seller_share, self.commission, self.commission_tax, self.sale_tax)

    def less(self, other: "Split") -> "Split":
        return Split(*(mine - theirs for mine, theirs in zip(self.parts(), other.parts(), strict=True)))


@dataclass(frozen=True, slots=True)
class Purchase:
    """What is bought, by whom and from whom. Names are those on the invoice; countries are ISO 3166 codes."""

    subject_type: str
    subject_id: UUID
    description: str
    price: Money
    payer_id: UUID
    payer_organisation_id: UUID
    payer_name: str
    payee_id: UUID
    payee_name: str
    payer_country: str | None = None
    payee_country: str | None = None


def pays(actor: Actor, payment: Payment) -> bool:
    """Whether the actor buys for the organisation that pays."""
    return actor.organisation_id == payment.payer_organisation_id


def both_sides(payment: Payment) -> tuple[UUID, UUID]:
    """The organisation that pays and the person who is paid: to both it is news."""
    return payment.payer_organisation_id, payment.payee_id


def allocate(amount: int, weights: Sequence[int]) -> list[int]:
    """`amount` in whole units by weight, nothing lost: the largest remainders get what rounding down left over.

    No share exceeds its weight as long as `amount` does not exceed the sum of the weights. Raises ValueError for
    negative numbers, or when there is something to share and all weights are zero.
    """
    whole = sum(weights)
    if amount < 0 or min(weights, default=0) < 0 or (amount and not whole):
        raise ValueError("amounts and weights are not negative, and something must weigh")
    if not amount:
        return [0] * len(weights)
    exact = [Fraction(amount * weight, whole) for weight in weights]
    shares = [int(share) for share in exact]
    by_remainder = sorted(range(len(weights)), key=lambda i: (shares[i] - exact[i], i))
    for i in by_remainder[: amount - sum(shares)]:
        shares[i] += 1
    return shares


def split(price: int, terms: Terms) -> Split:
    """A price, in minor units, taken apart: the tax it contains, the commission with its tax, and what remains."""
    net, sale_tax = allocate(price, [WHOLE, terms.sale_tax])
    commission = allocate(net, [terms.commission, WHOLE - terms.commission])[0]
    commission = min(max(commission, terms.commission_minimum), net)
    commission_tax = Money(commission, "").share(terms.commission_tax).amount
    if commission + commission_tax > net:
        # The tax must not make the seller pay for selling: the two then share what there is.
        commission, commission_tax = allocate(net, [WHOLE, terms.commission_tax])
    return Split(net - commission - commission_tax, commission, commission_tax, sale_tax)


def parts_of(row: Payment | Refund) -> Split:
    """How it was split when it was made."""
    return Split(row.seller_share, row.commission, row.commission_tax, row.sale_tax)


def part_of(amount: int, left: Split) -> Split:
    """What each part gives to a refund of `amount`, of what is `left` of a payment. Raises NotRefundable beyond that.

    Each refund takes from what remains, so that refunds of a whole payment in pieces give back each part exactly.
    """
    if not 0 < amount <= left.total:
        raise NotRefundable
    return Split(*allocate(amount, left.parts()))
