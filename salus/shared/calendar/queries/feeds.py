"""What a feed tells, and whose it is."""

from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from sqlalchemy import select

from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.errors import NotFound
from salus.kernel.operations import query
from salus.kernel.settings import settings
from salus.kernel.tenants import tenant_named
from salus.shared.calendar.models import Block, Claim, ClaimState, Feed
from salus.shared.calendar.queries.agenda import entries
from salus.shared.calendar.queries.places import calendars_of
from salus.shared.calendar.rules import feeds as rules
from salus.shared.calendar.rules.entries import Entry
from salus.shared.messages.rules import home
from salus.shared.people import queries as people
from salus.shared.people.rules import token_hash


@dataclass(frozen=True)
class FeedFile:
    """A feed as a calendar program gets it. Whoever sees one that `is_quiet` performs `actions.note_reading`."""

    feed: Feed
    content: bytes
    is_quiet: bool

    @property
    def etag(self) -> str:
        return f'"{sha256(self.content).hexdigest()[:32]}"'


@query(roles={Role.PERSON})
def my_feed(ctx: Context) -> Feed | None:
    """The actor's own feed, without its address, which is kept nowhere; None before they made one."""
    return ctx.db.scalars(select(Feed).where(Feed.person_id == ctx.actor.person_id)).one_or_none()


@query(roles={Role.ANYONE})
def feed(ctx: Context, token: str) -> FeedFile:
    """The feed at this address, for whoever knows it. Raises NotFound, also once its person's account is locked."""
    found = ctx.db.scalars(select(Feed).where(Feed.token_hash == token_hash(token))).one_or_none()
    if found is None or people.standing(ctx, found.person_id) is None:
        raise NotFound
    claims = _claims(ctx, found)
    words = _words(ctx, [claim.booking_id for claim in claims], found.person_id) if found.has_details else {}
    content = rules.content(claims, words, home=home(settings().url, tenant_named(ctx.tenant_id).hosts))
    return FeedFile(found, content, found.last_read_at is None or found.last_read_at < ctx.now - rules.QUIET)


def _claims(ctx: Context, feed: Feed) -> list[Claim]:
    calendars = [one.id for one in calendars_of(ctx, feed.person_id)]
    its = select(Claim).where(
        Claim.resource_id.in_(calendars),
        Claim.state == ClaimState.BOOKED,
        Claim.ends_at > ctx.now - rules.BEHIND,
        Claim.starts_at < ctx.now + rules.AHEAD,
    )
    return list(ctx.db.scalars(its.order_by(Claim.starts_at, Claim.id)))


def _words(ctx: Context, bookings: list[UUID], reader_id: UUID) -> dict[UUID, Entry]:
    blocks = ctx.db.scalars(select(Block).where(Block.id.in_(bookings)))
    return {one.id: Entry(one.note or "Blocked") for one in blocks} | entries(ctx, bookings, reader_id)
