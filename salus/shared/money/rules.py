"""What holds for money, whoever asks: how a price is split, what a refund takes from whom, what an IBAN is. Pure."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple
from uuid import UUID

from salus.kernel.errors import Conflict, Invalid, Refusal
from salus.kernel.fields import Money
from salus.shared.money.models import AccountKind, InvoiceKind, Payment, PostingKind, Refund

WHOLE = 10_000
"""Basis points in the whole: a hundredth of a per cent each."""
MINIMUM_PAYOUT = 1_000
"""In minor units of whichever currency: below ten euros the transfer costs more than it is worth."""


class KeyReused(Refusal):
    status = 409
    message = "This was already booked, with other amounts."


class AlreadyPaying(Conflict):
    message = "A payment for this is already under way. You will find it among your payments."


class AlreadySettled(Conflict):
    message = "This payment was settled already, or has not arrived."


class NotRefundable(Conflict):
    message = "Only a payment that was settled can be given back, and no more of it than is left."


class NothingToPayOut(Conflict):
    message = "Your balance does not cover this payout."


class PayoutTooSmall(Invalid):
    message = "A payout must be at least 10.00."
    field = "amount"


class PayoutUnderWay(Conflict):
    message = "A payout is already under way. You can ask for the next one once it has arrived."


class NoPayoutAccount(Conflict):
    message = "Please tell us your bank account first."


class OwnPayout(Conflict):
    message = "Nobody approves their own payout. Please ask another administrator."


class AlreadyDecided(Conflict):
    message = "Somebody has decided on this already."


class InvalidIban(Invalid):
    message = "This is not a valid IBAN. Please compare it with your bank statement."
    field = "iban"


class PriceTooLow(Invalid):
    message = "A price must be above zero."
    field = "price"


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


def parts_of(row: Payment | Refund) -> Split:
    """How it was split when it was made."""
    return Split(row.seller_share, row.commission, row.commission_tax, row.sale_tax)


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


def part_of(amount: int, left: Split) -> Split:
    """What each part gives to a refund of `amount`, of what is `left` of a payment. Raises NotRefundable beyond that.

    Each refund takes from what remains, so that refunds of a whole payment in pieces give back each part exactly.
    """
    if not 0 < amount <= left.total:
        raise NotRefundable
    return Split(*allocate(amount, left.parts()))


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


INVOICE_WORDS = {
    InvoiceKind.SALE: "Invoice",
    InvoiceKind.COMMISSION: "Statement of commission",
    InvoiceKind.CREDIT_NOTE: "Credit note",
    InvoiceKind.COMMISSION_CREDIT: "Credit note on commission",
}

MEANINGS = {
    (PostingKind.SALE, False): "Sale",
    (PostingKind.REFUND, False): "Given back to the buyer",
    (PostingKind.REFUND, True): "Could not be given back",
    (PostingKind.RETURN, False): "Taken back by the buyer's bank",
    (PostingKind.PAYOUT, False): "Payout requested",
    (PostingKind.PAYOUT, True): "Payout came back",
}


def meaning(kind: PostingKind, *, is_reversal: bool) -> str:
    """What a movement of a seller's balance is called in their statement."""
    return MEANINGS.get((kind, is_reversal), str(kind).replace("_", " ").capitalize())


def reference(tenant_id: UUID, row_id: UUID) -> str:
    """What a payment, refund or payout is called at the gateway, which serves several tenants."""
    return f"{tenant_id}/{row_id}"


def referenced(written: str, tenant_id: UUID) -> UUID | None:
    """The id of the row, or None for a reference that this tenant has not made."""
    ours, _, row_id = written.partition("/")
    try:
        return UUID(row_id) if UUID(ours) == tenant_id else None
    except ValueError:
        return None


def is_for_another_tenant(written: str, tenant_id: UUID) -> bool:
    """Whether the reference was made here, but by another tenant than this one."""
    theirs, _, row_id = written.partition("/")
    try:
        return UUID(theirs) != tenant_id and bool(UUID(row_id))
    except ValueError:
        return False


def typed(amount: Decimal, currency: str) -> Money:
    """An amount as people write it, 12.50. Raises Invalid for more digits than the currency has."""
    minor = amount.scaleb(Money(0, currency).exponent)
    if minor != minor.to_integral_value():
        raise Invalid("That is finer than the smallest coin.", field="amount")
    return Money(int(minor), currency)


def plain(amount: Money) -> str:
    """12.50, as it stands in a field that a person types into."""
    return str(Decimal(amount.amount).scaleb(-amount.exponent))


def figures(months: Sequence[tuple[date, Money]]) -> list[tuple[str, float]]:
    """Months with amounts in whole units, to be drawn; never to be reckoned with."""
    return [(f"{first_day:%b %Y}", float(plain(earned))) for first_day, earned in months]


def shown_split(payment: Payment) -> list[tuple[str, Money, str]]:
    """The parts of a price as a receipt shows them; the last word says whose part it is."""
    lines = [
        ("The seller's share", payment.seller_share, "ours"),
        ("Commission", payment.commission, "platform"),
        ("Tax on the commission", payment.commission_tax, "tax"),
        ("Tax in the price", payment.sale_tax, "tax"),
    ]
    return [(words, Money(part, payment.currency), side) for words, part, side in lines if part]


def iban(written: str) -> str:
    """The IBAN without blanks, its check digits checked (ISO 13616, modulo 97). Raises InvalidIban."""
    plain = "".join(written.split()).upper()
    if not (15 <= len(plain) <= 34 and plain.isascii() and plain.isalnum() and plain[:2].isalpha()):
        raise InvalidIban
    if not plain[2:4].isdecimal():
        raise InvalidIban
    digits = "".join(str(int(character, 36)) for character in plain[4:] + plain[:4])
    if int(digits) % 97 != 1:
        raise InvalidIban
    return plain


def masked(account: str) -> str:
    """An IBAN as it is shown again: country and the last four characters."""
    return f"{account[:2]}•• •••• {account[-4:]}"
