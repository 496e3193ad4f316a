"""Where people make keys for their systems, and administrators see all of them."""

from typing import Annotated
from uuid import UUID

from fastapi import Form
from starlette.responses import Response

from salus.kernel.actor import Role
from salus.shared.api_keys import actions, queries
from salus.shared.api_keys.rules import DAYS, HOLDERS, MOST_DAYS
from salus.shared.api_keys.schemas import KeyForm, RotationWrite
from salus.web.doors import CurrentContext, Page, Pages, go

pages = Pages()
pages.account("API keys", "/account/keys", place=40, roles=HOLDERS)
pages.menu("API keys", "/keys", roles={Role.ADMINISTRATOR}, place=85)


@pages.get("/account/keys", operation=queries.keys)
def keys(ctx: CurrentContext) -> Page:
    return Page("api_keys/keys.html", keys=queries.keys(ctx), now=ctx.now)


@pages.get("/account/keys/new", operation=queries.offered)
def new_key(ctx: CurrentContext) -> Page:
    return Page("api_keys/new.html", areas=queries.offered(ctx), days=DAYS, most_days=MOST_DAYS)


@pages.post("/account/keys", operation=actions.make, again=new_key)
def make(ctx: CurrentContext, form: Annotated[KeyForm, Form()]) -> Page:
    made = actions.make(ctx, name=form.name, scopes=form.scopes, days=form.days, networks=form.networks.splitlines())
    return Page("api_keys/made.html", made=made)


@pages.get("/account/keys/{api_key_id}", operation=queries.key)
def key(ctx: CurrentContext, api_key_id: UUID) -> Page:
    found = queries.key(ctx, api_key_id)
    is_mine = found.owner_id == ctx.actor.person_id
    return Page("api_keys/key.html", key=found, is_mine=is_mine, now=ctx.now, days=DAYS, most_days=MOST_DAYS)


@pages.post("/account/keys/{api_key_id}/rotate", operation=actions.rotate, again=key)
def rotate(ctx: CurrentContext, api_key_id: UUID, form: Annotated[RotationWrite, Form()]) -> Page:
    return Page("api_keys/made.html", made=actions.rotate(ctx, queries.key(ctx, api_key_id), days=form.days))


@pages.post("/account/keys/{api_key_id}/revoke", operation=actions.revoke)
def revoke(ctx: CurrentContext, api_key_id: UUID) -> Response:
    actions.revoke(ctx, queries.key(ctx, api_key_id))
    return go("/account/keys", said="The key is revoked. Whoever uses it is refused from now on.")


@pages.get("/keys", operation=queries.held_keys)
def held_keys(ctx: CurrentContext) -> Page:
    return Page("api_keys/held.html", held=queries.held_keys(ctx), now=ctx.now)


@pages.post("/keys/{api_key_id}/revoke", operation=actions.revoke)
def revoke_held(ctx: CurrentContext, api_key_id: UUID) -> Response:
    actions.revoke(ctx, queries.key(ctx, api_key_id))
    return go("/keys", said="The key is revoked, and its owner is told.")
