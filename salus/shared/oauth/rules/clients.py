"""Programs: where they may be answered, and how they prove that they are themselves."""

import re
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import SplitResult, urlencode, urlsplit, urlunsplit

SECRET_OVERLAP = timedelta(hours=24)
"""How long a secret is still good after another took its place."""
PRIVATE_SCHEME = re.compile(r"[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+")
"""A scheme of an app's own is a domain name of its maker, turned around (RFC 8252, section 7.1)."""
LOOPBACK = frozenset({"127.0.0.1", "::1"})
"""By number: a name could be made to lead elsewhere (RFC 8252, section 8.3)."""


@dataclass(frozen=True)
class Credentials:
    """How a program says who it is: with its secret, or (a public one) with its id alone."""

    client_id: str
    secret: str | None = field(default=None, repr=False)


def is_redirect_uri(uri: str) -> bool:
    """Whether an answer may be sent there: over TLS, to this machine, or to an app by a scheme of its own."""
    parts = _split(uri)
    if (
        parts is None
        or not (uri.isascii() and uri.isprintable())
        or set(uri) & set(' "<>\\^`{|}#')
        or "@" in parts.netloc
    ):
        return False
    if parts.scheme == "https":
        return bool(parts.hostname)
    return _is_loopback(parts) or PRIVATE_SCHEME.fullmatch(parts.scheme) is not None


def is_registered(uri: str, registered: list[str]) -> bool:
    """Whether the address is exactly one of these; on this machine at whatever port (RFC 8252, section 7.3)."""
    return uri in registered or _without_port(uri) in {_without_port(one) for one in registered} - {None}


def answer_address(uri: str, *, state: str, iss: str, **answer: str) -> str:
    """Where the browser takes the answer to a program; it names who answers (RFC 9207)."""
    parts = urlsplit(uri)
    told = urlencode({**answer, **({"state": state} if state else {}), "iss": iss})
    return urlunsplit(parts._replace(query=f"{parts.query}&{told}" if parts.query else told))


def form_target(uri: str) -> str:
    """What a content security policy must allow so that a form may lead to this address."""
    parts = urlsplit(uri)
    # A policy cannot name an address of IPv6 (CSP Level 3, section 2.3.1), and an app's scheme has no host.
    if parts.scheme not in {"http", "https"} or ":" in (parts.hostname or ""):
        return f"{parts.scheme}:"
    return f"{parts.scheme}://{parts.netloc}"


def _split(uri: str) -> SplitResult | None:
    try:
        parts = urlsplit(uri)
        _ = parts.port
    except ValueError:
        return None
    return parts


def _is_loopback(parts: SplitResult) -> bool:
    return parts.scheme == "http" and parts.hostname in LOOPBACK


def _without_port(uri: str) -> str | None:
    """The address without its port, if it is one of this machine."""
    parts = _split(uri)
    if parts is None or not _is_loopback(parts):
        return None
    return parts._replace(netloc=f"[{parts.hostname}]").geturl()
