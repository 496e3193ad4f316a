"""Which kinds of rows are deleted by their age, from which moment it counts, and what the law asks at least.

A kind names a table, so the modules that privacy may know are listed here; an exchange adds its own with `retain`.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, SQLColumnExpression, and_, false, func, or_, select, true

from salus.kernel.db import Table, person_behind
from salus.shared.api_keys.models import ApiKey
from salus.shared.messages.models import Mail, MailState, Notice
from salus.shared.people.models import EmailToken, Invitation, Session
from salus.shared.privacy.models import Copy, CopyState, LegalHold


@dataclass(frozen=True)
class Kind:
    """Rows that end at some moment and are deleted so many days later."""

    code: str
    words: str
    table: type[Table]
    ended: SQLColumnExpression[Any]
    """The moment its days are counted from."""
    keep_days: int
    """By default, until administrators set a rule."""
    source: str
    is_over: ColumnElement[bool] = true()
    """Rows for which the moment means something."""
    least_days: int = 0
    """What a law asks at least, whatever administrators set."""


@dataclass(frozen=True)
class Period:
    """How long rows of one kind are kept at present, and by what."""

    kind: Kind
    keep_days: int
    source: str

    @property
    def words(self) -> str:
        return self.kind.words


@dataclass(frozen=True)
class Preview:
    """What a run would do at this moment."""

    period: Period
    before: datetime
    over: int
    """How many rows are over their time."""
    held: int
    """How many of them stay because of a legal hold."""


SHORT = "No longer needed for what they were made: GDPR art. 5(1)(e)."
_kinds: dict[str, Kind] = {}


def retain(kind: Kind) -> None:
    """Let rows of this kind be deleted by their age."""
    _kinds[kind.code] = kind


def kinds() -> list[Kind]:
    return sorted(_kinds.values(), key=lambda kind: kind.words)


def kind(code: str) -> Kind | None:
    return _kinds.get(code)


def stands(on: date) -> ColumnElement[bool]:
    """Which legal holds stand on this day: through their last one, unless they were lifted."""
    return and_(LegalHold.lifted_at.is_(None), or_(LegalHold.until.is_(None), LegalHold.until >= on))


def is_over(kind: Kind, before: datetime) -> ColumnElement[bool]:
    """Which rows of a kind ended before this moment."""
    return and_(kind.is_over, kind.ended < before)


def is_held(kind: Kind, on: date) -> ColumnElement[bool]:
    """Which rows of a kind a legal hold keeps: those about, or mentioning, whoever it is on."""
    leading = [name for name in (kind.table.concerns, *kind.table.mentions) if name]
    held = select(LegalHold.subject_id).where(stands(on))
    return or_(false(), *(person_behind(kind.table, name).in_(held) for name in leading))


def digest_of(ids: Iterable[UUID]) -> bytes:
    """SHA-256 over ids in their order, 16 bytes each: proves a list without keeping it."""
    return hashlib.sha256(b"".join(one.bytes for one in sorted(ids))).digest()


for one in (
    Kind(
        "sessions", "Sign-ins, after the session ended", Session,
        func.least(Session.ends_at, func.coalesce(Session.ended_at, Session.ends_at)), 90,
        "Long enough to look into a misuse: GDPR art. 32.",
    ),
    Kind(
        "api_keys", "API keys, after they ended", ApiKey,
        func.least(ApiKey.expires_at, func.coalesce(ApiKey.revoked_at, ApiKey.expires_at)), 365,
        "Long enough to look into a misuse: GDPR art. 32.",
    ),
    Kind("email_tokens", "Links sent by e-mail, after they ran out", EmailToken, EmailToken.expires_at, 30, SHORT),
    Kind("invitations", "Invitations, after they ran out", Invitation, Invitation.expires_at, 30, SHORT),
    Kind(
        "mails", "E-mails, after they were sent", Mail, Mail.sent_at, 90,
        "Long enough to answer whether a letter was sent.", Mail.state == MailState.SENT,
    ),
    Kind("notices", "Notices, after they were read", Notice, Notice.read_at, 365, SHORT, Notice.read_at.is_not(None)),
    Kind(
        "privacy_copies", "Requests for a copy of one's data, after the copy was removed", Copy, Copy.created_at, 365,
        "Long enough to show that requests were answered in time: GDPR art. 12(3).", Copy.state == CopyState.GONE,
    ),
):  # fmt: skip
    retain(one)
