"""Programs."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select

from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.errors import NotFound
from salus.kernel.operations import WITHIN, query
from salus.shared.oauth.models import REGISTERING, Client, ClientKind, ClientSecret
from salus.shared.oauth.rules import scopes
from salus.shared.oauth.rules.clients import Credentials
from salus.shared.oauth.rules.refusals import InvalidClient
from salus.shared.people.rules import token_hash


@query(roles=REGISTERING)
def clients(ctx: Context) -> Sequence[Client]:
    """The programs of the actor's organisation, newest first; an administrator sees everybody's."""
    wanted = select(Client).where(Client.ended_at.is_(None)).order_by(Client.id.desc())
    if not ctx.actor.has(Role.ADMINISTRATOR):
        wanted = wanted.where(Client.organisation_id == ctx.actor.organisation_id)
    return ctx.db.scalars(wanted).all()


@query(roles=REGISTERING)
def client(ctx: Context, client_id: UUID) -> Client:
    """One program of the actor's organisation; an administrator finds everybody's."""
    found = ctx.get(Client, client_id)
    is_theirs = found.organisation_id is not None and found.organisation_id == ctx.actor.organisation_id
    if found.ended_at is not None or not (is_theirs or ctx.actor.has(Role.ADMINISTRATOR)):
        raise NotFound
    return found


@query(roles=REGISTERING, step_up=True)
def choice_of_scopes(_ctx: Context) -> dict[str, str]:
    """The scopes that a program may be registered for, with what each lets it do.

    Asks for a fresh factor, so that nobody fills in the form before they are asked for it.
    """
    return {scope: scopes.words(scope) for scope in sorted(scopes.known())}


@query(roles=REGISTERING)
def secrets_of(ctx: Context, client: Client) -> Sequence[ClientSecret]:
    """The secrets of a program that are good, newest first: since when, until when, and when last used."""
    wanted = select(ClientSecret).where(ClientSecret.client_id == client.id, _is_good(ctx))
    return ctx.db.scalars(wanted.order_by(ClientSecret.id.desc())).all()


@query(roles=WITHIN)
def client_proven(ctx: Context, given: Credentials) -> Client:
    """The program with these credentials. Raises InvalidClient, the same for an unknown one and a wrong secret."""
    try:
        found = ctx.db.get(Client, UUID(given.client_id))
    except ValueError as error:
        raise InvalidClient from error
    if found is None or found.ended_at is not None:
        raise InvalidClient
    # A public program that sends a secret was built as if it could keep one: better it fails while it is being made.
    is_itself = given.secret is None if found.kind == ClientKind.PUBLIC else _has_secret(ctx, found, given.secret)
    if not is_itself:
        raise InvalidClient
    return found


def _has_secret(ctx: Context, client: Client, secret: str | None) -> bool:
    if secret is None:
        return False
    wanted = select(ClientSecret.id).where(
        ClientSecret.client_id == client.id, ClientSecret.secret_hash == token_hash(secret), _is_good(ctx)
    )
    return ctx.db.execute(wanted).first() is not None


def _is_good(ctx: Context) -> ColumnElement[bool]:
    return or_(ClientSecret.expires_at.is_(None), ClientSecret.expires_at > ctx.now)
