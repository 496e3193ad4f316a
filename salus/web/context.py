"""From a request to a Context: who asks, at which tenant, under which correlation id."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request

from salus.kernel.actor import Actor
from salus.kernel.context import Context, Origin, nobody
from salus.kernel.errors import SignInNeeded
from salus.kernel.tenants import TenantName, tenant_at
from salus.web.security import (
    DEFAULT_LIMIT,
    SAFE_METHODS,
    network_of,
    new_visitor,
    refuse_forgery,
    refuse_too_many,
    session_cookie,
    visitor_cookie,
)

MAX_PURPOSE = 500

Authenticate = Callable[[Context, str | None, str, str], Actor]
"""(context, token, channel, address) -> who it is; anonymous for none, unknown and expired tokens.

The whole address is there to be compared with what a key allows. It is kept nowhere: the context knows its prefix.
"""


@dataclass
class Visit:
    """What a request says of itself, before anything was checked. Cheap to make: no database, no thread."""

    request: Request
    channel: str
    token: str | None
    visitor: str
    form: Mapping[str, str | list[str]] = field(default_factory=dict)
    tenant: TenantName | None = None

    @property
    def correlation_id(self) -> str:
        found: str = self.request.state.correlation_id
        return found

    @property
    def path(self) -> str:
        return self.request.url.path

    @property
    def address(self) -> str:
        """The path with what was asked there."""
        query = self.request.url.query
        return f"{self.path}?{query}" if query else self.path

    @property
    def is_new(self) -> bool:
        return visitor_cookie() not in self.request.cookies

    @contextmanager
    def open(self, *, limit: str = DEFAULT_LIMIT) -> Iterator[Context]:
        """A context of whoever the credentials belong to, in the tenant of the host that was asked.

        Raises TooMany past the limit, NotFound for a host that is nobody's, ForgedRequest for a foreign form.
        """
        refuse_too_many(limit, self._network_address, self.path if limit != DEFAULT_LIMIT else "")
        if self.channel == "browser":
            given = self.form.get("csrf_token") or self.request.headers.get("x-csrf-token")
            refuse_forgery(self.request, given if isinstance(given, str) else None)
        with self._known() as ctx:
            yield ctx

    def insist_on_somebody(self) -> None:
        """Raises SignInNeeded if the credentials are nobody's. Whatever else is wrong is for the door to see."""
        with self._known() as ctx:
            actor = ctx.actor
        if not actor.is_signed_in:
            raise SignInNeeded

    @contextmanager
    def _known(self) -> Iterator[Context]:
        self.tenant = tenant_at(self.request.url.hostname or "")
        origin = Origin(network=network_of(self._network_address), channel=self.channel)
        purpose = self.request.headers.get("x-purpose", "")[:MAX_PURPOSE] or None
        with nobody(self.tenant.id, correlation_id=self.correlation_id, origin=origin, purpose=purpose) as ctx:
            authenticate: Authenticate = self.request.app.state.authenticate
            ctx.become(authenticate(ctx, self.token, self.channel, self._network_address))
            yield ctx

    @property
    def _network_address(self) -> str:
        return self.request.client.host if self.request.client else ""


async def visit(request: Request) -> Visit:
    """The visit of a page: known by its cookie, never by a bearer token."""
    return Visit(
        request,
        channel="browser",
        token=request.cookies.get(session_cookie()),
        visitor=request.cookies.get(visitor_cookie()) or new_visitor(),
        form=getattr(request.state, "form", {}),
    )


async def take_form(request: Request) -> None:
    """Read a sent form once: its plain values go to `request.state.form`, and the CSRF token is taken out of it.

    The token is the frame's business; a page's own schema refuses fields it does not know.
    """
    if request.method in SAFE_METHODS:
        return
    sent = await request.form(max_files=5)
    request.state.form = {name: _plain(sent.getlist(name)) for name in sent}
    request._form = FormData([(name, value) for name, value in sent.multi_items() if name != "csrf_token"])


def _plain(values: list[UploadFile | str]) -> str | list[str]:
    texts = [value for value in values if isinstance(value, str)]
    return texts if len(texts) > 1 else (texts[0] if texts else "")


async def api_visit(request: Request) -> Visit:
    """The visit of a program: known by its bearer token, never by a cookie (which a foreign page could send)."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return Visit(request, channel="api", token=token.strip() if scheme.lower() == "bearer" else None, visitor="")


async def raw_body(request: Request) -> bytes:
    return await request.body()


async def headers(request: Request) -> Mapping[str, str]:
    return request.headers


CurrentContext = Annotated[Context, Depends(visit)]
"""A door's first argument. The router opens it, in the request's own thread, around the door."""

RawBody = Annotated[bytes, Depends(raw_body)]
"""The body as it came, for signatures."""


async def visitor_of(request: Request) -> str:
    return request.cookies.get(visitor_cookie(), "")


Headers = Annotated[Mapping[str, str], Depends(headers)]

Visitor = Annotated[str, Depends(visitor_of)]
"""The cookie by which a browser is known before anybody signed in; empty for one that never came to a page."""
