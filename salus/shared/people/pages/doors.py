"""The one set of doors that the files of this folder add to, and what several of them share."""

from typing import Annotated
from urllib.parse import quote

from fastapi import Query
from starlette.responses import Response

from salus.shared.people import rules
from salus.shared.people.models import Awaits
from salus.shared.people.sessions import Ticket
from salus.web.doors import Pages, go
from salus.web.security import set_session_cookie

FEW = "30/minute"
"""Requests of one address; a hash of a password is dear."""

NextPage = Annotated[str, Query(alias="next", max_length=4000)]

pages = Pages()
pages.account("Profile", "/account", place=10)
pages.account("Sign-in and security", "/account/security", place=20)


def let_in(ticket: Ticket, next_page: str) -> Response:
    """On to where somebody wanted to go, or first to what is still missing: the second factor, recovery codes."""
    after = rules.page_after(next_page)
    if ticket.awaits != Awaits.NOTHING:
        response = go(f"/sign-in/code?next={quote(after, safe='')}")
    elif ticket.is_first_factor:
        response = go(f"/account/security/recovery-codes?next={quote(after, safe='')}")
    else:
        response = go(after)
    set_session_cookie(response, ticket.token)
    return response
