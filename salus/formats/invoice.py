"""Invoices on paper, with what EN 16931 asks an invoice to say. Amounts are in minor units of the currency."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from babel.numbers import format_percent

from salus.formats.amounts import LOCALE, amount_text
from salus.formats.documents import day_text, pdf


@dataclass(frozen=True)
class Party:
    """Who sells or buys. The address is in the order it is written on an envelope."""

    name: str
    address: tuple[str, ...]
    tax_id: str | None = None


@dataclass(frozen=True)
class Line:
    """One thing that was sold. `tax` is the tax on the whole line, as it was rounded when the sale was booked."""

    description: str
    quantity: int
    unit_price: int
    tax_basis_points: int
    tax: int

    @property
    def net(self) -> int:
        return self.quantity * self.unit_price


@dataclass(frozen=True)
class Invoice:
    """An invoice. Its totals follow from its lines, so they cannot contradict them."""

    number: str
    issued_on: date
    supplied_on: date
    seller: Party
    buyer: Party
    currency: str
    lines: tuple[Line, ...]
    payment_reference: str
    paid: int = 0
    paid_on: date | None = None
    exemption: str = ""
    """Why no tax is due, in the words the law wants. EN 16931 asks for it wherever a line bears none."""
    notes: tuple[str, ...] = ()
    """Plain sentences, such as what part is commission and which licence comes with the data."""

    def __post_init__(self) -> None:
        if not self.lines:
            raise ValueError("an invoice has at least one line")
        if not self.exemption and any(line.tax_basis_points == 0 for line in self.lines):
            raise ValueError("a line without tax needs the reason why")

    @property
    def net(self) -> int:
        return sum(line.net for line in self.lines)

    @property
    def tax(self) -> int:
        return sum(line.tax for line in self.lines)

    @property
    def total(self) -> int:
        return self.net + self.tax

    @property
    def due(self) -> int:
        return self.total - self.paid

    def taxes(self) -> dict[int, tuple[int, int]]:
        """For each rate in basis points, the sum it is charged on and the tax."""
        groups: dict[int, tuple[int, int]] = {}
        for line in self.lines:
            base, tax = groups.get(line.tax_basis_points, (0, 0))
            groups[line.tax_basis_points] = (base + line.net, tax + line.tax)
        return dict(sorted(groups.items(), reverse=True))


def invoice_pdf(invoice: Invoice) -> bytes:
    """The invoice as PDF/UA-1; the same invoice always gives the same bytes."""
    return pdf("invoice.typ", invoice_content(invoice), made_at=datetime.combine(invoice.issued_on, time(), UTC))


def invoice_content(invoice: Invoice) -> dict[str, Any]:
    """The words and figures of the invoice, as its template shows them."""

    def amount(minor_units: int) -> str:
        return amount_text(minor_units, invoice.currency)

    return {
        "number": invoice.number,
        "statement": _statement(invoice),
        "issued_on": day_text(invoice.issued_on),
        "supplied_on": day_text(invoice.supplied_on),
        "seller": asdict(invoice.seller),
        "buyer": asdict(invoice.buyer),
        "lines": [
            {
                "description": line.description,
                "quantity": line.quantity,
                "unit_price": amount(line.unit_price),
                "tax_rate": _rate(line.tax_basis_points),
                "net": amount(line.net),
            }
            for line in invoice.lines
        ],
        "net": amount(invoice.net),
        "tax_groups": [
            {"rate": _rate(rate), "base": amount(base), "tax": amount(tax)}
            for rate, (base, tax) in invoice.taxes().items()
        ],
        "tax": amount(invoice.tax),
        "total": amount(invoice.total),
        "paid": amount(invoice.paid),
        "due": amount(invoice.due),
        "payment_reference": invoice.payment_reference,
        "exemption": invoice.exemption,
        "notes": invoice.notes,
    }


def _statement(invoice: Invoice) -> str:
    """The one thing a reader wants to know first."""
    if invoice.due > 0:
        return f"{amount_text(invoice.due, invoice.currency)} due"
    paid = f"{amount_text(invoice.paid, invoice.currency)} paid"
    return f"{paid} on {day_text(invoice.paid_on)}" if invoice.paid_on else paid


def _rate(basis_points: int) -> str:
    return format_percent(basis_points / 10_000, "#,##0.##%", locale=LOCALE)
