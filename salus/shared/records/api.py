"""Records, their log and who looked, as an API."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query
from starlette.responses import Response

from salus.shared.records import actions, queries
from salus.shared.records.schemas import (
    LogRead,
    LooksQuery,
    LooksRead,
    ProofRead,
    SoughtQuery,
    StoryRead,
    TrailRead,
    VerificationRead,
)
from salus.shared.records.verification import Verification
from salus.web.doors import Api, CurrentContext, download

MEDIA_TYPES = {"csv": "text/csv", "json": "application/json"}

api = Api("/records")


@api.get("", operation=queries.records, answer=TrailRead)
def records(ctx: CurrentContext, sought: Annotated[SoughtQuery, Query()]) -> queries.Trail:
    return queries.records(ctx, sought.sought())


@api.get("/export/{form}", operation=queries.export)
def export(ctx: CurrentContext, form: Literal["csv", "json"], sought: Annotated[SoughtQuery, Query()]) -> Response:
    content = queries.export(ctx, sought.sought(), form)
    return download(content.encode(), name=f"records.{form}", media_type=MEDIA_TYPES[form])


@api.get("/log", operation=queries.log, answer=LogRead)
def log(ctx: CurrentContext) -> queries.Log:
    return queries.log(ctx)


@api.post("/log/verification", operation=actions.verify, answer=VerificationRead)
def verify(ctx: CurrentContext) -> Verification:
    return actions.verify(ctx)


@api.get("/who-looked", operation=queries.who_looked, answer=LooksRead)
def who_looked(ctx: CurrentContext, asked: Annotated[LooksQuery, Query()]) -> queries.Looks:
    return queries.who_looked(ctx, own=asked.own, before=asked.before)


@api.get("/{record_id}", operation=queries.record, answer=StoryRead)
def record(ctx: CurrentContext, record_id: UUID) -> queries.Story:
    return queries.record(ctx, record_id)


@api.get("/{record_id}/proof", operation=queries.proof, answer=ProofRead)
def proof(ctx: CurrentContext, record_id: UUID) -> queries.Proof:
    return queries.proof(ctx, record_id)
