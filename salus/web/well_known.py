"""Addresses that people and programs look for by rule (RFC 8615). They touch nobody's data."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse

from salus.kernel.settings import settings
from salus.kernel.tenants import tenants

HOLDS = timedelta(days=180)
"""How long what `security.txt` says may be relied on; RFC 9116 asks for less than a year."""


def add_to(app: FastAPI) -> None:
    """Serve `security.txt` (RFC 9116) and the way to a new password, which password managers follow."""

    @app.get("/.well-known/security.txt", include_in_schema=False)
    def security_txt(request: Request) -> PlainTextResponse:
        here = _home(request)
        contacts = [*settings().security_contact, f"{here}/report"]
        return PlainTextResponse(
            "".join(f"Contact: {contact}\n" for contact in contacts)
            + f"Expires: {datetime.now(UTC) + HOLDS:%Y-%m-%d}T00:00:00Z\n"
            f"Canonical: {here}{request.url.path}\n"
            f"Policy: {here}/disclosure\n"
            "Preferred-Languages: en\n"
        )

    @app.get("/.well-known/change-password", include_in_schema=False)
    def change_password() -> RedirectResponse:
        return RedirectResponse("/account/security", status_code=303)


def _home(request: Request) -> str:
    """The address of the tenant that was asked.

    Any other host that a request names may be forged, and a cache would then send reports to whoever forged it.
    """
    is_ours = any(request.url.hostname in tenant.hosts for tenant in tenants())
    return urlsplit(settings().url)._replace(netloc=request.url.netloc).geturl() if is_ours else settings().url
