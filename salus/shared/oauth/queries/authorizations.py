"""What a program asks of a person, and what comes next."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote, urlsplit
from uuid import UUID

from sqlalchemy import select

from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.operations import query
from salus.kernel.tenants import tenant_named
from salus.shared.oauth.models import Client, ClientKind, Permission
from salus.shared.oauth.rules import clients, scopes, tokens
from salus.shared.oauth.rules.refusals import UnknownAddress, UnknownProgram
from salus.shared.oauth.schemas.protocol import AuthorizationRequest
from salus.shared.people import queries as people

JUST_NOW = timedelta(seconds=60)
"""How long somebody who must sign in anew has for the way back to the program's question."""


@dataclass(frozen=True)
class Authorization:
    """A request that is in order, or the address where the browser must go instead."""

    request: AuthorizationRequest
    client: Client
    authenticated_at: datetime | None = None
    leads_to: str | None = None
    is_allowed_already: bool = False

    @property
    def scopes(self) -> list[str]:
        return sorted(self.request.words("scope"))

    @property
    def destination(self) -> str:
        """Where the answer goes, as a person can recognise it."""
        parts = urlsplit(self.request.redirect_uri)
        return f"{parts.hostname}" if parts.scheme == "https" else "An app on this device"

    @property
    def asks_for(self) -> list[str]:
        """The scopes in words."""
        return scopes.in_words(self.scopes)


@query(roles={Role.ANYONE})
def authorization(ctx: Context, request: AuthorizationRequest) -> Authorization:
    """What a program asks for, and whether the person must sign in, be asked, or be sent back.

    Raises UnknownProgram or UnknownAddress, which are shown to the person. Every other mistake is the program's to
    hear.
    """
    client = _client(ctx, request)
    wrong = _what_is_wrong(request, client)
    if wrong is not None:
        return _back(ctx, request, client, error=wrong[0], error_description=wrong[1])
    is_silent = "none" in request.words("prompt")
    since = _authenticated_at(ctx)
    way_in = _way_in(ctx, request, since)
    if way_in is not None:
        if is_silent:
            return _back(ctx, request, client, error="login_required")
        return Authorization(request, client, leads_to=way_in)
    is_allowed = _is_allowed_already(ctx, request, client)
    if is_silent and not is_allowed:
        return _back(ctx, request, client, error="consent_required")
    return Authorization(request, client, authenticated_at=since, is_allowed_already=is_allowed)


def _client(ctx: Context, request: AuthorizationRequest) -> Client:
    try:
        found = ctx.db.get(Client, UUID(request.client_id))
    except ValueError as error:
        raise UnknownProgram from error
    if found is None or found.ended_at is not None:
        raise UnknownProgram
    if not clients.is_registered(request.redirect_uri, found.redirect_uris):
        raise UnknownAddress
    return found


def _what_is_wrong(request: AuthorizationRequest, client: Client) -> tuple[str, str] | None:
    """OAuth's code for the first mistake and a sentence for the program's maker (RFC 6749, section 4.1.2.1)."""
    asked, prompts = request.words("scope"), request.words("prompt")
    mistakes = [
        (request.request, "request_not_supported", "Signed requests are not understood."),
        (request.request_uri, "request_uri_not_supported", "Requests by reference are not understood."),
        (request.response_type != "code", "unsupported_response_type", "The only response_type is code."),
        (request.response_mode not in {"", "query"}, "invalid_request", "The only response_mode is query."),
        (
            request.code_challenge_method != "S256" or not tokens.CHALLENGE.fullmatch(request.code_challenge),
            "invalid_request",
            "PKCE is needed: a code_challenge with the code_challenge_method S256.",
        ),
        (not asked, "invalid_scope", "Ask for at least one scope."),
        (
            not scopes.are_within(asked, client.scopes),
            "invalid_scope",
            "The program is not registered for all of these scopes.",
        ),
        (not scopes.fit(asked, alone=False), "invalid_scope", "Scopes of system/ are for programs that act alone."),
        ("none" in prompts and len(prompts) > 1, "invalid_request", "prompt=none goes with nothing else."),
        (request.max_age and not request.max_age.isdecimal(), "invalid_request", "max_age is a number of seconds."),
    ]
    return next(((error, description) for is_wrong, error, description in mistakes if is_wrong), None)


def _authenticated_at(ctx: Context) -> datetime | None:
    """When whoever is signed in last proved who they are; None for nobody."""
    if ctx.actor.id is None or ctx.actor.session_id is None:
        return None
    began = people.session(ctx, ctx.actor.session_id).created_at
    return max(began, ctx.actor.factor_at or began)


def _way_in(ctx: Context, request: AuthorizationRequest, since: datetime | None) -> str | None:
    """Where the person proves (anew) who they are, if the program wants it; from there they come back here."""
    if since is None:
        return f"/sign-in?next={quote(request.address, safe='')}"
    wanted = request.words("acr_values")
    lacks_factor = ctx.actor.factor_at is None and tokens.TWO_FACTORS in wanted and tokens.ONE_FACTOR not in wanted
    if not lacks_factor and not _is_too_long_ago(ctx, request, since):
        return None
    page = "/confirm" if lacks_factor or ctx.actor.factor_at is not None else "/sign-in"
    return f"{page}?next={quote(request.address, safe='')}"


def _is_too_long_ago(ctx: Context, request: AuthorizationRequest, since: datetime) -> bool:
    longest = timedelta(seconds=min(int(request.max_age), 10**9)) if request.max_age else None
    if "login" in request.words("prompt"):
        longest = JUST_NOW
    return longest is not None and ctx.now - since > max(longest, JUST_NOW)


def _is_allowed_already(ctx: Context, request: AuthorizationRequest, client: Client) -> bool:
    """Whether the person allowed all of it before, and it is certain that the same program asks again.

    An app on a device proves nothing by its id, and another could take its scheme or its port (RFC 8252, section 8.6).
    """
    is_certain = client.kind == ClientKind.CONFIDENTIAL or request.redirect_uri.startswith("https://")
    if not is_certain or "consent" in request.words("prompt"):
        return False
    held = select(Permission.scopes).where(
        Permission.person_id == ctx.actor.person_id, Permission.client_id == client.id, Permission.ended_at.is_(None)
    )
    return scopes.are_within(request.words("scope"), ctx.db.scalars(held).one_or_none() or [])


def _back(ctx: Context, request: AuthorizationRequest, client: Client, **answer: str) -> Authorization:
    issuer = tokens.issuer_of(tenant_named(ctx.tenant_id))
    address = clients.answer_address(request.redirect_uri, state=request.state, iss=issuer, **answer)
    return Authorization(request, client, leads_to=address)
