"""Access tokens: only our own, only of this kind, only for now."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey
from joserfc.util import urlsafe_b64decode, urlsafe_b64encode

from salus.kernel.actor import SYSTEM, Actor, Role
from salus.kernel.context import Context, nobody
from salus.kernel.operations import query
from salus.shared.oauth import queries
from salus.shared.oauth.models import SigningKey
from salus.shared.oauth.rules import tokens
from salus.shared.oauth.rules.refusals import InvalidGrant
from tests.cast import later
from tests.shared.oauth.scene import App, app_of, speaker

Claims = dict[str, Any]


@query(roles={Role.SYSTEM})
def key_of_the_house(ctx: Context) -> tuple[SigningKey, str]:
    """The key that signs now, with its private half."""
    key = queries.signing_key(ctx)
    assert key is not None
    return key, key.private


class Forger:
    """Somebody who holds one good token, and even the key of the house."""

    def __init__(self, tenant: UUID, good: str) -> None:
        with Context(SYSTEM, tenant) as ctx:
            self.key, self.private = key_of_the_house(ctx)
        header, payload, self.signature = good.split(".")
        self.header: Claims = json.loads(urlsafe_b64decode(header.encode()))
        self.claims: Claims = json.loads(urlsafe_b64decode(payload.encode()))
        self.payload = payload

    def signed(self, *, header: Claims | None = None, key: ECKey | None = None, **changed: Any) -> str:
        claims = {name: value for name, value in (self.claims | changed).items() if value is not None}
        kept = {name: value for name, value in (self.header | (header or {})).items() if value is not None}
        return jwt.encode(kept, claims, key or ECKey.import_key(self.private), algorithms=["ES256"], default_type=None)

    def without_a_signature(self) -> str:
        return f"{_encoded({'alg': 'none', 'typ': 'at+jwt', 'kid': self.key.kid})}.{self.payload}."

    def signed_by_the_public_key(self) -> str:
        """HS256 with what everybody can read: the classic (CVE-2015-9235)."""
        public = OctKey.import_key(json.dumps(self.key.public))
        return jwt.encode(self.header | {"alg": "HS256"}, self.claims, public, algorithms=["HS256"])


def _encoded(value: Claims) -> str:
    return urlsafe_b64encode(json.dumps(value).encode()).decode()


def _now(*, plus: int = 0) -> int:
    return int(datetime.now(UTC).timestamp()) + plus


FORGERIES: dict[str, Callable[[Forger], str]] = {
    "no algorithm": Forger.without_a_signature,
    "an algorithm with a shared secret": Forger.signed_by_the_public_key,
    "another key under our kid": lambda forger: forger.signed(key=ECKey.generate_key("P-256")),
    "a kid of nobody": lambda forger: forger.signed(header={"kid": "nobody"}),
    "no kid": lambda forger: forger.signed(header={"kid": None}),
    "a key of its own in the header": lambda forger: forger.signed(
        header={"jwk": ECKey.generate_key("P-256").as_dict(private=False)}, key=ECKey.generate_key("P-256")
    ),
    "another kind": lambda forger: forger.signed(header={"typ": "JWT"}),
    "no kind": lambda forger: forger.signed(header={"typ": None}),
    "another issuer": lambda forger: forger.signed(iss="https://evil.example"),
    "another audience": lambda forger: forger.signed(aud="https://evil.example/v1"),
    "the program as audience": lambda forger: forger.signed(aud=forger.claims["client_id"]),
    "no audience": lambda forger: forger.signed(aud=None),
    "no end": lambda forger: forger.signed(exp=None),
    "an end that is past": lambda forger: forger.signed(exp=_now(plus=-1)),
    "an end that is no number": lambda forger: forger.signed(exp="tomorrow"),
    "a beginning to come": lambda forger: forger.signed(nbf=_now(plus=60)),
    "no family": lambda forger: forger.signed(sid=None),
    "a family of nobody": lambda forger: forger.signed(sid=str(uuid4())),
    "a family that is no id": lambda forger: forger.signed(sid="1 OR 1=1"),
    "a claim that is no text": lambda forger: forger.signed(scope=["everything"]),
    "a changed payload": lambda forger: f"{_encoded(forger.header)}.{_encoded(forger.claims)}x.{forger.signature}",
    "a nested token": lambda forger: forger.signed(header={"cty": "JWT", "crit": ["b64"], "b64": False}),
    "more in it than ours ever hold": lambda forger: forger.signed(more="x" * 3500),
    "a token of a megabyte": lambda forger: forger.signed(more="x" * (1 << 20)),
    "two dots and nothing else": lambda _: "..",
    "signs that are not ASCII": lambda forger: f"é.{forger.payload}.ü",
}


@pytest.fixture
def good(app: App, pia: Actor) -> str:
    return app.let_in_by(pia).access_token


def test_the_forger_could_sign_a_token_that_is_taken(good: str, tenant: UUID, pia: Actor) -> None:
    """Else all the refusals would prove nothing."""
    assert speaker(tenant, Forger(tenant, good).signed()).id == pia.id


@pytest.mark.parametrize("forgery", FORGERIES)
def test_nobody_comes_in_by_a_token_with(forgery: str, good: str, tenant: UUID) -> None:
    assert not speaker(tenant, FORGERIES[forgery](Forger(tenant, good))).is_signed_in


def test_a_token_ends_after_five_minutes_and_counts_not_before_its_time(good: str, tenant: UUID) -> None:
    with later(seconds=298):
        assert speaker(tenant, good).is_signed_in
    with later(seconds=300):
        assert not speaker(tenant, good).is_signed_in
    with later(seconds=-2):
        assert not speaker(tenant, good).is_signed_in


def test_a_token_counts_at_its_own_tenant_only(good: str, other_tenant: UUID) -> None:
    assert not speaker(other_tenant, good).is_signed_in


def test_one_kind_of_token_is_not_taken_for_another(app: App, tenant: UUID, pia: Actor) -> None:
    given = app.let_in_by(pia)

    assert not speaker(tenant, given.id_token or "").is_signed_in
    assert not speaker(tenant, given.refresh_token or "").is_signed_in
    with pytest.raises(InvalidGrant):
        app.refreshed(given.access_token)


def test_a_program_that_is_told_of_one_person_cannot_sign_in_at_another(app: App, tenant: UUID, ada: Actor) -> None:
    other = app_of(tenant, ada)
    given = other.let_in_by(ada)

    claims = jwt.decode(given.id_token or "", ECKey.import_key(_public(tenant)), algorithms=[tokens.ALGORITHM]).claims
    assert claims["aud"] == str(other.client_id) != str(app.client_id)
    assert claims["nonce"] == "a nonce"
    assert claims["at_hash"] == tokens.half_hash(given.access_token)
    assert claims["acr"] == "aal2"


def _public(tenant: UUID) -> Claims:
    with nobody(tenant) as ctx:
        key: Claims = queries.jwks(ctx)["keys"][0]
    return key
