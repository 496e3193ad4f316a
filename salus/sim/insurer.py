"""`python -m salus.sim.insurer`: a health insurer that insures nobody and answers FHIR R4 eligibility requests.

Who is covered is told by how the member number ends, as test cards tell how a payment goes. All others are covered.
"""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from hmac import compare_digest
from typing import Annotated, Any
from uuid import uuid4

import typer
import uvicorn
from fastapi import Body, Depends, FastAPI, Header, HTTPException
from fastapi.responses import JSONResponse, Response

from salus.sim.faults import Faults, Knobs, Misbehave

LAPSED, EXCLUDED, ASKS_FIRST, UNKNOWN, TAKES_TIME = "0002", "0003", "0004", "0005", "0006"
"""Member numbers that end so: no longer insured; not for what was asked; only when the insurer agreed before; not known
here; answered only when asked a second time."""
FHIR_JSON = "application/fhir+json"
HUGE = 1_000_000
MESSAGE = Annotated[dict[str, Any], Body(media_type=FHIR_JSON)]


class Lie(StrEnum):
    """Answers that no honest insurer gives, and that come with status 200 all the same."""

    TYPE = "type"
    """It is another kind of resource."""
    PATIENT = "patient"
    """It is about somebody else."""
    REQUEST = "request"
    """It is about another request."""
    INSURER = "insurer"
    """It is another insurer's."""
    OUTCOME = "outcome"
    """Its outcome is a word that the standard does not know."""
    SHAPE = "shape"
    """`inforce` is neither true nor false."""
    NOT_JSON = "not-json"
    HALF = "half"
    """It ends in the middle."""
    HUGE = "huge"
    """It is a megabyte long."""


class InsurerKnobs(Knobs):
    refuse: bool = False
    """Nobody is covered for anything."""
    lie: Lie | None = None


def create_app(*, secret_key: str, seed: int | None = None) -> FastAPI:
    """An insurer of its own, which remembers nothing but whom it kept waiting."""
    faults, insurer = Faults(InsurerKnobs(), seed), Insurer()

    def require_key(authorization: Annotated[str, Header()] = "") -> None:
        if not compare_digest(authorization.encode(), f"Bearer {secret_key}".encode()):
            raise HTTPException(401)

    app = FastAPI(title="sim insurer", docs_url=None, redoc_url=None)
    app.add_middleware(Misbehave, faults=faults)
    app.add_api_route("/healthz", lambda: {"status": "ok"})

    # FastAPI reads a body as JSON under any media type that ends in json or +json.
    @app.post("/CoverageEligibilityRequest/$submit", dependencies=[Depends(require_key)])
    def submit(request: MESSAGE) -> Response:
        return _told(insurer.answer(request, faults.knobs), faults.knobs.lie)

    @app.get("/knobs", dependencies=[Depends(require_key)])
    def knobs() -> InsurerKnobs:
        return faults.knobs

    @app.put("/knobs", dependencies=[Depends(require_key)])
    def turn(knobs: InsurerKnobs) -> InsurerKnobs:
        faults.turn(knobs)
        return knobs

    return app


class Insurer:
    """Decides by the member number."""

    def __init__(self) -> None:
        self._kept_waiting: set[str] = set()

    def answer(self, request: dict[str, Any], knobs: InsurerKnobs) -> dict[str, Any]:
        """A CoverageEligibilityResponse. HTTPException 422 for what is not a CoverageEligibilityRequest."""
        try:
            if request["resourceType"] == "CoverageEligibilityRequest":
                return self._answer(request, knobs)
        except (KeyError, IndexError, TypeError) as error:
            raise HTTPException(422) from error
        raise HTTPException(422)

    def _answer(self, request: dict[str, Any], knobs: InsurerKnobs) -> dict[str, Any]:
        asked: str = request["identifier"][0]["value"]
        member: str = request["patient"]["identifier"]["value"]
        answer = _frame(request)
        if member.endswith(TAKES_TIME) and asked not in self._kept_waiting:
            self._kept_waiting.add(asked)
            return answer | {"outcome": "queued", "disposition": "We look it up."}
        if member.endswith(UNKNOWN):
            return answer | {"outcome": "error", "error": [{"code": {"text": "We know no such member."}}]}
        return answer | _decided(request, member, knobs)


def _frame(request: dict[str, Any]) -> dict[str, Any]:
    identifier = request["identifier"][0]
    return {
        "resourceType": "CoverageEligibilityResponse",
        "id": str(uuid4()),
        "status": "active",
        "purpose": request["purpose"],
        "patient": request["patient"],
        "servicedDate": request["servicedDate"],
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "request": {"type": "CoverageEligibilityRequest", "identifier": identifier},
        "insurer": request["insurer"],
    }


def _decided(request: dict[str, Any], member: str, knobs: InsurerKnobs) -> dict[str, Any]:
    in_force = not (knobs.refuse or member.endswith(LAPSED))
    excluded = member.endswith(EXCLUDED)
    item = {
        "category": request["item"][0]["category"],
        "excluded": excluded,
        "authorizationRequired": member.endswith(ASKS_FIRST),
    }
    words = "This is not part of the plan." if excluded else "The plan covers this."
    return {
        "outcome": "complete",
        "disposition": words if in_force else "The plan is not in force on this day.",
        "insurance": [
            {
                "coverage": request["insurance"][0]["coverage"],
                "inforce": in_force,
                **({"item": [item]} if in_force else {}),
            }
        ],
    }


def _told(answer: dict[str, Any], lie: Lie | None) -> Response:
    match lie:
        case Lie.TYPE:
            answer = answer | {"resourceType": "CoverageEligibilityRequest"}
        case Lie.PATIENT:
            answer = answer | {"patient": {"identifier": {"value": "somebody else's"}}}
        case Lie.REQUEST:
            answer = answer | {"request": {"identifier": {"value": str(uuid4())}}}
        case Lie.INSURER:
            answer = answer | {"insurer": {"identifier": {"value": "another"}}}
        case Lie.OUTCOME:
            answer = answer | {"outcome": "fine"}
        case Lie.SHAPE:
            answer = answer | {"insurance": [{"inforce": "certainly"}]}
        case Lie.HUGE:
            answer = answer | {"disposition": "x" * HUGE}
    response = JSONResponse(answer, media_type=FHIR_JSON)
    if lie is Lie.NOT_JSON:
        return Response("<html>Welcome to our portal</html>", media_type="text/html")
    if lie is Lie.HALF:
        return Response(bytes(response.body)[: len(response.body) // 2], media_type=FHIR_JSON)
    return response


def main(
    *,
    secret: Annotated[str, typer.Option(envvar="SALUS_INSURER_KEY", help="The key that callers must show.")],
    host: Annotated[str, typer.Option(help="The interface it listens on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port it listens on.")] = 8020,
    seed: Annotated[int | None, typer.Option(help="Make chance the same in every run.")] = None,
) -> None:
    """A health insurer that insures nobody."""
    # An answer held back by a knob must not hold up the stop as well.
    uvicorn.run(
        create_app(secret_key=secret, seed=seed),
        host=host,
        port=port,
        log_level="warning",
        timeout_graceful_shutdown=2,
    )


if __name__ == "__main__":
    typer.run(main)
