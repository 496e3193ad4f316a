"""Who wants to hear of what, what is owed to them, and what came of every attempt."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from salus.kernel.db import Table, one_of, references
from salus.kernel.fields import EncryptedText, sealed_column


class Scope(StrEnum):
    """Whose events a subscription hears."""

    PERSON = "person"
    ORGANISATION = "organisation"
    TENANT = "tenant"
    """Everybody's: an administrator's."""


class SubscriptionState(StrEnum):
    ACTIVE = "active"
    PAUSED = "paused"
    ENDED = "ended"


class Pause(StrEnum):
    """Why a subscription is paused."""

    GONE = "gone"
    """The receiver said so, with status 410."""
    FAILING = "failing"
    """Nothing but failures for days."""
    LEFT = "left"
    """Whoever made it was locked out, or lost a role."""


class DeliveryState(StrEnum):
    WAITING = "waiting"
    DELIVERED = "delivered"
    GIVEN_UP = "given_up"


class Subscription(Table):
    """An address that hears of some events of one person, one organisation, or the whole tenant."""

    __tablename__ = "webhook_subscriptions"
    called = "Webhooks"
    concerns = "owner_id"
    mentions = ("made_by",)
    resource = "/v1/webhooks/subscriptions/{id}"
    __table_args__ = (
        Index(None, "tenant_id", "owner_id"),
        Index("ix_webhook_subscriptions_active", "tenant_id", "id", postgresql_where=text("state = 'active'")),
        one_of("scope", Scope),
        one_of("state", SubscriptionState),
        CheckConstraint("(state = 'paused') = (paused_because IS NOT NULL)", name="a_pause_has_a_reason"),
        CheckConstraint("(former_secret_sealed IS NULL) = (former_ends_at IS NULL)", name="the_former_secret_ends"),
        CheckConstraint("cardinality(topics) BETWEEN 1 AND 50", name="topics_are_named"),
    )

    scope: Mapped[Scope] = mapped_column(Text)
    owner_id: Mapped[UUID]
    """The person, the organisation or the tenant whose events these are, and under whose key its secrets lie."""
    made_by: Mapped[UUID] = references("users")
    url_sealed: Mapped[bytes] = sealed_column()
    url = EncryptedText("url_sealed", owner="owner_id")
    destination_digest: Mapped[bytes]
    """Of the server's name, so that one server is never sent too much at once, whoever subscribed it."""
    topics: Mapped[list[str]]
    """Names of operations, `module.*` or `*`."""
    secret_sealed: Mapped[bytes] = sealed_column()
    secret = EncryptedText("secret_sealed", owner="owner_id")
    former_secret_sealed: Mapped[bytes | None] = sealed_column()
    former_secret = EncryptedText("former_secret_sealed", owner="owner_id")
    """The secret before, which signs beside the new one until `former_ends_at`."""
    former_ends_at: Mapped[datetime | None]
    state: Mapped[SubscriptionState] = mapped_column(Text, default=SubscriptionState.ACTIVE)
    paused_because: Mapped[Pause | None] = mapped_column(Text)
    failing_since: Mapped[datetime | None]
    """The first failure after the last success."""


class Delivery(Table):
    """One event on its way to one subscription, with all that is told of it."""

    __tablename__ = "webhook_deliveries"
    called = "Events sent to webhooks"
    concerns = "subscription_id"
    __table_args__ = (
        UniqueConstraint("tenant_id", "subscription_id", "event_id"),
        Index(
            "ix_webhook_deliveries_due",
            "tenant_id",
            "subscription_id",
            "due_at",
            postgresql_where=text("state = 'waiting'"),
        ),
        Index(None, "tenant_id", "subscription_id", "created_at"),
        Index(None, "tenant_id", "created_at"),
        one_of("state", DeliveryState),
        CheckConstraint("(state = 'waiting') = (ended_at IS NULL)", name="what_ended_knows_when"),
        CheckConstraint("(subject_id IS NULL) = (subject_type IS NULL)", name="a_subject_has_a_type"),
    )

    subscription_id: Mapped[UUID] = references("webhook_subscriptions")
    event_id: Mapped[UUID]
    """The record's id; the same in every attempt, and at every subscription."""
    operation: Mapped[str]
    happened_at: Mapped[datetime]
    subject_type: Mapped[str | None]
    subject_id: Mapped[UUID | None]
    state: Mapped[DeliveryState] = mapped_column(Text, default=DeliveryState.WAITING)
    due_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    """Attempts since it was owed, or last asked for again."""
    ended_at: Mapped[datetime | None]


class Attempt(Table):
    """One request to a receiver, and what came of it."""

    __tablename__ = "webhook_attempts"
    called = "Attempts to reach a webhook"
    concerns = "owner_id"
    __table_args__ = (
        Index(None, "tenant_id", "delivery_id"),
        CheckConstraint("(status IS NULL) <> (problem IS NULL)", name="an_answer_or_a_problem"),
    )
    rights = "SELECT, INSERT, DELETE"

    delivery_id: Mapped[UUID] = references("webhook_deliveries")
    owner_id: Mapped[UUID]
    """The subscription's, under whose key the answer lies."""
    started_at: Mapped[datetime]
    duration_ms: Mapped[int]
    status: Mapped[int | None]
    problem: Mapped[str | None]
    """Why no answer came: a code (`rules.PROBLEMS`)."""
    answer_sealed: Mapped[bytes | None] = sealed_column()
    answer = EncryptedText("answer_sealed", owner="owner_id")
    """How the answer begins, as text."""
