"""Shapes of webhooks at the border."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from salus.kernel.addresses import LONGEST
from salus.shared.webhooks.models import DeliveryState, Pause, Scope, SubscriptionState

Url = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST)]
Topic = Annotated[str, StringConstraints(max_length=100, pattern=r"^(\*|[a-z_]+\.(\*|[a-z_]+))$")]


class Write(BaseModel):
    model_config = ConfigDict(extra="forbid")


class SubscriptionWrite(Write):
    url: Url
    """A public https address, on port 443 or 8443."""
    topics: list[Topic] = Field(min_length=1, max_length=50)
    """Names of operations (`health_data.deliver`), `module.*`, or `*`."""
    scope: Scope | None = None
    """Whose events; whoever you speak for, if it is not named."""


class SubscriptionForm(Write):
    url: Url
    topics: Annotated[str, StringConstraints(max_length=5_000)] = "*"
    """One a line."""
    scope: Scope | None = None


class Read(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class SubscriptionRead(Read):
    id: UUID
    url: str
    topics: list[str]
    scope: Scope
    state: SubscriptionState
    paused_because: Pause | None
    failing_since: datetime | None
    former_ends_at: datetime | None
    created_at: datetime


class IssuedRead(Read):
    """A subscription with its secret. This answer is the only one that ever holds it."""

    subscription: SubscriptionRead
    secret: str


class DeliveryRead(Read):
    id: UUID
    subscription_id: UUID
    event_id: UUID
    operation: str
    happened_at: datetime
    state: DeliveryState
    tries: int
    due_at: datetime
    ended_at: datetime | None


class AttemptRead(Read):
    """One request to the receiver. `answer` is how it answered, its first kilobyte as text."""

    id: UUID
    started_at: datetime
    duration_ms: int
    status: int | None
    problem: str | None
    answer: str | None
