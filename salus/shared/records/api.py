"""Records, their log and who looked, as an API."""

from typing import Annotated
from uuid import UUID

from fastapi import Query
from starlette.responses import Response

from salus.shared.records import actions, queries
from salus.shared.records.schemas import (
    MEDIA_TYPES,
    Export,
    LogRead,
    LooksQuery,
    LooksRead,
    ProofRead,
    Sought,
    StoryRead,
    TrailRead,
    VerificationRead,
)
from salus.shared.records.verification import Verification
from salus.web.doors import Api, CurrentContext, download

api = Api("/records")


@api.get("", operation=queries.records, answer=TrailRead)
def records(ctx: CurrentContext, sought: Annotated[Sought, Query()]) -> queries.Trail:
    return queries.records(ctx, sought)


@api.get("/export", operation=queries.export, produces="*/*")
def export(ctx: CurrentContext, sought: Annotated[Export, Query()]) -> Response:
    content = queries.export(ctx, sought)
    return download(content.encode(), name=f"records.{sought.form}", media_type=MEDIA_TYPES[sought.form])


@api.get("/log", operation=queries.log, answer=LogRead)
def log(ctx: CurrentContext) -> queries.Log:
    return queries.log(ctx)


@api.post("/log/verification", operation=actions.verify, answer=VerificationRead)
def verify(ctx: CurrentContext) -> Verification:
    return actions.verify(ctx)


@api.get("/who-looked", operation=queries.who_looked, answer=LooksRead)
def who_looked(ctx: CurrentContext, asked: Annotated[LooksQuery, Query()]) -> queries.Looks:
    return queries.who_looked(ctx, own=asked.own, salus=asked.salus, before=asked.before)


@api.get("/{record_id}", operation=queries.record, answer=StoryRead)
def record(ctx: CurrentContext, record_id: UUID) -> queries.Story:
    return queries.record(ctx, record_id)


@api.get("/{record_id}/proof", operation=queries.proof, answer=ProofRead)
def proof(ctx: CurrentContext, record_id: UUID) -> queries.Proof:
    return queries.proof(ctx, record_id)
