"""The world outside: a server that is a provider of sign-ins to whoever asks it, and listens to all that it is sent."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from ipaddress import ip_network
from uuid import UUID

import pytest

from salus.kernel.actor import SYSTEM, Actor
from salus.kernel.context import Context
from salus.kernel.settings import settings
from salus.shared.webhooks import actions, queries
from salus.shared.webhooks.models import Pause
from tests.receiver import Receiver, answers, receiving
from tests.shared.webhooks.scene import carry

DISCOVERY = "/.well-known/openid-configuration"


def origin_of(receiver: Receiver) -> str:
    return receiver.url.removesuffix("/hook")


@contextmanager
def outside() -> Iterator[Receiver]:
    """The server, which may be reached while the block runs."""
    with receiving() as receiver, pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings(), "outbound_allow", (ip_network("127.0.0.1/32"),))

        def answer(handler: BaseHTTPRequestHandler) -> None:
            issuer = origin_of(receiver) + handler.path.removesuffix(DISCOVERY)
            ends = {name: f"{origin_of(receiver)}/{name}" for name in ("token_endpoint", "jwks_uri")}
            told = {"issuer": issuer, "authorization_endpoint": f"{origin_of(receiver)}/authorize", **ends}
            as_json = {"content_type": "application/json"}
            (answers(200, json.dumps(told).encode(), **as_json) if handler.command == "GET" else answers(204))(handler)

        receiver.manners = answer
        yield receiver


def hear_everything(tenant: UUID, listener: Actor, receiver: Receiver) -> None:
    """Every event of the tenant from now on is for this server, and for no other."""
    with Context(listener, tenant) as ctx:
        others = queries.subscriptions(ctx)
        actions.subscribe(ctx, receiver.url, ["*"])
    with Context(SYSTEM, tenant) as ctx:
        for other in others:
            actions.pause(ctx, other, because=Pause.LEFT)


def bodies(tenant: UUID, receiver: Receiver) -> list[str]:
    """What the server was sent, once everything due was."""
    carry(tenant)
    return [one.body.decode() for one in receiver.received if one.method == "POST"]
