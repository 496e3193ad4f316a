"""Between which accounts money moves."""

from typing import NamedTuple
from uuid import UUID

from salus.shared.money.models import AccountKind
from salus.shared.money.rules.splits import Split


class Place(NamedTuple):
    """An account by what it is, whether or not it was opened yet."""

    kind: AccountKind
    owner_id: UUID | None = None


class Leg(NamedTuple):
    """An amount, in minor units, from one account to another. One of nothing is left out."""

    debit: Place
    credit: Place
    amount: int


GATEWAY = Place(AccountKind.GATEWAY_CLEARING)
COMMISSION = Place(AccountKind.COMMISSION_REVENUE)
TAX = Place(AccountKind.TAX_PAYABLE)
PAYOUTS = Place(AccountKind.PAYOUT_CLEARING)
REFUNDS = Place(AccountKind.REFUND_CLEARING)
LOSSES = Place(AccountKind.LOSSES)


def payable(person_id: UUID) -> Place:
    """What a person has earned."""
    return Place(AccountKind.SELLER_PAYABLE, person_id)


def sale_legs(payee_id: UUID, parts: Split) -> list[Leg]:
    """The money came to the gateway; each has their part of it."""
    return [
        Leg(GATEWAY, payable(payee_id), parts.seller_share),
        Leg(GATEWAY, COMMISSION, parts.commission),
        Leg(GATEWAY, TAX, parts.commission_tax + parts.sale_tax),
    ]


def return_legs(payee_id: UUID, parts: Split, *, covered: int, to: Place) -> list[Leg]:
    """Each gives their part back. What the seller's balance does not cover, the operator has lost."""
    from_seller = min(parts.seller_share, covered)
    return [
        Leg(payable(payee_id), to, from_seller),
        Leg(LOSSES, to, parts.seller_share - from_seller),
        Leg(COMMISSION, to, parts.commission),
        Leg(TAX, to, parts.commission_tax + parts.sale_tax),
    ]
