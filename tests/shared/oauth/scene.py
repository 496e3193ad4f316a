"""Programs as their makers write them: with operations in place of requests."""

import base64
import dataclasses
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

from salus.kernel.actor import Actor
from salus.kernel.context import Context, nobody
from salus.shared.oauth import actions, queries
from salus.shared.oauth.models import ClientKind, GrantType
from salus.shared.oauth.rules.clients import Credentials
from salus.shared.oauth.schemas.management import ClientWrite
from salus.shared.oauth.schemas.protocol import AuthorizationRequest, TokenRequest, Tokens

CALLBACK = "com.example.app:/callback"
SITE = "https://app.example/callback"
VERIFIER = "a-verifier-of-forty-three-letters-or-more-0123"
SCOPES = "openid profile email offline_access everything"


@dataclass
class App:
    """A program that asks people."""

    tenant: UUID
    client_id: UUID
    secret: str | None = None
    redirect_uri: str = CALLBACK

    @property
    def credentials(self) -> Credentials:
        return Credentials(str(self.client_id), self.secret)

    def request(self, scope: str = SCOPES, **more: str) -> AuthorizationRequest:
        asked = {
            "client_id": str(self.client_id),
            "redirect_uri": self.redirect_uri,
            "response_type": "code",
            "scope": scope,
            "state": "a state",
            "nonce": "a nonce",
            "code_challenge": challenge(VERIFIER),
            "code_challenge_method": "S256",
        }
        return AuthorizationRequest(**asked | more)

    def allowed_by(self, person: Actor, scope: str = SCOPES, **more: str) -> str:
        """The code that the app is sent when the person allows it."""
        with Context(person, self.tenant) as ctx:
            address = actions.decide(ctx, self.request(scope, **more), is_allowed=True)
        return answer_in(address)["code"]

    def tokens_for(self, code: str, **more: str) -> Tokens:
        return self.ask(
            grant_type=GrantType.AUTHORIZATION_CODE,
            code=code,
            redirect_uri=self.redirect_uri,
            **{"code_verifier": VERIFIER} | more,
        )

    def let_in_by(self, person: Actor, scope: str = SCOPES, **more: str) -> Tokens:
        return self.tokens_for(self.allowed_by(person, scope, **more))

    def refreshed(self, token: str | None, **more: str) -> Tokens:
        return self.ask(grant_type=GrantType.REFRESH_TOKEN, refresh_token=token or "", **more)

    def ask(self, **asked: str) -> Tokens:
        with nobody(self.tenant) as ctx:
            return actions.issue_tokens(ctx, self.credentials, TokenRequest(**asked))

    def gives_back(self, token: str) -> None:
        with nobody(self.tenant) as ctx:
            actions.revoke_token(ctx, self.credentials, token)


@dataclass
class System(App):
    """A program that acts on its own."""

    scopes: list[str] = field(default_factory=list)

    def token(self, scope: str = "") -> Tokens:
        return self.ask(grant_type=GrantType.CLIENT_CREDENTIALS, scope=scope)


def app_of(tenant: UUID, person: Actor, *, redirect_uri: str = CALLBACK, kind: ClientKind = ClientKind.PUBLIC) -> App:
    client_id, secret = registered(
        tenant,
        person,
        kind=kind,
        grant_types={GrantType.AUTHORIZATION_CODE, GrantType.REFRESH_TOKEN},
        redirect_uris=[redirect_uri],
        scopes=SCOPES.split(),
    )
    return App(tenant, client_id, secret, redirect_uri)


def system_of(tenant: UUID, person: Actor, scopes: Iterable[str] = ("money:read",)) -> System:
    client_id, secret = registered(
        tenant,
        person,
        kind=ClientKind.CONFIDENTIAL,
        grant_types={GrantType.CLIENT_CREDENTIALS},
        redirect_uris=[],
        scopes=list(scopes),
    )
    return System(tenant, client_id, secret, scopes=list(scopes))


def registered(tenant: UUID, person: Actor, **wanted: object) -> tuple[UUID, str | None]:
    with Context(fresh(person), tenant) as ctx:
        made = actions.register_client(ctx, ClientWrite(name="Pulse", **wanted))
        return made.client.id, made.secret


def fresh(person: Actor) -> Actor:
    """The same person, who has just given their second factor."""
    return dataclasses.replace(person, factor_at=datetime.now(UTC))


def speaker(tenant: UUID, token: str) -> Actor:
    with nobody(tenant) as ctx:
        return queries.authenticate(ctx, token)


def challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def answer_in(address: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
