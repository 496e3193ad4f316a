"""Which providers people can sign in with."""

from sqlalchemy.exc import IntegrityError

from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.errors import Conflict
from salus.kernel.operations import action
from salus.shared.federation import rules
from salus.shared.federation.models import IdentityProvider
from salus.shared.federation.schemas import ProviderWrite


@action(roles={Role.ADMINISTRATOR}, step_up=True)
def add_provider(ctx: Context, described: ProviderWrite) -> IdentityProvider:
    """Let people sign in with this provider from now on. Raises ProviderKnown."""
    provider = IdentityProvider()
    _describe(provider, described)
    return _kept(ctx, provider)


@action(roles={Role.ADMINISTRATOR}, step_up=True)
def change_provider(ctx: Context, provider: IdentityProvider, described: ProviderWrite) -> IdentityProvider:
    """Describe a provider anew. What is linked to it stays linked, so its issuer stays what it is."""
    if provider.retired_at is not None or described.issuer != provider.issuer:
        raise Conflict("A provider keeps its issuer. Please add the other one as a provider of its own.")
    _describe(provider, described)
    return _kept(ctx, provider)


@action(roles={Role.ADMINISTRATOR}, step_up=True)
def retire_provider(ctx: Context, provider: IdentityProvider) -> IdentityProvider:
    """Let nobody sign in with this provider any more. Whoever did asks for a password by e-mail."""
    provider.retired_at = provider.retired_at or ctx.now
    return provider


def _describe(provider: IdentityProvider, described: ProviderWrite) -> None:
    provider.name, provider.issuer, provider.client_id = described.name, described.issuer, described.client_id
    provider.scopes = " ".join(dict.fromkeys(["openid", *(described.scopes or rules.SCOPES).split()]))
    provider.is_trusted_with_email = described.is_trusted_with_email
    provider.is_trusted_with_factor = described.is_trusted_with_factor
    if described.client_secret:
        provider.client_secret = described.client_secret


def _kept(ctx: Context, provider: IdentityProvider) -> IdentityProvider:
    try:
        with ctx.db.begin_nested():
            ctx.db.add(provider)
            ctx.db.flush()
    except IntegrityError as error:
        raise rules.ProviderKnown from error
    ctx.tell(
        subject=provider, trusts_email=provider.is_trusted_with_email, trusts_factor=provider.is_trusted_with_factor
    )
    return provider
