"""How the doors of the protocol answer."""

from collections.abc import Mapping

from pydantic import BaseModel
from starlette.responses import JSONResponse

from salus.kernel.errors import NotAllowed, Refusal, SignInNeeded, Unavailable
from salus.shared.oauth.rules.refusals import InvalidClient, InvalidRequest, OAuthRefusal
from salus.shared.oauth.rules.tokens import JWKS_MAY_BE_KEPT_S
from salus.web.refusals import retry_headers

CHALLENGE = {"www-authenticate": 'Basic realm="Salus", charset="UTF-8"'}


def refuse(refusal: Refusal, correlation_id: str, errors: Mapping[str, str]) -> JSONResponse:
    """A refusal as RFC 6749, section 5.2 and RFC 6750, section 3.1 write it."""
    headers = retry_headers(refusal)
    if isinstance(refusal, InvalidClient):
        headers |= CHALLENGE
    elif isinstance(refusal, SignInNeeded):
        headers["www-authenticate"] = 'Bearer error="invalid_token"'
    status = 400 if refusal.status == 422 else refusal.status
    body = {"error": _code(refusal), "error_description": refusal.message, "correlation_id": correlation_id}
    if errors:
        body["error_description"] = "; ".join(f"{field}: {words}" for field, words in errors.items())
    return JSONResponse(body, status, headers)


def told(shape: BaseModel) -> JSONResponse:
    """An answer of the protocol, without what it does not say."""
    return JSONResponse(shape.model_dump(exclude_none=True))


def published(document: Mapping[str, object]) -> JSONResponse:
    """What is everybody's to read, and to keep for a little."""
    return JSONResponse(document, headers={"cache-control": f"public, max-age={JWKS_MAY_BE_KEPT_S}"})


def _code(refusal: Refusal) -> str:
    if isinstance(refusal, OAuthRefusal):
        return refusal.error
    if isinstance(refusal, SignInNeeded):
        return "invalid_token"
    if isinstance(refusal, NotAllowed):
        return "insufficient_scope"
    if isinstance(refusal, Unavailable):
        return "temporarily_unavailable"
    return "server_error" if refusal.status >= 500 else InvalidRequest.error
