"""An invoice says what the law wants, adds up, and shows whatever people wrote as they wrote it."""

from dataclasses import replace
from datetime import UTC, date, datetime
from io import BytesIO
from threading import Thread

import pytest
from pypdf import PdfReader
from reading import letters_of, words_of

from salus.formats.amounts import amount_text
from salus.formats.documents import png
from salus.formats.invoice import Invoice, Line, Party, invoice_content, invoice_pdf

INVOICE = Invoice(
    number="SAL-2026-000042",
    issued_on=date(2026, 11, 24),
    supplied_on=date(2026, 11, 23),
    seller=Party("Pia Patient", ("12 Elm Street", "Galway H91 AB12", "Ireland")),
    buyer=Party("Northwind Research GmbH", ("Rämistrasse 100", "8091 Zürich"), "CHE-116.281.710 MWST"),
    currency="EUR",
    lines=(
        Line("Resting heart rate, two years", 1, 4900, 2300, 1127),
        Line("Sleep analysis, 2025", 2, 125050, 900, 22509),
    ),
    payment_reference="pay_5c8a5a25f8bcc712604350e0",
    paid=278636,
    paid_on=date(2026, 11, 24),
    notes=("The price includes the commission of €30.00.",),
)


def test_an_invoice_says_who_sold_what_to_whom_for_how_much() -> None:
    document = invoice_pdf(INVOICE)
    words = words_of(document)

    for said in (
        "SAL-2026-000042",
        "24 November 2026",
        "23 November 2026",
        "Pia Patient 12 Elm Street Galway H91 AB12 Ireland",
        "Northwind Research GmbH Rämistrasse 100 8091 Zürich Tax number CHE-116.281.710 MWST",
        "Resting heart rate, two years 1 €49.00 23% €49.00",
        "Sleep analysis, 2025 2 €1,250.50 9% €2,501.00",
        "Total without tax €2,550.00",
        "Tax 23% on €49.00 €11.27",
        "Tax 9% on €2,501.00 €225.09",
        "Total tax €236.36",
        "Total €2,786.36",
        "Amount due €0.00",
        "€2,786.36 paid on 24 November 2026",
        "The price includes the commission of €30.00.",
    ):
        assert said in words
    assert INVOICE.payment_reference in letters_of(document)


def test_an_invoice_fits_one_page_and_speaks_to_a_screen_reader() -> None:
    reader = PdfReader(BytesIO(invoice_pdf(INVOICE)))
    catalogue = reader.trailer["/Root"]

    assert len(reader.pages) == 1
    assert catalogue["/Lang"] == "en"
    assert catalogue["/MarkInfo"]["/Marked"]
    assert b"<pdfuaid:part>1</pdfuaid:part>" in catalogue["/Metadata"].get_data()
    assert reader.metadata is not None
    assert reader.metadata.title == "Invoice SAL-2026-000042"


def test_an_open_invoice_says_what_is_due() -> None:
    assert "€2,786.36 due" in words_of(invoice_pdf(replace(INVOICE, paid=0, paid_on=None)))


def test_a_line_without_tax_says_why() -> None:
    line = Line("Sleep analysis", 1, 100, 0, 0)
    with pytest.raises(ValueError, match="reason"):
        replace(INVOICE, lines=(line,))

    reason = "The seller is a private person."
    assert reason in words_of(invoice_pdf(replace(INVOICE, lines=(line,), exemption=reason)))


def test_an_invoice_over_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="line"):
        replace(INVOICE, lines=())


@pytest.mark.parametrize(
    ("minor_units", "currency", "shown"),
    [(1250, "EUR", "€12.50"), (-5, "USD", "-US$0.05"), (1250, "JPY", "JP¥1,250"), (1250, "KWD", "KWD1.250")],
)
def test_amounts_are_written_as_their_currency_is(minor_units: int, currency: str, shown: str) -> None:
    assert amount_text(minor_units, currency).replace("\N{NO-BREAK SPACE}", "") == shown


@pytest.mark.parametrize(
    "written",
    [
        '#panic("no")',
        '#read("/etc/passwd")',
        "*bold* _slanted_ $x^2$ `raw` @label <label> // not a comment /* nor this */",
        "\"quotes\" 'and' \\backslashes\\ ] } ) #]",
        "= A heading",
        '#import "x.typ": *',
        "${content}\u0000\u0007",
    ],
)
def test_what_people_write_stays_text(written: str) -> None:
    document = invoice_pdf(replace(INVOICE, buyer=Party(written, (written,)), notes=(written,)))

    visible = "".join(character for character in written if character.isprintable() and not character.isspace())
    assert letters_of(document).count(visible) >= 3


@pytest.mark.parametrize("name", ["Ελένη Παπαδοπούλου", "Иван Петров", "Zoë Ångström-Şahin", "Nguyễn Thị Ánh"])
def test_names_are_written_in_their_own_letters(name: str) -> None:
    assert name in words_of(invoice_pdf(replace(INVOICE, buyer=Party(name, ()))))


@pytest.mark.parametrize("name", ["山田太郎", "מרים כהן", "مريم", "देवी", "😀"])
def test_a_name_that_our_fonts_may_lack_spoils_nothing_else(name: str) -> None:
    assert "Total €2,786.36" in words_of(invoice_pdf(replace(INVOICE, buyer=Party(name, ()))))


def test_a_name_without_spaces_breaks_instead_of_running_off_the_page() -> None:
    name = "Donaudampfschifffahrtsgesellschaft" * 6
    document = invoice_pdf(replace(INVOICE, buyer=Party(name, ())))
    lines = PdfReader(BytesIO(document)).pages[0].extract_text().splitlines()

    assert name in letters_of(document)
    # The whole page holds about a hundred letters in a line, and a party's column half of them.
    assert max(len(line.replace("\u200b", "")) for line in lines) < 100


def test_a_long_invoice_goes_on_with_its_columns_named_again() -> None:
    document = invoice_pdf(replace(INVOICE, lines=INVOICE.lines * 30))

    assert len(PdfReader(BytesIO(document)).pages) > 1
    assert words_of(document).count("Unit price") > 1
    assert words_of(document).count("Sleep analysis, 2025") == 30


def test_the_same_invoice_is_the_same_document_whenever_it_is_printed() -> None:
    metadata = PdfReader(BytesIO(invoice_pdf(INVOICE))).metadata

    assert invoice_pdf(INVOICE) == invoice_pdf(INVOICE)
    assert metadata is not None
    assert metadata.creation_date == datetime(2026, 11, 24, tzinfo=UTC)


def test_two_invoices_at_once_do_not_mix() -> None:
    made: dict[str, bytes] = {}

    def make(number: str) -> None:
        made[number] = invoice_pdf(replace(INVOICE, number=number))

    threads = [Thread(target=make, args=(f"SAL-{number}",)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert all(number in words_of(document) for number, document in made.items())
    assert len(made) == 6


def test_an_invoice_can_be_shown_as_a_picture() -> None:
    assert png("invoice.typ", invoice_content(INVOICE)).startswith(b"\x89PNG")
