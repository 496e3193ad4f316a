"""Handing one event to one receiver, outside any transaction."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from time import monotonic
from uuid import UUID

from salus.kernel import outbound
from salus.kernel.addresses import AddressRefused
from salus.kernel.outbound import Answer, AnswerTooLong, Unreachable
from salus.shared.webhooks.rules import signing
from salus.shared.webhooks.rules.retrying import PROBLEMS

SHOWN_BYTES = 1024


@dataclass(frozen=True)
class Parcel:
    """All that is needed to make one attempt."""

    delivery_id: UUID
    message_id: str
    destination: bytes
    correlation_id: str
    """Of the deed it tells of."""
    url: str = field(repr=False)
    body: bytes = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True)
class Outcome:
    """What came of an attempt: a status and how the answer begins, or the code of a problem."""

    started_at: datetime
    duration_ms: int
    status: int | None = None
    problem: str | None = None
    answer: str | None = field(default=None, repr=False)

    @property
    def is_success(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    @property
    def is_gone(self) -> bool:
        """The receiver wants to hear nothing more."""
        return self.status == HTTPStatus.GONE


def send(parcel: Parcel) -> Outcome:
    """Make one attempt. It takes at most five seconds and raises nothing that a receiver could bring about."""
    started_at, began = datetime.now(UTC), monotonic()
    status = problem = beginning = None
    try:
        answer = _ask(parcel, started_at)
        status, beginning = answer.status, answer.body[:SHOWN_BYTES].decode("utf-8", "replace")
    except AddressRefused:
        problem = "address"
    except Unreachable as error:
        problem = error.reason if error.reason in PROBLEMS else "connection"
    return Outcome(started_at, round((monotonic() - began) * 1000), status, problem, beginning)


def _ask(parcel: Parcel, at: datetime) -> Answer:
    headers = signing.headers(parcel.message_id, at, parcel.body, parcel.secrets)
    try:
        return outbound.request("POST", parcel.url, headers=headers, content=parcel.body)
    except AnswerTooLong as error:
        return error.answer  # it was received all the same, and nobody reads what is answered beyond its beginning
