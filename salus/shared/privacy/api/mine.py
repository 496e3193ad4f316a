"""One's own data as an API."""

from collections.abc import Sequence
from uuid import UUID

from starlette.responses import Response

from salus.shared.privacy.actions import copies as copy_actions
from salus.shared.privacy.actions import erasures as erasure_actions
from salus.shared.privacy.models import Copy, Erasure
from salus.shared.privacy.queries import copies, erasures, holdings
from salus.shared.privacy.queries.copies import Recipient
from salus.shared.privacy.queries.holdings import Holding
from salus.shared.privacy.schemas import (
    CopyRead,
    ErasureAsked,
    ErasureRead,
    HoldingRead,
    ObstaclesRead,
    ProgressRead,
    Proof,
    RecipientRead,
)
from salus.web.doors import Api, CurrentContext, stream

api = Api("/privacy")


@api.get("/holdings", operation=holdings.my_holdings, answer=list[HoldingRead])
def my_holdings(ctx: CurrentContext) -> list[Holding]:
    return holdings.my_holdings(ctx)


@api.get("/recipients", operation=copies.my_recipients, answer=list[RecipientRead])
def my_recipients(ctx: CurrentContext) -> list[Recipient]:
    return copies.my_recipients(ctx)


@api.get("/copies", operation=copies.my_copies, answer=list[CopyRead])
def my_copies(ctx: CurrentContext) -> Sequence[Copy]:
    return copies.my_copies(ctx)


@api.post("/copies", operation=copy_actions.ask_copy, answer=CopyRead, status=201)
def ask_copy(ctx: CurrentContext) -> Copy:
    return copy_actions.ask_copy(ctx)


@api.get("/copies/{copy_id}", operation=copies.my_copy, answer=CopyRead)
def my_copy(ctx: CurrentContext, copy_id: UUID) -> Copy:
    return copies.my_copy(ctx, copy_id)


@api.get("/copies/{copy_id}/progress", operation=copies.copy_progress, answer=ProgressRead)
def copy_progress(ctx: CurrentContext, copy_id: UUID) -> object:
    return copies.copy_progress(ctx, copy_id)


@api.post("/copies/{copy_id}/content", operation=copy_actions.fetch_copy, produces=copy_actions.ZIP)
def fetch_copy(ctx: CurrentContext, copy_id: UUID, proof: Proof) -> Response:
    copy = copies.my_copy(ctx, copy_id)
    content = copy_actions.fetch_copy(ctx, copy, current_password=proof.current_password)
    return stream(content, name=f"salus-{copy.created_at:%Y-%m-%d}.zip", media_type=copy_actions.ZIP, size=copy.size)


@api.get("/erasure", operation=erasures.my_erasure, answer=ErasureRead | None)
def my_erasure(ctx: CurrentContext) -> Erasure | None:
    return erasures.my_erasure(ctx)


@api.get("/erasure/obstacles", operation=erasures.my_obstacles, answer=ObstaclesRead)
def my_obstacles(ctx: CurrentContext) -> ObstaclesRead:
    return ObstaclesRead(obstacles=erasures.my_obstacles(ctx))


@api.post("/erasure", operation=erasure_actions.ask_erasure, answer=ErasureRead, status=201)
def ask_erasure(ctx: CurrentContext, asked: ErasureAsked) -> Erasure:
    return erasure_actions.ask_erasure(ctx, confirmation=asked.confirmation, current_password=asked.current_password)


@api.post("/erasures/{erasure_id}/cancellation", operation=erasure_actions.cancel_erasure, answer=ErasureRead)
def cancel_erasure(ctx: CurrentContext, erasure_id: UUID) -> Erasure:
    return erasure_actions.cancel_erasure(ctx, erasures.one_of_mine(ctx, erasure_id))
