"""Registering programs, and their secrets."""

from dataclasses import dataclass, field

from sqlalchemy import update

from salus.kernel.actor import FOR_ORGANISATIONS, Role
from salus.kernel.context import Context
from salus.kernel.operations import action
from salus.shared.oauth.models import REGISTERING, Client, ClientKind, ClientSecret, GrantType
from salus.shared.oauth.rules import scopes
from salus.shared.oauth.rules.clients import SECRET_OVERLAP, is_redirect_uri
from salus.shared.oauth.rules.refusals import (
    ActsAsAnother,
    AddressNeeded,
    NoSecretNeeded,
    NoSuchScope,
    NotARedirectUri,
    NotForPublicClients,
)
from salus.shared.oauth.schemas.management import ClientWrite
from salus.shared.people.rules import new_token, token_hash

FOREMOST = (Role.ADMINISTRATOR, Role.BUYER, Role.DOCTOR)
"""In which of their roles somebody registers a program: the first of these that they have."""


@dataclass(frozen=True)
class Registered:
    """A program, and its secret if it has one: shown this once and kept nowhere."""

    client: Client
    secret: str | None = field(default=None, repr=False)


@action(roles=REGISTERING, step_up=True)
def register_client(ctx: Context, wanted: ClientWrite) -> Registered:
    """Register a program: a buyer or doctor for their organisation, an administrator for the whole exchange.

    Raises NotARedirectUri, AddressNeeded, NoSuchScope or NotForPublicClients.
    """
    _check(wanted)
    role = next(role for role in FOREMOST if ctx.actor.has(role))
    client = Client(
        name=wanted.name,
        kind=wanted.kind,
        grant_types=sorted(wanted.grant_types),
        redirect_uris=wanted.redirect_uris if GrantType.AUTHORIZATION_CODE in wanted.grant_types else [],
        scopes=sorted(set(wanted.scopes)),
        registered_by=ctx.actor.person_id,
        role=role,
        organisation_id=ctx.actor.organisation_id if role in FOR_ORGANISATIONS else None,
    )
    ctx.db.add(client)
    ctx.db.flush()
    ctx.tell(subject=client, scopes=client.scopes)
    return Registered(client, _new_secret(ctx, client) if client.kind == ClientKind.CONFIDENTIAL else None)


@action(roles=REGISTERING, step_up=True)
def replace_secret(ctx: Context, client: Client) -> Registered:
    """A new secret. The one before is good for another day, so that no system stands still meanwhile.

    Raises ActsAsAnother for whoever did not register it, NoSecretNeeded for a public program.
    """
    if client.registered_by != ctx.actor.person_id:
        raise ActsAsAnother
    if client.kind == ClientKind.PUBLIC:
        raise NoSecretNeeded
    former = update(ClientSecret).where(ClientSecret.client_id == client.id, ClientSecret.expires_at.is_(None))
    ctx.db.execute(former.values(expires_at=ctx.now + SECRET_OVERLAP))
    ctx.tell(subject=client)
    return Registered(client, _new_secret(ctx, client))


@action(roles=REGISTERING)
def end_client(ctx: Context, client: Client) -> Client:
    """A program is let in no more. All of its tokens and secrets are good for nothing at once."""
    client.ended_at = client.ended_at or ctx.now
    return client


def _check(wanted: ClientWrite) -> None:
    asks_people = GrantType.AUTHORIZATION_CODE in wanted.grant_types
    if asks_people and not wanted.redirect_uris:
        raise AddressNeeded
    if not all(is_redirect_uri(uri) for uri in wanted.redirect_uris):
        raise NotARedirectUri
    if not all(map(scopes.is_scope, wanted.scopes)):
        raise NoSuchScope
    if wanted.kind == ClientKind.PUBLIC and GrantType.CLIENT_CREDENTIALS in wanted.grant_types:
        raise NotForPublicClients


def _new_secret(ctx: Context, client: Client) -> str:
    secret = new_token()
    ctx.db.add(ClientSecret(client_id=client.id, secret_hash=token_hash(secret)))
    return secret
