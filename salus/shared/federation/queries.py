"""With whom people can sign in, who just came, and what is linked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.errors import NotFound
from salus.kernel.operations import WITHIN, query
from salus.kernel.settings import settings
from salus.kernel.tenants import tenant_named
from salus.shared.federation import rules
from salus.shared.federation.gateways import Client
from salus.shared.federation.models import FederatedSignIn, IdentityProvider, LinkedIdentity
from salus.shared.messages.rules import home
from salus.shared.people.rules import token_hash


@dataclass(frozen=True)
class WayIn:
    """A button on the sign-in page."""

    provider_id: UUID
    name: str


@dataclass(frozen=True)
class Registered:
    """A provider, and the address it must know to send people back to."""

    provider: IdentityProvider
    redirect_uri: str


@dataclass(frozen=True)
class Newcomer:
    """Somebody who came from a provider and has no account yet."""

    attempt_id: UUID
    provider: str
    email: str
    name: str


@dataclass(frozen=True)
class Link:
    """An account elsewhere that opens the actor's account here."""

    id: UUID
    provider: str
    email: str | None
    created_at: datetime
    last_used_at: datetime | None


@query(roles={Role.ANYONE})
def ways_in(ctx: Context) -> list[WayIn]:
    """The providers that people can sign in with, by name."""
    wanted = select(IdentityProvider.id, IdentityProvider.name).where(IdentityProvider.retired_at.is_(None))
    return [WayIn(row.id, row.name) for row in ctx.db.execute(wanted.order_by(IdentityProvider.name))]


@query(roles={Role.ANYONE})
def way_in(ctx: Context, provider_id: UUID) -> WayIn:
    """One provider that people can sign in with."""
    found = ctx.get(IdentityProvider, provider_id)
    if found.retired_at is not None:
        raise NotFound
    return WayIn(found.id, found.name)


@query(roles={Role.ADMINISTRATOR})
def providers(ctx: Context) -> Sequence[IdentityProvider]:
    """Every provider, those in use first."""
    every = select(IdentityProvider).order_by(IdentityProvider.retired_at.is_not(None), IdentityProvider.name)
    return ctx.db.scalars(every).all()


@query(roles={Role.ADMINISTRATOR})
def provider(ctx: Context, provider_id: UUID) -> Registered:
    """One provider, with the address that is to be registered there."""
    return Registered(ctx.get(IdentityProvider, provider_id), rules.callback(_home(ctx), provider_id))


@query(roles={Role.ANYONE})
def newcomer(ctx: Context, attempt_id: UUID, browser: str) -> Newcomer:
    """Who came in this attempt and still has no account, for the browser they came with."""
    attempt = ctx.get(FederatedSignIn, attempt_id)
    is_theirs = attempt.browser_hash == token_hash(browser)
    is_open = attempt.arrived_at is not None and attempt.finished_at is None and attempt.expires_at > ctx.now
    if not (is_theirs and is_open):
        raise NotFound
    name = ctx.get(IdentityProvider, attempt.provider_id).name
    return Newcomer(attempt.id, name, attempt.email, attempt.name)


@query(roles={Role.PERSON})
def links(ctx: Context) -> list[Link]:
    """The accounts elsewhere that open the actor's account here."""
    wanted = (
        select(LinkedIdentity, IdentityProvider.name)
        .join(IdentityProvider, IdentityProvider.id == LinkedIdentity.provider_id)
        .where(LinkedIdentity.person_id == ctx.actor.person_id)
        .order_by(IdentityProvider.name)
    )
    return [
        Link(identity.id, name, identity.email, identity.created_at, identity.last_used_at)
        for identity, name in ctx.db.execute(wanted)
    ]


@query(roles={Role.PERSON})
def link(ctx: Context, link_id: UUID) -> LinkedIdentity:
    """One of the actor's own linked accounts."""
    found = ctx.get(LinkedIdentity, link_id)
    if found.person_id != ctx.actor.person_id:
        raise NotFound
    return found


@query(roles=WITHIN)
def client(ctx: Context, provider_id: UUID) -> Client:
    """What is needed to talk with a provider that is in use, its secret too."""
    found = ctx.get(IdentityProvider, provider_id)
    if found.retired_at is not None:
        raise NotFound
    return Client(
        provider_id=found.id,
        issuer=found.issuer,
        client_id=found.client_id,
        client_secret=found.client_secret,
        scopes=found.scopes,
        redirect_uri=rules.callback(_home(ctx), found.id),
        is_trusted_with_factor=found.is_trusted_with_factor,
    )


def _home(ctx: Context) -> str:
    return home(settings().url, tenant_named(ctx.tenant_id).hosts)
