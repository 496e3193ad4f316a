"""People who come from a provider, without one: what it would say is said by the test."""

from uuid import UUID

from salus.kernel.actor import ANONYMOUS, Actor
from salus.kernel.context import Context
from salus.shared.federation import actions
from salus.shared.federation.gateways import Claims
from salus.shared.federation.schemas import ProviderWrite

BROWSER = "the cookie of one browser"


def linked_and_arrived(tenant: UUID, ada: Actor, bruno: Actor) -> None:
    """Ada named a provider, Bruno linked his account there, and somebody without an account is about to get one."""
    described = ProviderWrite(
        name="Helmi", issuer="https://helmi.example", client_id="salus", client_secret="s", is_trusted_with_email=True
    )
    with Context(ada, tenant) as ctx:
        provider = actions.add_provider(ctx, described)
    with Context(bruno, tenant) as ctx:
        begun = actions.begin_link(ctx, provider.id, browser=BROWSER)
        actions.come_back(ctx, provider.id, state=begun.proofs.state, browser=BROWSER, is_agreed=True)
        actions.sign_in(ctx, begun.id, said_of("bruno-there", "bruno@elsewhere.example"))
    with Context(ANONYMOUS, tenant) as ctx:
        begun = actions.begin(ctx, provider.id, browser=BROWSER)
        actions.come_back(ctx, provider.id, state=begun.proofs.state, browser=BROWSER, is_agreed=True)
        actions.sign_in(ctx, begun.id, said_of("nina-there", "nina@people.example"))


def said_of(subject: str, email: str) -> Claims:
    return Claims(subject=subject, email=email, is_email_verified=True, name="Nina", factor_at=None)
