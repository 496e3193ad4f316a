"""Where words of a person could end up although nobody put them there: logs, traces, columns, errors."""

import io
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import pytest
import structlog
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult
from prometheus_client import generate_latest

from salus import schema
from salus.kernel import log, metrics, otlp, telemetry
from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.operations import query
from salus.kernel.settings import settings
from tests.world import Sql

OPEN_WORDS = {
    "authorisations.subject_title": "what is offered to the whole market",
    "doctors.about": "what a doctor wants every patient to read",
    "discrepancies.resolution": "an administrator's words on a difference of sums",
    "federated_sign_ins.next_page": "a page of ours to come back to",
    "health_offers.description": "what is offered to the whole market",
    "health_offers.title": "what is offered to the whole market",
    "identity_providers.client_id": "what an administrator sends to a provider of sign-ins",
    "identity_providers.issuer": "where that provider is",
    "identity_providers.scopes": "what an administrator sends to a provider of sign-ins",
    "incident_scopes.scope": "names of operations that an administrator looks for",
    "oauth_families.nonce": "what a program knows its own answer by, and gets back in it",
    "oauth_clients.redirect_uris": "where a program's maker wants people sent back to",
    "insurers.endpoint": "where an insurer's server is, as an administrator says",
    "insurers.payer_code": "what an insurer is known by among insurers",
    "locations.city": "where a practice is, for everybody who goes there",
    "locations.postal_code": "where a practice is, for everybody who goes there",
    "market_offers": "what is offered to the whole market",
    "organisations.documents": "what a business says of itself",
    "organisations.registration_number": "what a business says of itself",
    "organisations.website": "what a business says of itself",
    "retention_rules.source": "an administrator's name of a law",
    "visit_types.description": "what a doctor wants every patient to read",
    "processing_activities": "the register of Article 30 GDPR: kinds of data and kinds of people",
}
"""Columns and tables where words of somebody stand in plain, beside those that were reviewed one by one, and why."""

GIVEN_BACK = {"oauth.decide: state"}
"""What is part of the address that people go back to, so that a program knows its own question (RFC 6749, 4.1.2)."""

WHERE_TO_GO = {
    f"calendar.{deed}_location: {part}"
    for deed in ("add", "change")
    for part in ("name", "address", "address_lines", "postal_code", "city")
}
"""Where a practice is, of which letters about appointments tell, and the entries for calendars that go with them."""
LETTERS = ("mails.subject", "mails.body", "mails.calendar", "notices.title")

UNDER_A_KEY = {
    *("users.name", "users.email", "contacts.address", "mails.address", "invitations.email", "organisations.reason"),
    *("authorisations.text", "consent_events.words", "incidents.words", "incidents.reporter_address"),
    *("health_offers.reason", "health_series.sources"),
    *("appointments.reason", "appointments.cancelled_because", "appointments.overbooked_because"),
    *("blocks.note", "special_hours.note", "coverages.member_number", "coverages.plan", "insurers.key"),
    *("clinical_resources.content", "clinical_versions.content"),
}
"""Encrypted columns in which texts must have arrived, or the search for them elsewhere would show nothing."""


@contextmanager
def listening() -> Iterator[io.StringIO]:
    """All that the application logs and what the server says of it, as it would go to standard error."""
    heard = io.StringIO()
    before = structlog.get_config()
    handler = logging.StreamHandler(heard)
    server = logging.getLogger("uvicorn.error")
    log.configure()
    structlog.configure(logger_factory=structlog.WriteLoggerFactory(file=heard))
    for logger in logging.getLogger(), server:
        logger.addHandler(handler)
    try:
        yield heard
    finally:
        for logger in logging.getLogger(), server:
            logger.removeHandler(handler)
        structlog.configure(**before)


@contextmanager
def tracing() -> Iterator[io.StringIO]:
    """All that is told of every step, as it would go to a collector of traces."""
    heard = io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings(), "trace_share", 1.0)
        telemetry.trace_with(otlp.tracer("salus-test", SimpleSpanProcessor(_Heard(heard))))
    try:
        yield heard
    finally:
        telemetry.trace_with(None)


class _Heard(SpanExporter):
    def __init__(self, heard: io.StringIO) -> None:
        self._heard = heard

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        for span in spans:
            events = [(event.name, dict(event.attributes or {})) for event in span.events]
            print(span.name, dict(span.attributes or {}), events, span.status.description, file=self._heard)
        return SpanExportResult.SUCCESS


def of_the_metrics() -> str:
    """All that Prometheus reads."""
    return generate_latest(metrics.REGISTRY).decode()


def of_the_database(home: Path) -> str:
    return (home / "postgres" / "log").read_text(errors="replace")


def plain_columns(owner_sql: Sql, tenant: UUID, mark: str) -> dict[str, str]:
    """Every column, by `table.column`, in which the mark stands for everybody to read who can read the table.

    As a text, or as the bytes of one.
    """
    found = {}
    for table in schema.tables():
        if not table.__module__.startswith("salus."):
            continue
        name = table.__tablename__
        rows = owner_sql(
            f"SELECT e.key, e.value::text FROM {name} t, jsonb_each(to_jsonb(t)) e "
            "WHERE t.tenant_id = :its AND (e.value::text LIKE :mark OR e.value::text LIKE :bytes)",
            tenant, its=tenant, mark=f"%{mark}%", bytes=f"%{mark.encode().hex()}%",
        )  # fmt: skip
        found |= {f"{name}.{column}": str(value) for column, value in rows}
    return found


@query(roles={Role.SYSTEM})
def unsealed(ctx: Context) -> dict[str, str]:
    """All that is kept encrypted, by column, as its owners would read it."""
    found = {}
    for table in schema.tables():
        fields = table.__dict__.get("__encrypted__", {}) if table.__module__.startswith("salus.") else {}
        rows = list(ctx.db.query(table)) if fields else []
        found |= {
            f"{table.__tablename__}.{name}": "\n".join(str(getattr(row, name)) for row in rows) for name in fields
        }
    return found
