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
    "organisations.name": "a registered business name",
    "eligibility_checks.because": "one of a few codes of ours",
    "insurers.name": "a business name, which whoever is insured there chooses from a list",
    "identity_providers.name": "a service's name, on a button that everybody sees",
    "oauth_clients.name": "of a program, shown to whoever it asks",
    "payments.payer_name": "the organisation that buys",
    "authorisations.operator_name": "an operator's trade name",
    "authorisations.recipient_name": "the organisation that receives; the receipt must stay readable",
    "authorisations.purpose": "a code of Regulation (EU) 2025/327",
    "authorisations.purpose_words": "the buying organisation's statement, part of what was signed",
    "health_requests.purpose": "a code of Regulation (EU) 2025/327",
    "health_requests.purpose_words": "the buying organisation's statement, part of what the person signs",
    "health_requests.ended_because": "one of a few sentences of ours",
    "health_deliveries.stopped_because": "one of a few sentences of ours",
    "health_delivery_files.name": "made from the name of a type of data",
    "health_series.name": "of a type of data, like Steps",
    "records.purpose": "a code or a ticket of the administrator's, who is told so; records cannot be erased",
    "sessions.device": "the families of browser and system, as in Firefox on Linux",
    "webhook_subscriptions.paused_because": "one of three codes of ours",
    "processing_activities.purpose": "of an activity, in general words",
    "tax_rules.reason": "the law a rate comes from",
    "doctors.public_name": "what a doctor wants every patient to read; taken out when they are erased",
    "visit_types.name": "of a kind of visit, in a doctor's list for everybody",
    "locations.address_lines": "where a practice is, for everybody who goes there",
    "locations.name": "of a practice or one of its places",
    "resources.name": "of a room or a device; the database lets no person's calendar have one",
    "checkpoints.note": "a signed head of a log, published to everybody",
}
"""Plain text columns with such a name, and why nobody's data is in them."""

BYTES_OF_NOBODY = re.compile(r"(hash|digest|index|wrapped|root|signature|peaks|leaf)|^(key|credential_id|public_key)$")
"""Columns that are digests, keys under another key, or proofs."""


def columns() -> list[tuple[str, Column[object]]]:
    ours = [table for table in schema.tables() if table.__module__.startswith("salus.")]
    return [(f"{table.__tablename__}.{column.name}", column) for table in ours for column in table.__table__.columns]


def _is_personal(name: str) -> bool:
    return bool(PERSONAL.search(name)) and not BYTES_OF_NOBODY.search(name)


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
    plain = {name for name, column in columns() if isinstance(column.type, Text) and _is_personal(column.name)}

    assert plain - REVIEWED.keys() == set()


def test_every_column_of_bytes_is_sealed_or_tells_nothing_of_anybody() -> None:
    silent = {
        name
        for name, column in columns()
        if isinstance(column.type, LargeBinary)
        if not column.info.get("encrypted") and not BYTES_OF_NOBODY.search(column.name)
    }

    assert silent == set()
