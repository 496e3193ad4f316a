"""How each door says no: a page for people, problem+json (RFC 9457) for programs."""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel
from starlette.responses import JSONResponse

from salus.kernel.errors import FreshFactorNeeded, Refusal, ScopeMissing

WORDS = {
    "missing": "Enter this.",
    "string_too_short": "Use at least {min_length} characters.",
    "string_too_long": "Use at most {max_length} characters.",
    "too_short": "Choose at least {min_length}.",
    "too_long": "Choose at most {max_length}.",
    "greater_than": "Enter a number above {gt}.",
    "greater_than_equal": "Enter {ge} or more.",
    "less_than": "Enter a number below {lt}.",
    "less_than_equal": "Enter {le} or less.",
    "int_parsing": "Enter a whole number, like 12.",
    "int_from_float": "Enter a whole number, like 12.",
    "float_parsing": "Enter a number, like 12.5.",
    "decimal_parsing": "Enter a number, like 12.50.",
    "decimal_max_places": "Use at most {decimal_places} digits after the point.",
    "date_from_datetime_parsing": "Enter a date, like 2026-11-24.",
    "date_parsing": "Enter a date, like 2026-11-24.",
    "datetime_from_date_parsing": "Enter a date and time, like 2026-11-24T14:05Z.",
    "uuid_parsing": "This is not an id of ours.",
    "bool_parsing": "Answer yes or no.",
    "enum": "Choose one of: {expected}.",
    "literal_error": "Choose one of: {expected}.",
    "extra_forbidden": "This field is not known here.",
    "value_error": "{error}",
    "json_invalid": "The body is not valid JSON.",
}
"""What each kind of Pydantic error is called towards people. The value itself is never repeated."""

TITLES = {
    401: "Please sign in",
    403: "This is not open to you",
    404: "Nothing to see here",
    405: "This address takes something else",
    409: "That did not go through",
    410: "This is gone for good",
    413: "That is too large",
    422: "Please check what you entered",
    429: "Please slow down a little",
    500: "Something broke on our side",
    503: "We cannot reach a service we need",
}


class FieldProblem(BaseModel):
    field: str
    message: str


class Problem(BaseModel):
    """A refusal as RFC 9457 problem details."""

    type: str
    title: str
    status: int
    detail: str
    correlation_id: str
    errors: list[FieldProblem] = []


class InternalError(Refusal):
    status = 500
    message = "This is our mistake, not yours. Nothing of what you entered was kept. We have been told."


def field_errors(errors: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Messages by field, from the errors of a validation. The first of a field counts."""
    found: dict[str, str] = {}
    for error in errors:
        # The first part says where it came from: body, query or path. A field may be called so as well.
        place = [str(part) for part in error["loc"][1:]]
        found.setdefault(".".join(place), _words(error))
    return found


def problem(refusal: Refusal, correlation_id: str, errors: Mapping[str, str] | None = None) -> JSONResponse:
    """The answer to a program. `type` names the refusal for good; `detail` is the sentence a person would see."""
    told = dict(errors or ({refusal.field: refusal.message} if refusal.field else {}))
    body = Problem(
        type=f"urn:salus:refusal:{refusal.code}",
        title=HTTPStatus(refusal.status).phrase,
        status=refusal.status,
        detail=refusal.message,
        correlation_id=correlation_id,
        errors=[FieldProblem(field=name, message=message) for name, message in told.items()],
    )
    return JSONResponse(body.model_dump(), refusal.status, retry_headers(refusal), "application/problem+json")


def retry_headers(refusal: Refusal) -> dict[str, str]:
    seconds = getattr(refusal, "retry_after_s", None)
    headers = {"retry-after": str(seconds)} if seconds else {}
    if isinstance(refusal, FreshFactorNeeded):
        headers["www-authenticate"] = f'Bearer error="insufficient_user_authentication", max_age={refusal.max_age_s}'
    elif isinstance(refusal, ScopeMissing):
        headers["www-authenticate"] = 'Bearer error="insufficient_scope"'
    elif refusal.status == HTTPStatus.UNAUTHORIZED:
        headers["www-authenticate"] = "Bearer"
    return headers


def _words(error: Mapping[str, Any]) -> str:
    template = WORDS.get(error["type"], "Please check this.")
    try:
        return template.format(**error.get("ctx", {}))
    except KeyError:
        return "Please check this."
