"""The page that a program sends people to."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import Form, Query
from starlette.responses import RedirectResponse, Response

from salus.shared.oauth import actions, queries
from salus.shared.oauth.rules.clients import form_target
from salus.shared.oauth.schemas.protocol import AUTHORIZE, Answer, AuthorizationRequest
from salus.web.doors import CurrentContext, Headers, Page, Pages

pages = Pages()


@pages.get(AUTHORIZE, operation=queries.authorization)
def ask(ctx: CurrentContext, headers: Headers, request: Annotated[AuthorizationRequest, Query()]) -> Page | Response:
    asked = queries.authorization(ctx, request)
    if asked.leads_to is not None:
        return _away(asked.leads_to, headers)
    if asked.is_allowed_already:
        return _away(actions.allow_again(ctx, asked), headers)
    return Page("oauth/authorize.html", form_leads_to=form_target(request.redirect_uri), asked=asked)


@pages.post(AUTHORIZE, operation=actions.decide)
def decide(ctx: CurrentContext, answer: Annotated[Answer, Form()]) -> Response:
    address = actions.decide(ctx, answer.asked, is_allowed=answer.decision == "allow")
    return RedirectResponse(address, status_code=303)


def _away(address: str, headers: Mapping[str, str]) -> Page | Response:
    # Chromium lets a form lead only where the page with the form said it may. Whoever comes from our own form, as after
    # signing in, is therefore taken on by a page of its own and not by one more redirect.
    if headers.get("sec-fetch-site") == "same-origin" and not address.startswith("/"):
        return Page("oauth/onward.html", address=address)
    return RedirectResponse(address, status_code=303)
