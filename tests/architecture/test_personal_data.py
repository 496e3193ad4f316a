"""What belongs to a person is kept under that person's key."""

import re

from sqlalchemy import Column, LargeBinary, Text

from salus import schema
from salus.kernel.fields import EncryptedText

PERSONAL = re.compile(
    r"(^|_)(name|e?mail|phone|address|street|iban|account_number|birth\w*|message|body|reason|because|note|comment"
    r"|device|purpose|secret|token|password)(_|$)"
)
"""Names of columns that would hold something of a person's."""

REVIEWED = {
    "tenants.name": "an operator's trade name, shown to everybody",
    "records.purpose": "a code or a ticket of the administrator's, who is told so; records cannot be erased",
}
"""Plain text columns with such a name, and why nobody's data is in them."""

BYTES_OF_NOBODY = re.compile(r"(hash|digest|index|wrapped|root|signature|peaks|leaf)")
"""Byte columns that are digests, keys under another key, or proofs."""


def columns() -> list[tuple[str, Column[object]]]:
    ours = [table for table in schema.tables() if table.__module__.startswith("salus.")]
    return [(f"{table.__tablename__}.{column.name}", column) for table in ours for column in table.__table__.columns]


def test_every_encrypted_text_lies_over_a_sealed_column_and_every_sealed_column_under_one() -> None:
    texts = {
        f"{table.__tablename__}.{field.column}"
        for table in schema.tables()
        for field in table.__dict__.get("__encrypted__", {}).values()
        if isinstance(field, EncryptedText)
    }
    sealed = {name for name, column in columns() if column.info.get("encrypted")}

    assert sealed
    assert sealed <= texts
    assert {name for name in texts if not name.startswith("test_")} <= sealed


def test_no_column_keeps_a_persons_words_in_plain_text() -> None:
    plain = {name for name, column in columns() if isinstance(column.type, Text) and PERSONAL.search(column.name)}

    assert plain - REVIEWED.keys() == set()


def test_every_column_of_bytes_is_sealed_or_tells_nothing_of_anybody() -> None:
    silent = {
        name
        for name, column in columns()
        if isinstance(column.type, LargeBinary)
        if not column.info.get("encrypted") and not BYTES_OF_NOBODY.search(column.name)
    }

    assert silent == set()
