"""Addresses of feeds, and what stands in them."""

import secrets
from collections.abc import Iterable, Iterator
from datetime import timedelta
from urllib.parse import urlsplit
from uuid import UUID

from salus.formats import icalendar
from salus.shared.calendar.models import Claim
from salus.shared.calendar.rules.entries import Entry

BEHIND, AHEAD = timedelta(days=31), timedelta(days=366)
"""How far from now a feed tells."""
REFRESHED_EVERY = timedelta(minutes=15)
QUIET = timedelta(hours=1)
"""So seldom at most it is noted that a feed was read."""
BUSY = Entry("Busy")
TOKEN_BYTES = 32


def new_token() -> str:
    return secrets.token_urlsafe(TOKEN_BYTES)


def written(home: str, token: str) -> str:
    """The address of a feed. `home` is that of our start page."""
    return f"{home}/calendar/{token}.ics"


def content(claims: Iterable[Claim], words: dict[UUID, Entry], *, home: str) -> bytes:
    """A calendar file of these claims, a booking once, in these words or as busy.

    The same claims make the same bytes, so that a program that has them need not be sent them again.
    """
    first = {claim.booking_id: claim for claim in reversed(list(claims))}
    entries = list(_entries(first.values(), words, home))
    return icalendar.calendar(entries, name="Salus", refreshed_every=REFRESHED_EVERY)


def _entries(claims: Iterable[Claim], words: dict[UUID, Entry], home: str) -> Iterator[icalendar.Entry]:
    for claim in sorted(claims, key=lambda claim: (claim.starts_at, claim.booking_id)):
        said = words.get(claim.booking_id, BUSY)
        yield icalendar.Entry(
            uid=f"{claim.booking_id}@{urlsplit(home).hostname}",
            starts_at=claim.starts_at,
            ends_at=claim.ends_at,
            zone=said.zone,
            title=said.title,
            stamped_at=said.changed_at or claim.created_at,
            place=said.place,
            link=f"{home}{said.href}" if said.href else "",
            sequence=said.sequence,
        )
