"""Calendar files at addresses that only their readers know."""

from fastapi.responses import Response

from salus.formats.icalendar import MEDIA_TYPE
from salus.shared.calendar import actions, queries
from salus.shared.calendar.queries.feeds import FeedFile
from salus.web.doors import Api, CurrentContext, Headers

api = Api("/calendar", root="")


@api.get("/{token}.ics", operation=queries.feed, produces=MEDIA_TYPE)
def feed(ctx: CurrentContext, token: str, headers: Headers) -> Response:
    found = queries.feed(ctx, token)
    if found.is_quiet:
        actions.note_reading(ctx, found.feed)
    return _file(found, headers.get("if-none-match", ""))


def _file(found: FeedFile, had: str) -> Response:
    """The file; nothing for a program that has it already (RFC 9110, 13.1.2)."""
    told = {"etag": found.etag, "cache-control": "private, no-cache"}
    if found.etag in had:
        return Response(status_code=304, headers=told)
    disposition = {"content-disposition": 'attachment; filename="salus.ics"'}
    return Response(found.content, media_type=MEDIA_TYPE, headers=told | disposition)
