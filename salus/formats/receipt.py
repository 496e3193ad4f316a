"""Consent receipts on paper: what a person agreed to, with the fields of ISO/IEC TS 27560."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from salus.formats.documents import moment_text, pdf


@dataclass(frozen=True)
class Term:
    """One condition of use: its code (`DUO:0000007`) and what it means in plain words."""

    code: str
    words: str


@dataclass(frozen=True)
class ConsentReceipt:
    """What was agreed, as both sides keep it. Names are those that both sides may see."""

    receipt_id: str
    given_at: datetime
    expires_at: datetime
    subject: str
    recipient: str
    controller: str
    """Who runs the exchange and keeps the data until it is delivered."""
    data_set: str
    types: tuple[str, ...]
    period: str
    purpose: str
    purpose_code: str
    terms: tuple[Term, ...]
    jurisdiction: str
    withdrawal: str
    """What the person does to take the consent back."""
    notice: str
    """The very words the person saw before agreeing."""
    record_id: str = ""
    checkpoint: str = ""
    """The signed head of the log that covers the record, where it was already sealed."""
    schema: str = "ISO/IEC TS 27560:2023, version 1"

    def __post_init__(self) -> None:
        if self.expires_at <= self.given_at:
            raise ValueError("a consent expires after it is given")

    @property
    def notice_sha256(self) -> str:
        """Of the notice in UTF-8, in hexadecimal: shows later that these were the words."""
        return sha256(self.notice.encode()).hexdigest()


def consent_receipt_pdf(receipt: ConsentReceipt) -> bytes:
    """The receipt as PDF/UA-1; the same receipt always gives the same bytes."""
    return pdf("receipt.typ", receipt_content(receipt), made_at=receipt.given_at)


def receipt_content(receipt: ConsentReceipt) -> dict[str, Any]:
    """The words of the receipt, as its template shows them."""
    return {
        "receipt_id": receipt.receipt_id,
        "statement": f"{receipt.subject} lets {receipt.recipient} use their health data.",
        "given_at": moment_text(receipt.given_at),
        "expires_at": moment_text(receipt.expires_at),
        "subject": receipt.subject,
        "recipient": receipt.recipient,
        "controller": receipt.controller,
        "data_set": receipt.data_set,
        "types": receipt.types,
        "period": receipt.period,
        "purpose": receipt.purpose,
        "purpose_code": receipt.purpose_code,
        "terms": [{"code": term.code, "words": term.words} for term in receipt.terms],
        "jurisdiction": receipt.jurisdiction,
        "withdrawal": receipt.withdrawal,
        "notice": receipt.notice,
        "notice_sha256": receipt.notice_sha256,
        "record_id": receipt.record_id,
        "checkpoint": receipt.checkpoint,
        "schema": receipt.schema,
    }
