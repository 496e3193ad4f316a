"""Authorisations, and what happened to them."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    DDL,
    BigInteger,
    CheckConstraint,
    Index,
    Select,
    UniqueConstraint,
    event,
    func,
    literal,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from salus.kernel.db import Table, references
from salus.kernel.fields import EncryptedText, Money, money, sealed_column
from salus.shared.codes.rules import PERMITTED, Condition


class ConsentState(StrEnum):
    ASKED = "asked"
    GIVEN = "given"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


STATES = ", ".join(f"'{state}'" for state in ConsentState)
PURPOSES = ", ".join(f"'{purpose}'" for purpose in PERMITTED)


class Authorisation(Table):
    """One person allows one named recipient to have one set of data for one purpose, for at most a year.

    Made when the recipient asks, with the exact text the person is shown. What was asked can never be changed, not even
    by Salus: its database role may only move the state, and a trigger lets it move forward alone.
    """

    __tablename__ = "authorisations"
    called = "Consents"
    concerns = "person_id"
    kept_because = "Proof that somebody was allowed to have the data: GDPR art. 7(1) and 17(3)(e), RCW 19.373.070."
    resource = "/v1/consents/{id}/receipt"
    __table_args__ = (
        CheckConstraint(f"state IN ({STATES})", name="state"),
        CheckConstraint(f"purpose IN ({PURPOSES})", name="purpose"),
        CheckConstraint("types <> '{}'::jsonb", name="types"),
        CheckConstraint("price_amount >= 0", name="price"),
        CheckConstraint("period_from <= period_until", name="period"),
        # In hours, because a day is 23 or 25 of them twice a year where the server's clock follows the seasons.
        CheckConstraint("expires_at > created_at AND expires_at <= created_at + interval '8760 hours'", name="a_year"),
        CheckConstraint("(state IN ('asked', 'given')) = (ended_at IS NULL)", name="ended_at"),
        CheckConstraint("state NOT IN ('given', 'withdrawn') OR given_at IS NOT NULL", name="was_given"),
        CheckConstraint("state NOT IN ('asked', 'declined') OR given_at IS NULL", name="was_not_given"),
        Index(None, "tenant_id", "person_id", "created_at"),
        Index(None, "tenant_id", "recipient_id", "created_at"),
        Index(None, "tenant_id", "subject_id"),
        Index(None, "tenant_id", "expires_at", postgresql_where="ended_at IS NULL"),
    )
    rights = "SELECT, INSERT, UPDATE (state, given_at, ended_at)"

    person_id: Mapped[UUID]
    person_name_sealed: Mapped[bytes] = sealed_column()
    person_name = EncryptedText("person_name_sealed")
    recipient_id: Mapped[UUID]
    """The organisation that may have the data. Its name is frozen as the person read it."""
    recipient_name: Mapped[str]
    recipient_contact: Mapped[str]
    operator_name: Mapped[str]
    """Who runs this exchange, and so collects and hands over the data."""
    operator_contact: Mapped[str]
    subject_type: Mapped[str]
    subject_id: Mapped[UUID]
    """The data set."""
    subject_title: Mapped[str]
    types: Mapped[dict[str, Any]]
    """Code of every type of data that may leave, and what it is called in plain words."""
    period_from: Mapped[date | None]
    period_until: Mapped[date | None]
    """First and last day of the data; None is without a limit on that side."""
    purpose: Mapped[str]
    purpose_words: Mapped[str]
    """What the recipient wrote it will do."""
    terms: Mapped[list[dict[str, str]]] = mapped_column(JSONB)
    price_amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str]
    price: Mapped[Money] = money("price_amount")
    text_sealed: Mapped[bytes] = sealed_column()
    text = EncryptedText("text_sealed")
    """The notice, exactly as it is shown."""
    text_sha256: Mapped[str]
    """Of `text`, which holds a random number: once the text is erased, nobody can try out what it said."""
    text_version: Mapped[str]
    language: Mapped[str]
    state: Mapped[str] = mapped_column(default=ConsentState.ASKED)
    expires_at: Mapped[datetime]
    given_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    @property
    def conditions(self) -> list[Condition]:
        return [Condition(**term) for term in self.terms]


def turn(consent_id: UUID, *, shared: bool) -> Select[Any]:
    """Waits for one's turn at a consent, and keeps it until the transaction ends. To be asked before its row is locked.

    Row locks are not fair: PostgreSQL lets later readers share a row past a writer who waits, and thirty downloads at
    once kept a withdrawal waiting for more than a minute. Advisory locks are given in the order they were asked for.
    """
    lock = func.pg_advisory_xact_lock_shared if shared else func.pg_advisory_xact_lock
    return select(lock(literal(int.from_bytes(consent_id.bytes[8:], "big", signed=True), BigInteger)))


class ConsentEvent(Table):
    """Something happened to an authorisation. Appended, never changed: the proof of consent (GDPR art. 7(1))."""

    __tablename__ = "consent_events"
    called = "What was decided about consents"
    concerns = "person_id"
    mentions = ("actor_id",)
    kept_because = "Proof that a consent was given and withdrawn: GDPR art. 7(1) and 17(3)(e)."
    __table_args__ = (
        CheckConstraint(f"kind IN ({STATES})", name="kind"),
        UniqueConstraint("tenant_id", "authorisation_id", "kind"),
    )
    rights = "SELECT, INSERT"

    authorisation_id: Mapped[UUID] = references("authorisations")
    person_id: Mapped[UUID]
    kind: Mapped[str]
    happened_at: Mapped[datetime]
    actor_id: Mapped[UUID | None]
    """Who did it; None is Salus itself."""
    channel: Mapped[str]
    session_id: Mapped[UUID | None]
    text_sha256: Mapped[str]
    text_version: Mapped[str]
    language: Mapped[str]
    words_sealed: Mapped[bytes | None] = sealed_column()
    words = EncryptedText("words_sealed")
    """The person's own: the name they signed with, or why they withdrew."""


STATES_MOVE_FORWARD = """
CREATE OR REPLACE FUNCTION authorisations_move_forward() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.state, NEW.state) NOT IN (
        ('asked', 'given'), ('asked', 'declined'), ('asked', 'expired'), ('given', 'withdrawn'), ('given', 'expired')
    ) THEN
        RAISE EXCEPTION 'an authorisation cannot go from one of these states to the other'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'authorisations_move_forward';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER authorisations_move_forward BEFORE UPDATE OF state ON authorisations
    FOR EACH ROW EXECUTE FUNCTION authorisations_move_forward();
"""
event.listen(Authorisation.__table__, "after_create", DDL(STATES_MOVE_FORWARD))  # type: ignore[no-untyped-call]
