"""Your data and privacy: what is kept, who had it, a copy of it, and an end to it."""

from typing import Annotated
from uuid import UUID

from fastapi import Form
from starlette.responses import Response

from salus.shared.people import queries as people
from salus.shared.privacy.actions import copies as copy_actions
from salus.shared.privacy.actions import erasures as erasure_actions
from salus.shared.privacy.pages.doors import pages
from salus.shared.privacy.queries import copies, erasures, holdings, processing, retention
from salus.shared.privacy.rules import CONFIRMATION
from salus.shared.privacy.schemas import ErasureAsked, Proof
from salus.web.doors import CurrentContext, Page, go, stream

HERE = "/account/privacy"
pages.account("Your data and privacy", HERE, place=60)


@pages.get(HERE, operation=holdings.my_holdings)
def privacy(ctx: CurrentContext) -> Page:
    return Page(
        "privacy/mine.html",
        holdings=holdings.my_holdings(ctx),
        recipients=copies.my_recipients(ctx),
        copies=copies.my_copies(ctx),
        erasure=erasures.my_erasure(ctx),
        has_second_factor=people.me(ctx).has_second_factor,
    )


@pages.get(f"{HERE}/use", operation=processing.activities)
def use(ctx: CurrentContext) -> Page:
    return Page("privacy/use.html", activities=processing.activities(ctx), periods=retention.periods(ctx))


@pages.post(f"{HERE}/copies", operation=copy_actions.ask_copy, again=privacy)
def ask_copy(ctx: CurrentContext) -> Response:
    copy_actions.ask_copy(ctx)
    return go(HERE, said="We are making your copy, and write to you when it is ready.")


@pages.get(f"{HERE}/copies/{{copy_id}}/progress", operation=copies.copy_progress)
def copy_progress(ctx: CurrentContext, copy_id: UUID) -> Page:
    return Page("privacy/_copy.html", copy=copies.my_copy(ctx, copy_id), progress=copies.copy_progress(ctx, copy_id))


@pages.post(f"{HERE}/copies/{{copy_id}}/content", operation=copy_actions.fetch_copy, again=privacy)
def fetch_copy(ctx: CurrentContext, copy_id: UUID, proof: Annotated[Proof, Form()]) -> Response:
    copy = copies.my_copy(ctx, copy_id)
    content = copy_actions.fetch_copy(ctx, copy, current_password=proof.current_password)
    return stream(content, name=f"salus-{copy.created_at:%Y-%m-%d}.zip", media_type=copy_actions.ZIP, size=copy.size)


@pages.get(f"{HERE}/erasure", operation=erasures.my_obstacles)
def erasure(ctx: CurrentContext) -> Page:
    return Page(
        "privacy/erasure.html",
        obstacles=erasures.my_obstacles(ctx),
        holdings=holdings.my_holdings(ctx),
        recipients=copies.my_recipients(ctx),
        erasure=erasures.my_erasure(ctx),
        has_second_factor=people.me(ctx).has_second_factor,
        confirmation=CONFIRMATION,
    )


@pages.post(f"{HERE}/erasure", operation=erasure_actions.ask_erasure, again=erasure)
def ask_erasure(ctx: CurrentContext, form: Annotated[ErasureAsked, Form()]) -> Response:
    erasure_actions.ask_erasure(ctx, confirmation=form.confirmation, current_password=form.current_password)
    return go(HERE, said="Your account will be erased in fourteen days. You can take it back until then.")


@pages.post(f"{HERE}/erasure/{{erasure_id}}/cancel", operation=erasure_actions.cancel_erasure)
def cancel_erasure(ctx: CurrentContext, erasure_id: UUID) -> Response:
    erasure_actions.cancel_erasure(ctx, erasures.one_of_mine(ctx, erasure_id))
    return go(HERE, said="Good. Nothing will be erased.")
