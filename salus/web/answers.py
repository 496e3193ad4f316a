"""How the doors answer: a page in its frame, a refusal, a way on, a file."""

import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import quote, unquote
from uuid import UUID

from starlette.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse

from salus.kernel.context import Context
from salus.kernel.errors import FreshFactorNeeded, NotFound, Refusal, SignInNeeded
from salus.web import render
from salus.web.context import Headers, Visit, Visitor
from salus.web.refusals import TITLES, retry_headers
from salus.web.render import Form, Page
from salus.web.security import (
    ForgedRequest,
    clear_said_cookie,
    content_security_policy,
    csrf_token,
    said_cookie,
    set_said_cookie,
    set_visitor_cookie,
)

SHOWN_AGAIN = frozenset({409, 422, 429, 503})
"""Refusals after which the form is shown once more: the person can do something about them."""
SEND_AGAIN = "You are not signed in any more. Nothing of what you sent was kept: please sign in, and send it again."
REFERER = re.compile(r"https?://[^/?#\\\s]*[/\\]*([^#\s]*)")
"""An address, and what of it leads to a page, without the slashes by which a browser would take it for a host."""


def go(path: str, *, said: str | None = None) -> RedirectResponse:
    """On to another page of ours, which then shows `said` once. Raises ValueError for an address elsewhere."""
    if not path.startswith("/") or path.startswith(("//", "/\\")):
        raise ValueError("only our own pages are gone to")
    response = RedirectResponse(path, status_code=303)
    if said:
        set_said_cookie(response, said)
    return response


def download(content: bytes, *, name: str, media_type: str) -> Response:
    """A small file, to be saved and never shown inside our pages."""
    return Response(content, media_type=media_type, headers=_attachment(name))


def stream(chunks: Iterable[bytes], *, name: str, media_type: str, size: int | None = None) -> StreamingResponse:
    """A large file. The chunks are taken after the door's own transaction, so they open contexts of their own."""
    length = {"content-length": str(size)} if size is not None else {}
    return StreamingResponse(chunks, media_type=media_type, headers=_attachment(name) | length)


def _attachment(name: str) -> dict[str, str]:
    return {
        "content-disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
        "content-security-policy": "sandbox; default-src 'none'",
    }


def answer_page(ctx: Context, came: Visit, result: Any) -> Response:
    """What a page door gave, inside the frame of whoever asked."""
    return result if isinstance(result, Response) else _page(ctx, came, result, Form())


def _page(ctx: Context, came: Visit, page: Page, form: Form) -> Response:
    frame_of: render.FrameOf = came.request.app.state.frame
    frame = frame_of(ctx)
    content = render.html(
        page.template,
        **{
            "viewer": frame.viewer,
            "unread": frame.unread,
            "navigation": render.navigation(ctx.actor.roles, came.path, render.MENU),
            "account_tabs": render.navigation(ctx.actor.roles, came.path, render.ACCOUNT),
            "tenant_name": came.tenant.name if came.tenant else "",
            "csrf_token": csrf_token(came.visitor, came.token),
            "correlation_id": came.correlation_id,
            "form": form,
            "said": unquote(came.request.cookies.get(said_cookie(), "")),
            "path": came.path,
            **page.values,
        },
    )
    response = HTMLResponse(content, page.status)
    if page.form_leads_to is not None:
        response.headers["content-security-policy"] = content_security_policy(page.form_leads_to)
    return _to_visitor(came, response)


def refuse_page(
    came: Visit,
    refusal: Refusal,
    again: Callable[..., Page] | None,
    arguments: Mapping[str, Any],
    errors: Mapping[str, str],
) -> Response:
    """A refusal for a person: the way to sign in, the form once more with what is wrong, or a page that says so."""
    if isinstance(refusal, SignInNeeded):
        said = None if came.request.method == "GET" else SEND_AGAIN
        return go(f"/sign-in?next={quote(_page_before(came), safe='')}", said=said)
    if isinstance(refusal, FreshFactorNeeded):
        return go(f"/confirm?next={quote(_page_before(came), safe='')}")
    if again is not None and refusal.status in SHOWN_AGAIN:
        form = Form(dict(came.form), dict(errors or {refusal.field or "": refusal.message}))
        try:
            with came.open() as ctx:
                response = _page(ctx, came, again(ctx, **_shared(again, arguments, came)), form)
                response.status_code = refusal.status
                response.headers.update(retry_headers(refusal))
                return response
        except ForgedRequest:
            pass  # a form that was refused unread brought no token, and is refused as it was
        except Refusal as meanwhile:
            refusal = meanwhile
    return refuse_stranger(came, refusal, "" if not errors else " ".join(errors.values()))


def _page_before(came: Visit) -> str:
    """The page to come back to: the one that was asked for, or the one with the form that was sent.

    Wherever a forged `Referer` lies, it leads to one of our own pages.
    """
    if came.request.method == "GET":
        return came.address
    sent_from = REFERER.match(came.request.headers.get("referer", ""))
    return f"/{sent_from[1]}" if sent_from else "/"


def refuse_stranger(came: Visit, refusal: Refusal, advice: str = "") -> Response:
    """The refusal page, which shows nothing of anybody."""
    values: dict[str, Any] = {
        "viewer": None,
        "unread": 0,
        "navigation": [],
        "account_tabs": [],
        "tenant_name": came.tenant.name if came.tenant else "",
        "csrf_token": "",
        "form": Form(),
        "said": "",
        "path": came.path,
        "correlation_id": came.correlation_id,
        "status": refusal.status,
        "title": TITLES.get(refusal.status, "That did not work"),
        "message": refusal.message,
        "advice": advice,
    }
    content = render.html("refusal.html", **values)
    return _to_visitor(came, HTMLResponse(content, refusal.status, retry_headers(refusal)))


def _to_visitor(came: Visit, response: Response) -> Response:
    if came.is_new and came.visitor:
        set_visitor_cookie(response, came.visitor)
    if came.request.cookies.get(said_cookie()):
        clear_said_cookie(response)
    return response


def _shared(again: Callable[..., Page], arguments: Mapping[str, Any], came: Visit) -> dict[str, Any]:
    """What the form's own page needs of what was sent to its door: the ids in the address, and who sent it.

    Raises NotFound for what stands there and is no id.
    """
    path, of_request = came.request.path_params, ((Headers, came.request.headers), (Visitor, came.visitor))
    values: dict[str, Any] = {}
    for parameter in list(inspect.signature(again).parameters.values())[1:]:
        if parameter.name in arguments:
            values[parameter.name] = arguments[parameter.name]
        elif parameter.name in path:
            values[parameter.name] = _id(path[parameter.name]) if parameter.annotation is UUID else path[parameter.name]
        for kind, given in of_request:
            if parameter.annotation == kind:
                values[parameter.name] = given
    return values


def _id(written: str) -> UUID:
    try:
        return UUID(written)
    except ValueError:
        raise NotFound from None
