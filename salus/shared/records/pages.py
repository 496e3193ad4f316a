"""What was done, for administrators; who looked, for everyone; and whether the log is whole."""

from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Query
from starlette.responses import Response

from salus.kernel.actor import Role
from salus.kernel.operations import OPERATIONS
from salus.shared.records import actions, queries
from salus.shared.records.schemas import MEDIA_TYPES, Export, LooksQuery, Sought
from salus.web.doors import CurrentContext, Page, Pages, download

pages = Pages()
pages.menu("Who looked", "/who-looked", roles={Role.PERSON}, place=60)
pages.menu("Records", "/records", roles={Role.ADMINISTRATOR}, place=70)


@pages.get("/records", operation=queries.records)
def records(ctx: CurrentContext, sought: Annotated[Sought, Query()]) -> Page:
    lag_s = queries.sealing_lag(ctx)
    filters = sought.model_dump(mode="json", exclude_none=True, exclude={"before"})
    return Page(
        "records/records.html",
        sought=sought,
        address=urlencode(filters),
        trail=queries.records(ctx, sought),
        lag_s=lag_s,
        is_late=lag_s > queries.ALARMING_LAG_S,
        operations=sorted(OPERATIONS),
    )


@pages.get("/records/export", operation=queries.export)
def export(ctx: CurrentContext, sought: Annotated[Export, Query()]) -> Response:
    content = queries.export(ctx, sought)
    return download(content.encode(), name=f"records.{sought.form}", media_type=MEDIA_TYPES[sought.form])


@pages.get("/records/log", operation=queries.log)
def log(ctx: CurrentContext) -> Page:
    return Page("records/log.html", log=queries.log(ctx))


@pages.post("/records/log/verification", operation=actions.verify, again=log)
def verify(ctx: CurrentContext) -> Page:
    return Page("records/verification.html", found=actions.verify(ctx))


@pages.get("/records/{record_id}", operation=queries.record)
def record(ctx: CurrentContext, record_id: UUID) -> Page:
    return Page("records/record.html", story=queries.record(ctx, record_id))


@pages.get("/records/{record_id}/proof.txt", operation=queries.proof)
def proof(ctx: CurrentContext, record_id: UUID) -> Response:
    found = queries.proof(ctx, record_id)
    return download(found.text.encode(), name=f"{record_id}.tlog-proof", media_type="text/plain")


@pages.get("/records/{record_id}/record.json", operation=queries.proof)
def entry(ctx: CurrentContext, record_id: UUID) -> Response:
    found = queries.proof(ctx, record_id)
    return download(found.entry.encode(), name=f"{record_id}.json", media_type="application/json")


@pages.get("/who-looked", operation=queries.who_looked)
def who_looked(ctx: CurrentContext, asked: Annotated[LooksQuery, Query()]) -> Page:
    found = queries.who_looked(ctx, own=asked.own, salus=asked.salus, before=asked.before)
    return Page("records/who_looked.html", found=found, asked=asked)
