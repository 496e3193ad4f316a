"""Programs and permissions as JSON."""

from collections.abc import Sequence
from uuid import UUID

from salus.shared.oauth import actions, queries
from salus.shared.oauth.actions.clients import Registered
from salus.shared.oauth.models import Client, ClientSecret, SigningKey
from salus.shared.oauth.queries import Allowed
from salus.shared.oauth.schemas.management import (
    ClientRead,
    ClientWrite,
    KeyRead,
    PermissionRead,
    RegisteredRead,
    SecretRead,
)
from salus.web.doors import Api, CurrentContext

api = Api("/oauth")


@api.get("/permissions", operation=queries.permissions, answer=list[PermissionRead])
def permissions(ctx: CurrentContext) -> Sequence[Allowed]:
    return queries.permissions(ctx)


@api.delete("/permissions/{permission_id}", operation=actions.end_permission)
def end_permission(ctx: CurrentContext, permission_id: UUID) -> None:
    actions.end_permission(ctx, queries.permission(ctx, permission_id))


@api.get("/clients", operation=queries.clients, answer=list[ClientRead])
def clients(ctx: CurrentContext) -> Sequence[Client]:
    return queries.clients(ctx)


@api.post("/clients", operation=actions.register_client, answer=RegisteredRead, status=201)
def register_client(ctx: CurrentContext, wanted: ClientWrite) -> Registered:
    return actions.register_client(ctx, wanted)


@api.get("/clients/{client_id}", operation=queries.client, answer=ClientRead)
def client(ctx: CurrentContext, client_id: UUID) -> Client:
    return queries.client(ctx, client_id)


@api.delete("/clients/{client_id}", operation=actions.end_client)
def end_client(ctx: CurrentContext, client_id: UUID) -> None:
    actions.end_client(ctx, queries.client(ctx, client_id))


@api.get("/clients/{client_id}/secrets", operation=queries.secrets_of, answer=list[SecretRead])
def secrets_of(ctx: CurrentContext, client_id: UUID) -> Sequence[ClientSecret]:
    return queries.secrets_of(ctx, queries.client(ctx, client_id))


@api.post("/clients/{client_id}/secrets", operation=actions.replace_secret, answer=RegisteredRead, status=201)
def replace_secret(ctx: CurrentContext, client_id: UUID) -> Registered:
    return actions.replace_secret(ctx, queries.client(ctx, client_id))


@api.post("/keys", operation=actions.rotate_keys, answer=KeyRead, status=201)
def rotate_keys(ctx: CurrentContext) -> SigningKey:
    return actions.rotate_keys(ctx)


@api.delete("/keys", operation=actions.withdraw_keys)
def withdraw_keys(ctx: CurrentContext) -> None:
    actions.withdraw_keys(ctx)
