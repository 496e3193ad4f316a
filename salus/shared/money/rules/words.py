"""Money as people read and write it."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from salus.kernel.errors import Invalid
from salus.kernel.fields import Money
from salus.shared.money.models import InvoiceKind, Payment, PostingKind

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
