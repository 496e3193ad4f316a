"""A consent receipt says in plain words who may do what with which data, until when, and how to stop it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256
from io import BytesIO

import pytest
from pypdf import PdfReader
from reading import letters_of, words_of

from salus.formats.receipt import ConsentReceipt, Term, consent_receipt_pdf

RECEIPT = ConsentReceipt(
    receipt_id="0193a5b2-7c1e-7d4e-9a51-3f2a6c1b0e77",
    given_at=datetime(2026, 11, 24, 14, 5, tzinfo=UTC),
    expires_at=datetime(2027, 11, 24, 14, 5, tzinfo=UTC),
    subject="Pia Patient",
    recipient="Northwind Research GmbH",
    controller="Salus Exchange, Galway",
    data_set="Two years of heart rate",
    types=("Resting heart rate", "Sleep analysis"),
    period="1 January 2024 to 31 December 2025",
    purpose="Research into how sleep affects the heart",
    purpose_code="EHDS 53(1)(e)",
    terms=(Term("DUO:0000007", "Only for heart research"), Term("DUO:0000018", "Not for profit")),
    jurisdiction="Ireland (GDPR)",
    withdrawal="Open “Who has my data” and choose “Withdraw”.",
    notice="You let Northwind Research GmbH use your heart rate.",
    record_id="0193a5b2-7c20-7b1f-8f0d-1c2d3e4f5a6b",
    checkpoint="salus.example/log\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=",
)


def test_a_receipt_holds_every_field_of_the_standard() -> None:
    document = consent_receipt_pdf(RECEIPT)
    words, letters = words_of(document), letters_of(document)

    for said in (
        "Pia Patient lets Northwind Research GmbH use their health data.",
        "24 November 2026, 14:05 UTC",
        "24 November 2027, 14:05 UTC",
        "Run by Salus Exchange, Galway",
        "Two years of heart rate",
        "Resting heart rate, Sleep analysis",
        "1 January 2024 to 31 December 2025",
        "Research into how sleep affects the heart (EHDS 53(1)(e))",
        "Only for heart research (DUO:0000007)",
        "Not for profit (DUO:0000018)",
        "Ireland (GDPR)",
        "Open “Who has my data” and choose “Withdraw”.",
        "You let Northwind Research GmbH use your heart rate.",
        "ISO/IEC TS 27560:2023",
    ):
        assert said in words
    for id_or_hash in (RECEIPT.receipt_id, RECEIPT.record_id, "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="):
        assert id_or_hash in letters
    assert sha256(RECEIPT.notice.encode()).hexdigest() in letters


def test_a_receipt_fits_one_page_and_speaks_to_a_screen_reader() -> None:
    reader = PdfReader(BytesIO(consent_receipt_pdf(RECEIPT)))

    assert len(reader.pages) == 1
    assert b"<pdfuaid:part>1</pdfuaid:part>" in reader.trailer["/Root"]["/Metadata"].get_data()


def test_a_receipt_given_before_its_record_was_sealed_claims_no_evidence() -> None:
    words = words_of(consent_receipt_pdf(replace(RECEIPT, record_id="", checkpoint="")))

    assert "Checkpoint" not in words
    assert "Record " not in words


def test_the_hash_of_the_notice_tells_one_changed_word() -> None:
    assert replace(RECEIPT, notice=RECEIPT.notice + " ").notice_sha256 != RECEIPT.notice_sha256


def test_a_moment_is_told_in_one_time_zone() -> None:
    there = RECEIPT.given_at.astimezone(timezone(timedelta(hours=13)))

    assert "24 November 2026, 14:05 UTC" in words_of(consent_receipt_pdf(replace(RECEIPT, given_at=there)))


def test_a_moment_without_a_time_zone_is_refused() -> None:
    naive = {"given_at": datetime(2026, 11, 24), "expires_at": datetime(2027, 11, 24)}  # noqa: DTZ001

    with pytest.raises(ValueError, match="time zone"):
        consent_receipt_pdf(replace(RECEIPT, **naive))


def test_a_consent_that_expires_before_it_is_given_is_refused() -> None:
    with pytest.raises(ValueError, match="expires"):
        replace(RECEIPT, expires_at=RECEIPT.given_at)


def test_what_people_write_stays_text() -> None:
    written = '#panic("no") *x* = y $z$ #['

    assert letters_of(consent_receipt_pdf(replace(RECEIPT, notice=written))).count(written.replace(" ", "")) == 1
