"""The programs somebody let in, and those they registered."""

from typing import Annotated
from uuid import UUID

from fastapi import Form
from starlette.responses import Response

from salus.kernel.actor import Role
from salus.shared.oauth import actions, queries
from salus.shared.oauth.models import REGISTERING
from salus.shared.oauth.schemas.management import ClientForm
from salus.web.doors import CurrentContext, Page, Pages, go

HOME = "/account/programs"

pages = Pages()
pages.account("Programs", HOME, place=30)


@pages.get(HOME, operation=queries.permissions)
def programs(ctx: CurrentContext) -> Page:
    may_register = bool(REGISTERING & ctx.actor.roles)
    return Page(
        "oauth/programs.html",
        permissions=queries.permissions(ctx),
        clients=queries.clients(ctx) if may_register else None,
        is_administrator=ctx.actor.has(Role.ADMINISTRATOR),
    )


@pages.post(f"{HOME}/permissions/{{permission_id}}/end", operation=actions.end_permission)
def end_permission(ctx: CurrentContext, permission_id: UUID) -> Response:
    actions.end_permission(ctx, queries.permission(ctx, permission_id))
    return go(HOME, said="You took it back. The program can do nothing for you any more.")


@pages.get(f"{HOME}/new", operation=queries.choice_of_scopes)
def new(ctx: CurrentContext) -> Page:
    return Page("oauth/new.html", scopes=queries.choice_of_scopes(ctx))


@pages.post(f"{HOME}/new", operation=actions.register_client, again=new)
def register_client(ctx: CurrentContext, form: Annotated[ClientForm, Form()]) -> Page:
    registered = actions.register_client(ctx, form)
    return Page("oauth/secret.html", client=registered.client, secret=registered.secret)


@pages.post(f"{HOME}/keys", operation=actions.rotate_keys)
def rotate_keys(ctx: CurrentContext) -> Response:
    actions.rotate_keys(ctx)
    return go(HOME, said="A new key is published. It signs in an hour, when everybody has it.")


@pages.post(f"{HOME}/keys/withdraw", operation=actions.withdraw_keys)
def withdraw_keys(ctx: CurrentContext) -> Response:
    actions.withdraw_keys(ctx)
    return go(HOME, said="The key counts no more. Programs get new tokens by themselves.")


@pages.get(f"{HOME}/{{client_id}}", operation=queries.client)
def client(ctx: CurrentContext, client_id: UUID) -> Page:
    found = queries.client(ctx, client_id)
    return Page(
        "oauth/client.html",
        client=found,
        secrets=queries.secrets_of(ctx, found),
        is_mine=found.registered_by == ctx.actor.id,
    )


@pages.post(f"{HOME}/{{client_id}}/secret", operation=actions.replace_secret)
def replace_secret(ctx: CurrentContext, client_id: UUID) -> Page:
    replaced = actions.replace_secret(ctx, queries.client(ctx, client_id))
    return Page("oauth/secret.html", client=replaced.client, secret=replaced.secret)


@pages.post(f"{HOME}/{{client_id}}/end", operation=actions.end_client)
def end_client(ctx: CurrentContext, client_id: UUID) -> Response:
    actions.end_client(ctx, queries.client(ctx, client_id))
    return go(HOME, said="The program is let in no more.")
