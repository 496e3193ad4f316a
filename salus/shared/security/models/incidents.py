"""Incidents: what happened, how far its handling is, whom it touches, and what the law asks by when."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from salus.kernel.db import Table, one_of, references
from salus.kernel.fields import EncryptedText, sealed_column
from salus.shared.security.models.events import Severity

DOCUMENTED = "Breaches must be documented: GDPR art. 33(5), 45 CFR 164.414(b) and 164.316(b)(2)(i) (six years)."


class Category(StrEnum):
    """What kind of harm it may be."""

    DISCLOSURE = "disclosure"
    """Somebody saw or got what was not for them."""
    ALTERATION = "alteration"
    """Something was changed that should not have been."""
    LOSS = "loss"
    """Something is gone or cannot be reached."""
    TAKEOVER = "takeover"
    """Somebody acts with another's account or key."""
    WEAKNESS = "weakness"
    """A way in was found that nobody is known to have used."""
    OTHER = "other"


class IncidentState(StrEnum):
    REPORTED = "reported"
    """Somebody or a rule says so; nobody has looked yet."""
    CONFIRMED = "confirmed"
    DISMISSED = "dismissed"
    """It was looked into, and was none."""
    CONTAINED = "contained"
    """It does no further harm."""
    RESOLVED = "resolved"
    """Its cause is gone."""
    CLOSED = "closed"
    """Everybody who must know was told, and nothing is left to do."""


TRANSITIONS: dict[IncidentState, tuple[IncidentState, ...]] = {
    IncidentState.REPORTED: (IncidentState.CONFIRMED, IncidentState.DISMISSED),
    IncidentState.CONFIRMED: (IncidentState.CONTAINED, IncidentState.DISMISSED),
    IncidentState.CONTAINED: (IncidentState.RESOLVED,),
    IncidentState.RESOLVED: (IncidentState.CLOSED,),
    IncidentState.DISMISSED: (),
    IncidentState.CLOSED: (),
}
_STEPS = ", ".join(f"('{begin}', '{end}')" for begin, ends in TRANSITIONS.items() for end in ends)


class Incident(Table):
    """Something that may have harmed people or their data, from the first word of it until all is done."""

    __tablename__ = "incidents"
    called = "Incidents that were reported"
    concerns = "reporter_id"
    resource = "/v1/incidents/{id}"
    mentions = ("opened_by", "notified_by")
    kept_because = DOCUMENTED
    __table_args__ = (
        UniqueConstraint("tenant_id", "reference"),
        Index(None, "tenant_id", "state", "created_at"),
        Index("uq_incidents_from_event", "tenant_id", "event_id", unique=True),
        one_of("category", Category),
        one_of("severity", Severity),
        one_of("state", IncidentState),
    )
    rights = (
        "SELECT, INSERT, UPDATE (category, severity, state, became_aware_at, told_sealed, notified_by, notified_at)"
    )

    reference: Mapped[str]
    """How people name it to each other: eight letters and figures that cannot be mistaken for one another."""
    category: Mapped[Category] = mapped_column(Text)
    severity: Mapped[Severity] = mapped_column(Text)
    state: Mapped[IncidentState] = mapped_column(Text)
    became_aware_at: Mapped[datetime]
    """When the operator knew of it: legal clocks count from here. The first word of it, unless corrected."""
    event_id: Mapped[UUID | None] = references("security_events")
    opened_by: Mapped[UUID | None] = references("users")
    """None if nobody signed in reported it, or a rule did."""
    reporter_id: Mapped[UUID | None]
    """Under whose key the reporter's address is kept: their own, or one made for a stranger."""
    reporter_address_sealed: Mapped[bytes | None] = sealed_column()
    reporter_address = EncryptedText("reporter_address_sealed", owner="reporter_id")
    words_sealed: Mapped[bytes] = sealed_column()
    words = EncryptedText("words_sealed", owner="id")
    """What happened, as it was first said."""
    told_sealed: Mapped[bytes | None] = sealed_column()
    told = EncryptedText("told_sealed", owner="id")
    """What the people affected are told of it."""
    notified_by: Mapped[UUID | None] = references("users")
    notified_at: Mapped[datetime | None]
    """When it was last ordered that they are told."""


class IncidentStep(Table):
    """An incident went from one state to the next. Appended, never changed."""

    __tablename__ = "incident_steps"
    called = "Steps of incidents"
    concerns = None
    mentions = ("taken_by",)
    kept_because = DOCUMENTED
    __table_args__ = (
        UniqueConstraint("tenant_id", "incident_id", "to_state"),
        CheckConstraint(f"(from_state, to_state) IN ({_STEPS})", name="step_leads_on"),
    )
    rights = "SELECT, INSERT"

    incident_id: Mapped[UUID] = references("incidents")
    from_state: Mapped[IncidentState] = mapped_column(Text)
    to_state: Mapped[IncidentState] = mapped_column(Text)
    taken_by: Mapped[UUID] = references("users")
    taken_at: Mapped[datetime]
    because_sealed: Mapped[bytes] = sealed_column()
    because = EncryptedText("because_sealed", owner="incident_id")


class IncidentClock(Table):
    """Something the law asks for within a time, counted from when the operator became aware."""

    __tablename__ = "incident_clocks"
    called = "Legal deadlines of incidents"
    concerns = None
    mentions = ("decided_by",)
    kept_because = DOCUMENTED
    __table_args__ = (
        UniqueConstraint("tenant_id", "incident_id", "code"),
        Index(None, "tenant_id", "due_at", postgresql_where=text("met_at IS NULL AND excused_at IS NULL")),
        CheckConstraint("due_at > started_at", name="ends_after_it_began"),
        CheckConstraint("met_at IS NULL OR excused_at IS NULL", name="met_or_excused"),
        CheckConstraint("(excused_at IS NULL) = (because_sealed IS NULL)", name="excused_with_a_reason"),
        CheckConstraint("reminded_percent IN (0, 50, 80, 100)", name="reminders_are_three"),
    )
    rights = (
        "SELECT, INSERT, UPDATE (started_at, due_at, met_at, excused_at, because_sealed, decided_by, reminded_percent)"
    )

    incident_id: Mapped[UUID] = references("incidents")
    code: Mapped[str]
    """Which of `rules.clocks.CLOCKS`. One that the law no longer knows keeps the time it was given."""
    started_at: Mapped[datetime]
    due_at: Mapped[datetime]
    met_at: Mapped[datetime | None]
    excused_at: Mapped[datetime | None]
    because_sealed: Mapped[bytes | None] = sealed_column()
    because = EncryptedText("because_sealed", owner="incident_id")
    """Why it does not apply."""
    decided_by: Mapped[UUID | None] = references("users")
    reminded_percent: Mapped[int] = mapped_column(server_default=text("0"))
    """How far it was when administrators were last reminded; 100 is overdue."""


class IncidentScope(Table):
    """A question that was put to the records, and how many people were the answer at that time."""

    __tablename__ = "incident_scopes"
    called = "Questions about who was affected"
    concerns = None
    mentions = ("asked_by",)
    kept_because = DOCUMENTED
    __table_args__ = (Index(None, "tenant_id", "incident_id"),)
    rights = "SELECT, INSERT"

    incident_id: Mapped[UUID] = references("incidents")
    asked_by: Mapped[UUID] = references("users")
    scope: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """As `schemas.Scope`: ids, names of operations and times."""
    found: Mapped[int]
    added: Mapped[int]
    """Those of them who were not on the list yet."""


class AffectedPerson(Table):
    """Somebody whose data an incident touched, as the records had it when they were asked."""

    __tablename__ = "incident_people"
    called = "Incidents that touched somebody's data"
    concerns = "person_id"
    kept_because = DOCUMENTED
    __table_args__ = (UniqueConstraint("tenant_id", "incident_id", "person_id"),)
    rights = "SELECT, INSERT, UPDATE (notified_at, unreachable)"

    incident_id: Mapped[UUID] = references("incidents")
    scope_id: Mapped[UUID] = references("incident_scopes")
    person_id: Mapped[UUID]
    records: Mapped[int]
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    notified_at: Mapped[datetime | None]
    unreachable: Mapped[bool] = mapped_column(server_default=text("false"))
    """Their account was erased: nobody knows where to write to."""
