"""The address of one's calendar feed, as JSON."""

from salus.shared.calendar import actions, queries
from salus.shared.calendar.actions.feeds import MadeFeed
from salus.shared.calendar.models import Feed
from salus.shared.calendar.schemas import FeedRead, FeedWrite, MadeFeedRead
from salus.web.doors import Api, CurrentContext

api = Api("/calendar/feed", tag="calendar")


@api.get("", operation=queries.my_feed, answer=FeedRead | None)
def my_feed(ctx: CurrentContext) -> Feed | None:
    return queries.my_feed(ctx)


@api.put("", operation=actions.make_feed, answer=MadeFeedRead)
def make_feed(ctx: CurrentContext, wanted: FeedWrite) -> MadeFeed:
    return actions.make_feed(ctx, has_details=wanted.has_details)


@api.delete("", operation=actions.end_feed)
def end_feed(ctx: CurrentContext) -> None:
    actions.end_feed(ctx)
