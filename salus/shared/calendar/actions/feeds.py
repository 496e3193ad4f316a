"""Making feeds, giving them new addresses, ending them."""

from dataclasses import dataclass

from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.operations import action
from salus.kernel.settings import settings
from salus.kernel.tenants import tenant_named
from salus.shared.calendar import queries
from salus.shared.calendar.models import Feed
from salus.shared.calendar.rules import feeds as rules
from salus.shared.calendar.rules.refusals import NoFeed
from salus.shared.messages import actions as messages
from salus.shared.messages.rules import home
from salus.shared.people.rules import token_hash


@dataclass(frozen=True)
class MadeFeed:
    """A feed with its address, shown this once."""

    address: str
    feed: Feed


@action(roles={Role.PERSON}, told="made an address at which your calendar can be read")
def make_feed(ctx: Context, *, has_details: bool = False) -> MadeFeed:
    """Give the actor's calendar an address for calendar programs. One that it had before works no more."""
    token = rules.new_token()
    feed = queries.my_feed(ctx) or Feed(person_id=ctx.actor.person_id)
    feed.token_hash, feed.has_details, feed.last_read_at = token_hash(token), has_details, None
    ctx.db.add(feed)
    ctx.tell(subject=feed, person_id=feed.person_id, has_details=has_details)
    messages.notify(ctx, feed.person_id, "calendar/feed-made", link="/account/calendar")
    return MadeFeed(rules.written(home(settings().url, tenant_named(ctx.tenant_id).hosts), token), feed)


@action(roles={Role.PERSON}, told="ended the address at which your calendar could be read")
def end_feed(ctx: Context) -> None:
    """End the address of the actor's feed at once. Raises NoFeed."""
    feed = queries.my_feed(ctx)
    if feed is None:
        raise NoFeed
    ctx.tell(subject=feed, person_id=feed.person_id)
    ctx.db.delete(feed)


@action(roles={Role.ANYONE})
def note_reading(ctx: Context, feed: Feed) -> None:
    """Note when a feed was read."""
    feed = ctx.lock(feed)
    feed.last_read_at = ctx.now
    ctx.tell(subject=feed, person_id=feed.person_id)
