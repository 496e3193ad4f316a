"""Cookies, forged requests, security headers and limits: what every request passes and every answer carries."""

import hashlib
import hmac
import ipaddress
import secrets
from collections.abc import Mapping
from functools import lru_cache
from threading import Lock
from time import monotonic
from urllib.parse import quote, urlsplit

from anyio.to_thread import current_default_thread_limiter
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from salus.kernel.errors import Refusal, TooMany, Unavailable
from salus.kernel.settings import settings

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
SESSION_SECONDS = 12 * 60 * 60
SAID_SECONDS = 20
DEFAULT_LIMIT = ""
"""The limit of doors that name none: what the operator set."""
WINDOWS = {"second": 1, "minute": 60, "hour": 3600}
MOST_COUNTED = 100_000
# The library `limits` starts a timer thread for half of all requests (measured: 0.6 of 1.5 ms), so the counts are ours.
_counts: dict[tuple[str, ...], tuple[float, int]] = {}
_counting = Lock()
MOST_WAITING = 64
"""Requests that may wait for a thread of this process. With those at work they are answered within about a second."""


class ForgedRequest(Refusal):
    status = 403
    message = (
        "This form came from another page or was open for too long. Please go back, reload the page and try again."
    )


class Crowded(Unavailable):
    message = "Very many are asking at this moment. Nothing was lost. Please try again in a few seconds."
    retry_after_s = 3


def session_cookie() -> str:
    """`__Host-` binds the cookie to this host and to HTTPS; plain HTTP on a developer's machine cannot have it."""
    return "__Host-sid" if _is_https() else "sid"


def visitor_cookie() -> str:
    return "__Host-visitor" if _is_https() else "visitor"


def set_session_cookie(response: Response, token: str) -> None:
    _set_cookie(response, session_cookie(), token, seconds=SESSION_SECONDS)


def clear_session_cookie(response: Response) -> None:
    response.headers["clear-site-data"] = '"cache", "storage"'
    _delete_cookie(response, session_cookie())


def set_visitor_cookie(response: Response, value: str) -> None:
    _set_cookie(response, visitor_cookie(), value, seconds=SESSION_SECONDS)


def said_cookie() -> str:
    return "__Host-said" if _is_https() else "said"


def set_said_cookie(response: Response, words: str) -> None:
    """What the next page tells once: about what was done, and never a secret."""
    _set_cookie(response, said_cookie(), quote(words), seconds=SAID_SECONDS)


def clear_said_cookie(response: Response) -> None:
    _delete_cookie(response, said_cookie())


def new_visitor() -> str:
    return secrets.token_urlsafe(32)


def csrf_token(visitor: str, session_token: str | None) -> str:
    """The token every form carries: bound to this browser and to its session, so nobody else's will do."""
    bound = f"{visitor}|{session_token or ''}".encode()
    return hmac.new(_csrf_key(), bound, hashlib.sha256).hexdigest()


def refuse_forgery(request: Request, given: str | None) -> None:
    """Raises ForgedRequest unless an unsafe request comes from our own pages and carries this visitor's token."""
    if request.method in SAFE_METHODS:
        return
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    if site is not None and site not in {"same-origin", "none"}:
        raise ForgedRequest
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        raise ForgedRequest
    expected = csrf_token(request.cookies.get(visitor_cookie(), ""), request.cookies.get(session_cookie()))
    if not given or not hmac.compare_digest(given.encode(), expected.encode()):
        raise ForgedRequest


@lru_cache(maxsize=10_000)
def network_of(address: str | None) -> str | None:
    """The prefix of an address that a record may hold: /24 of IPv4, /48 of IPv6."""
    try:
        parsed = ipaddress.ip_address(address or "")
    except ValueError:
        return None
    prefix = 24 if parsed.version == 4 else 48
    return str(ipaddress.ip_network(f"{parsed}/{prefix}", strict=False))


def refuse_too_many(limit: str, *who: str) -> None:
    """Raises TooMany when `who` asked more often than `limit` ("60/minute") allows, counted in this process.

    A fixed window. What must hold whatever the number of processes (sign-in, codes) is counted in the database.
    """
    allowed, seconds = _limit(limit or settings().request_limit)
    now = monotonic()
    with _counting:
        if len(_counts) > MOST_COUNTED:
            _forget_past_windows(now)
        ends_at, count = _counts.get((limit, *who), (0.0, 0))
        if ends_at <= now:
            ends_at, count = now + seconds, 0
        _counts[limit, *who] = (ends_at, count + 1)
    if count >= allowed:
        raise TooMany(retry_after_s=max(1, round(ends_at - now)))


def refuse_crowd() -> None:
    """Raises Crowded while too many wait for a thread: an answer now is worth more to them than one in a minute."""
    if current_default_thread_limiter().statistics().tasks_waiting >= MOST_WAITING:
        raise Crowded


def _forget_past_windows(now: float) -> None:
    for key in [key for key, (ends_at, _) in _counts.items() if ends_at <= now]:
        del _counts[key]


@lru_cache(maxsize=100)
def _limit(written: str) -> tuple[int, int]:
    count, _, window = written.partition("/")
    return int(count), WINDOWS[window]


def content_security_policy(form_leads_to: str = "") -> str:
    """The policy of a page whose forms lead to us, to the gateway and to one place more."""
    # Chromium checks the address a form redirects to as well, so the gateway's checkout page must be named.
    gateway = "{0.scheme}://{0.netloc}".format(urlsplit(settings().gateway_url))
    forms = f"'self' {gateway} {form_leads_to}".strip()
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        "object-src 'none'; "
        f"connect-src 'self'; manifest-src 'self'; form-action {forms}; "
        "frame-ancestors 'none'; base-uri 'none'"
    )


class SecurityHeaders:
    """Adds the headers of every answer (OWASP ASVS 5.0 V3.4), as plain ASGI because a middleware class costs a task."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.headers: Mapping[str, str] = {
            "content-security-policy": content_security_policy(),
            "x-content-type-options": "nosniff",
            "referrer-policy": "same-origin",
            "cross-origin-opener-policy": "same-origin",
            "cross-origin-resource-policy": "same-origin",
            "permissions-policy": "camera=(), geolocation=(), microphone=(), interest-cohort=()",
            **({"strict-transport-security": "max-age=31536000; includeSubDomains"} if _is_https() else {}),
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    headers.setdefault(name, value)
                if not scope.get("path", "").startswith("/static/"):
                    headers.setdefault("cache-control", "no-store")
            await send(message)

        await self.app(scope, receive, send_with_headers if scope["type"] == "http" else send)


def _set_cookie(response: Response, name: str, value: str, *, seconds: int) -> None:
    response.set_cookie(name, value, max_age=seconds, path="/", secure=_is_https(), httponly=True, samesite="lax")


def _delete_cookie(response: Response, name: str) -> None:
    response.delete_cookie(name, path="/", secure=_is_https(), httponly=True, samesite="lax")


def _is_https() -> bool:
    return settings().url.startswith("https://")


@lru_cache(maxsize=1)
def _csrf_key() -> bytes:
    return hmac.new(bytes.fromhex(settings().secret("master_key")), b"csrf", hashlib.sha256).digest()
