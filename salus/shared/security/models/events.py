"""Rules that look for attacks in the records, and what they found."""

from datetime import datetime, time
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, Index, SmallInteger, Text, Time, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from salus.kernel.db import Table, one_of, references
from salus.kernel.fields import EncryptedText, sealed_column

LONGEST_WINDOW_S = 86_400


class Severity(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class GroupedBy(StrEnum):
    """Whose records are counted together."""

    ACTOR = "actor"
    PERSON = "person"
    """Whose account or data it is."""
    NETWORK = "network"
    PROGRAM = "program"
    """An API key or a client that acts for somebody."""
    TENANT = "tenant"


class Counted(StrEnum):
    """What reaches the threshold: records, or how many different persons or things they are about."""

    RECORDS = "records"
    PERSONS = "persons"
    """Without whoever acts: one's own data may be read as often as one likes."""
    SUBJECTS = "subjects"


class Response(StrEnum):
    """What follows an event. Each includes the ones before it."""

    EVENT = "event"
    """It is kept and shown."""
    ALERT = "alert"
    """Administrators are told at once."""
    INCIDENT = "incident"
    """An incident is opened, and its legal clocks run."""


class DetectionRule(Table):
    """What looks like an attack: so many such records of one actor, network, person or program in so much time.

    What it looks at is Salus's and follows its version; the numbers are the tenant's, which may tune them.
    """

    __tablename__ = "security_rules"
    concerns = None
    __table_args__ = (
        UniqueConstraint("tenant_id", "code"),
        one_of("grouped_by", GroupedBy),
        one_of("counts", Counted),
        one_of("severity", Severity),
        one_of("response", Response),
        CheckConstraint("outcome IN ('done', 'read', 'refused')", name="outcome_is_known"),
        CheckConstraint("threshold BETWEEN 1 AND 1000000", name="threshold_can_be_reached"),
        CheckConstraint(f"window_s BETWEEN 60 AND {LONGEST_WINDOW_S}", name="window_is_minutes_to_a_day"),
        CheckConstraint("(quiet_from IS NULL) = (quiet_until IS NULL)", name="hours_have_both_ends"),
        CheckConstraint("severity NOT IN ('high', 'critical') OR response <> 'event'", name="grave_is_never_silent"),
    )
    rights = "SELECT, INSERT, UPDATE"

    code: Mapped[str]
    title: Mapped[str]
    description: Mapped[str]
    """What it means and what to do, for administrators."""
    operations: Mapped[list[str]]
    """Names of operations; none are all."""
    outcome: Mapped[str | None]
    """None is every one of them."""
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    """What the facts of a record must hold."""
    grouped_by: Mapped[GroupedBy] = mapped_column(Text)
    counts: Mapped[Counted] = mapped_column(Text)
    threshold: Mapped[int]
    window_s: Mapped[int]
    quiet_from: Mapped[time | None] = mapped_column(Time)
    quiet_until: Mapped[time | None] = mapped_column(Time)
    """Only records outside office hours count: from `quiet_from` in the evening until `quiet_until` in the morning,
    and on days that are not worked; on the clock of the tenant's `OfficeHours`."""
    severity: Mapped[Severity] = mapped_column(Text)
    response: Mapped[Response] = mapped_column(Text)
    enabled: Mapped[bool] = mapped_column(server_default=text("true"))


class OfficeHours(Table):
    """On which clock and which days a tenant works. Without a row: UTC, Monday to Friday."""

    __tablename__ = "security_office_hours"
    concerns = None
    __table_args__ = (
        UniqueConstraint("tenant_id"),
        CheckConstraint("work_days <@ ARRAY[1, 2, 3, 4, 5, 6, 7]::smallint[]", name="days_are_iso_8601"),
    )
    rights = "SELECT, INSERT, UPDATE"

    time_zone: Mapped[str]
    """Name in the tz database, as in Europe/Helsinki."""
    work_days: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger))
    """1 is Monday, 7 is Sunday."""


class SecurityEvent(Table):
    """A rule was met. Holds ids and counts only; the records it points at tell the rest.

    Of one rule and key there is one event in a window, however long it goes on in that window.
    """

    __tablename__ = "security_events"
    concerns = None
    resource = "/v1/security/events/{id}"
    __table_args__ = (
        UniqueConstraint("tenant_id", "rule_id", "key", "window_started_at"),
        Index(None, "tenant_id", "created_at"),
        one_of("grouped_by", GroupedBy),
        one_of("severity", Severity),
        one_of("response", Response),
        CheckConstraint("counted > 0", name="something_was_counted"),
    )
    rights = "SELECT, INSERT"

    rule_id: Mapped[UUID] = references("security_rules")
    grouped_by: Mapped[GroupedBy] = mapped_column(Text)
    key: Mapped[str]
    """Id of the actor or person, prefix of a network, name of a program; `tenant` where all are counted together."""
    counted: Mapped[int]
    threshold: Mapped[int]
    """As it was then, and so are severity and response."""
    severity: Mapped[Severity] = mapped_column(Text)
    response: Mapped[Response] = mapped_column(Text)
    window_started_at: Mapped[datetime]
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    first_record_id: Mapped[UUID]
    last_record_id: Mapped[UUID]
    correlation_ids: Mapped[list[str]]
    """Of some of the records, to begin with."""


class Acknowledgement(Table):
    """An administrator looked at an event and says what it was."""

    __tablename__ = "security_acknowledgements"
    called = "Notes on security events"
    concerns = None
    mentions = ("acknowledged_by",)
    __table_args__ = (UniqueConstraint("tenant_id", "event_id"),)
    rights = "SELECT, INSERT"

    event_id: Mapped[UUID] = references("security_events")
    acknowledged_by: Mapped[UUID] = references("users")
    note_sealed: Mapped[bytes] = sealed_column()
    note = EncryptedText("note_sealed", owner="event_id")


class Alert(Table):
    """Administrators were told of a rule and key in this hour, and are not told again before the next."""

    __tablename__ = "security_alerts"
    concerns = None
    __table_args__ = (UniqueConstraint("tenant_id", "rule_id", "key", "hour"),)
    rights = "SELECT, INSERT"

    event_id: Mapped[UUID] = references("security_events")
    rule_id: Mapped[UUID] = references("security_rules")
    key: Mapped[str]
    hour: Mapped[datetime]


class HourCount(Table):
    """How often people came in, did not, were refused, and saw others' health data in one hour that is over.

    The dashboard would else read a week of records each time it is opened.
    """

    __tablename__ = "security_hours"
    concerns = None
    __table_args__ = (UniqueConstraint("tenant_id", "hour"),)
    rights = "SELECT, INSERT"

    hour: Mapped[datetime]
    signed_in: Mapped[int]
    failed: Mapped[int]
    refused: Mapped[int]
    disclosures: Mapped[int]
