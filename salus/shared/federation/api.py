"""Providers and linked accounts as an API. Signing in with a provider goes through a browser."""

from collections.abc import Sequence
from uuid import UUID

from salus.shared.federation import actions, gateways, queries
from salus.shared.federation.models import IdentityProvider
from salus.shared.federation.queries import Link
from salus.shared.federation.schemas import LinkRead, ProviderRead, ProviderWrite
from salus.web.doors import Api, CurrentContext

api = Api("", tag="federation")


@api.get("/identity-providers", operation=queries.providers, answer=list[ProviderRead])
def providers(ctx: CurrentContext) -> Sequence[IdentityProvider]:
    return queries.providers(ctx)


@api.post("/identity-providers", operation=actions.add_provider, answer=ProviderRead, status=201, long=True)
def add_provider(ctx: CurrentContext, described: ProviderWrite) -> IdentityProvider:
    gateways.discovered(described.issuer)
    with ctx.again() as own:
        return actions.add_provider(own, described)


@api.put("/identity-providers/{provider_id}", operation=actions.change_provider, answer=ProviderRead)
def change_provider(ctx: CurrentContext, provider_id: UUID, described: ProviderWrite) -> IdentityProvider:
    return actions.change_provider(ctx, queries.provider(ctx, provider_id).provider, described)


@api.delete("/identity-providers/{provider_id}", operation=actions.retire_provider)
def retire_provider(ctx: CurrentContext, provider_id: UUID) -> None:
    actions.retire_provider(ctx, queries.provider(ctx, provider_id).provider)


@api.get("/me/linked-identities", operation=queries.links, answer=list[LinkRead])
def links(ctx: CurrentContext) -> list[Link]:
    return queries.links(ctx)


@api.delete("/me/linked-identities/{link_id}", operation=actions.unlink)
def unlink(ctx: CurrentContext, link_id: UUID) -> None:
    actions.unlink(ctx, queries.link(ctx, link_id))
