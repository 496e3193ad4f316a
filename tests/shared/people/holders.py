"""What people do with their security keys, by the actions that the pages use."""

from uuid import UUID

from salus.kernel.actor import Actor
from salus.kernel.context import Context, nobody
from salus.shared.people import actions
from salus.shared.people.factors.keys import Options
from salus.shared.people.sessions import Ticket
from tests.authenticator import Authenticator, host_of
from tests.cast import BROWSER, actor_of

VISITOR = "a browser's cookie"


def registered(tenant: UUID, actor: Actor, key: Authenticator, *, name: str = "Blue key") -> Actor:
    """The same person, who added this key just now."""
    with Context(actor, tenant, origin=BROWSER) as ctx:
        options = actions.ask_for_new_key(ctx, host_of(tenant))
        ticket = actions.add_key(ctx, key.create(options), name=name, host=host_of(tenant))
    return actor_of(tenant, ticket.token)


def asked(tenant: UUID, actor: Actor) -> Options:
    """What a key of this person is asked to sign."""
    with Context(actor, tenant, origin=BROWSER) as ctx:
        return actions.ask_for_key(ctx, host_of(tenant))


def given(tenant: UUID, actor: Actor, answer: str) -> Ticket:
    """A key's answer, as the second factor."""
    with Context(actor, tenant, origin=BROWSER) as ctx:
        return actions.confirm_key(ctx, answer, host_of(tenant))


def asked_for_passkey(tenant: UUID, *, visitor: str = VISITOR) -> Options:
    with nobody(tenant, origin=BROWSER) as ctx:
        return actions.ask_for_passkey(ctx, host=host_of(tenant), visitor=visitor)


def signed_in_with(tenant: UUID, answer: str, *, visitor: str = VISITOR) -> Ticket:
    with nobody(tenant, origin=BROWSER) as ctx:
        return actions.sign_in_with_passkey(
            ctx, answer, host=host_of(tenant), visitor=visitor, device="Firefox on Linux"
        )
