"""Where people give their calendar an address for their own calendar program."""

from typing import Annotated

from fastapi import Form
from starlette.responses import Response

from salus.kernel.actor import Role
from salus.shared.calendar import actions, queries
from salus.shared.calendar.schemas import FeedForm
from salus.web.doors import CurrentContext, Page, Pages, go

pages = Pages()
pages.account("Calendar feed", "/account/calendar", place=50, roles={Role.PATIENT, Role.DOCTOR})


@pages.get("/account/calendar", operation=queries.my_feed)
def feed(ctx: CurrentContext) -> Page:
    return Page("calendar/feed.html", feed=queries.my_feed(ctx), made=None)


@pages.post("/account/calendar", operation=actions.make_feed, again=feed)
def make_feed(ctx: CurrentContext, form: Annotated[FeedForm, Form()]) -> Page:
    made = actions.make_feed(ctx, has_details=form.has_details == "yes")
    return Page("calendar/feed.html", feed=made.feed, made=made.address)


@pages.post("/account/calendar/end", operation=actions.end_feed)
def end_feed(ctx: CurrentContext) -> Response:
    actions.end_feed(ctx)
    return go("/account/calendar", said="The address works no more.")
