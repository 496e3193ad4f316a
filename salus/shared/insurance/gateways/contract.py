"""Insurers, behind one protocol: whether one member is covered for one service on one day."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from salus.kernel.errors import Refusal, Unavailable
from salus.shared.insurance.models import Because, CheckState, Service


class InsurerUnavailable(Unavailable):
    """No answer came that can be believed. Asking is repeatable: it changes nothing at the insurer."""

    message = "The insurer does not answer as it should right now."

    def __init__(self, because: Because) -> None:
        super().__init__()
        self.because = because


class InsurerRefused(Refusal):
    """The insurer is well, and does not take the question."""

    message = "The insurer does not take questions from us."


@dataclass(frozen=True)
class Question:
    """What an insurer is asked. `id` is the same however often it is asked."""

    id: UUID
    member_number: str = field(repr=False)
    service: Service
    on_day: date
    asked_at: datetime


@dataclass(frozen=True)
class Eligibility:
    """What came of asking. One that is pending is to be asked again, after `retry_after_s` seconds if it says so."""

    state: CheckState
    because: Because
    needs_authorization: bool = False
    disposition: str | None = field(default=None, repr=False)
    retry_after_s: int | None = None


class InsurerGateway(Protocol):
    """One insurer."""

    def check(self, question: Question) -> Eligibility:
        """What the insurer says, within two seconds; it is pending where the insurer must look it up first.

        Raises InsurerUnavailable, also for an answer that is about something else, and InsurerRefused.
        """
