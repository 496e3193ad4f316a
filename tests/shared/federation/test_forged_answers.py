"""Answers that no honest provider gives. Each was seen to be taken with its check taken out."""

import base64
import hmac
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from time import monotonic
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from joserfc.jwk import ECKey, OctKey, RSAKey

from salus.kernel.breaker import State, breaker
from salus.kernel.errors import Refusal
from salus.kernel.settings import settings
from salus.shared.federation import gateways
from salus.shared.federation.gateways import Claims, Client, Proofs
from salus.shared.federation.rules import NotAProvider, ProofNotGood, ProviderTrouble
from tests.shared.federation.forger import CLIENT_ID, CLIENT_SECRET, NONCE, Forger, forging

PROOFS = Proofs(state="state", nonce=NONCE, verifier="v" * 43)


@pytest.fixture
def forger() -> Iterator[Forger]:
    with forging() as running:
        running.signs()
        yield running


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateways, "_known", gateways._Known())


def client(forger: Forger) -> Client:
    return Client(uuid4(), forger.issuer, CLIENT_ID, "openid email", "http://here.test/back", True, CLIENT_SECRET)


def told(forger: Forger, answered_by: str | None = None) -> Claims:
    return gateways.claims(client(forger), PROOFS, code="code", answered_by=answered_by)


def test_an_honest_answer_is_taken(forger: Forger) -> None:
    known = told(forger)

    assert (known.subject, known.email, known.is_email_verified) == ("pia-there", "pia@people.example", True)


@pytest.mark.parametrize(
    "changes",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"iss": "https://evil.example"},
        {"aud": "somebody-else"},
        {"aud": "somebody-else", "azp": CLIENT_ID},
        {"aud": [CLIENT_ID, "somebody-else"]},
        {"aud": [CLIENT_ID, "somebody-else"], "azp": "somebody-else"},
        {"azp": "somebody-else"},
        {"exp": 1_700_000_000},
        {"exp": None},
        {"iat": None},
        {"iat": 4_000_000_000},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
        {"at_hash": "bm90IHRoZSBoYXNo"},
    ],
    ids=str,
)
def test_a_claim_that_is_not_as_it_must_be_spoils_the_answer(forger: Forger, changes: dict[str, Any]) -> None:
    forger.signs(**changes)

    with pytest.raises(ProofNotGood):
        told(forger)


def in_base64(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).decode().rstrip("=")


def by_nobody(forger: Forger) -> None:
    head = in_base64(b'{"alg": "none"}')
    forger.id_token = f"{head}.{forger.id_token.split('.')[1]}."


def by_the_client_secret(forger: Forger) -> None:
    forger.signs(key=OctKey.import_key(CLIENT_SECRET), alg="HS256")


def by_the_public_key_as_a_secret(forger: Forger) -> None:
    # By hand, because our own library refuses to sign like that.
    head = in_base64(b'{"alg": "HS256", "kid": "one"}')
    signed = f"{head}.{forger.id_token.split('.')[1]}"
    tag = hmac.digest(forger.key.as_pem(private=False), signed.encode(), "sha256")
    forger.id_token = f"{signed}.{in_base64(tag)}"


def by_another_key_of_the_same_name(forger: Forger) -> None:
    forger.signs(key=ECKey.generate_key("P-256", {"kid": "one"}))


def by_a_key_that_it_brings_along(forger: Forger) -> None:
    own = ECKey.generate_key("P-256", {"kid": "own"})
    forger.signs(key=own, header={"kid": "own", "jwk": own.as_dict(private=False)})


def by_a_key_for_encryption(forger: Forger) -> None:
    key = ECKey.generate_key("P-256", {"kid": "one", "use": "enc"})
    forger.publish(key)
    forger.signs(key=ECKey.import_key({**key.as_dict(private=True), "use": "sig"}))


def with_an_algorithm_nobody_asked_for(forger: Forger) -> None:
    key = RSAKey.generate_key(2048, {"kid": "one"})
    forger.publish(key)
    forger.signs(key=key, alg="PS512")


def with_changed_claims(forger: Forger) -> None:
    head, _, signature = forger.id_token.split(".")
    forger.signs(sub="mallory", key=ECKey.generate_key("P-256", {"kid": "one"}))
    forger.id_token = f"{head}.{forger.id_token.split('.')[1]}.{signature}"


def not_at_all(forger: Forger) -> None:
    forger.id_token = ""


@pytest.mark.parametrize(
    "sign",
    [
        by_nobody,
        by_the_client_secret,
        by_the_public_key_as_a_secret,
        by_another_key_of_the_same_name,
        by_a_key_that_it_brings_along,
        by_a_key_for_encryption,
        with_an_algorithm_nobody_asked_for,
        with_changed_claims,
        not_at_all,
    ],
)
@pytest.mark.filterwarnings("ignore:.*:joserfc.errors.SecurityWarning")
def test_an_answer_that_is_signed_wrongly_is_not_taken(forger: Forger, sign: Callable[[Forger], None]) -> None:
    sign(forger)

    with pytest.raises(ProofNotGood):
        told(forger)


def test_an_answer_in_the_name_of_another_is_not_taken(forger: Forger) -> None:
    with pytest.raises(ProofNotGood):
        told(forger, answered_by="https://evil.example")
    assert told(forger, answered_by=forger.issuer).subject == "pia-there"


def test_a_provider_that_says_who_answers_says_it_every_time(forger: Forger) -> None:
    forger.metadata = {"authorization_response_iss_parameter_supported": True}

    with pytest.raises(ProofNotGood):
        told(forger)


def test_what_it_tells_of_somebody_else_is_not_taken(forger: Forger) -> None:
    forger.signs(email=None, email_verified=None)
    forger.userinfo = {"sub": "mallory", "email": "pia@people.example", "email_verified": True}
    with pytest.raises(ProofNotGood):
        told(forger)

    forger.userinfo = {"email": "pia@people.example", "email_verified": True}
    with pytest.raises(ProofNotGood):
        told(forger)

    forger.userinfo = {"sub": "pia-there", "email": "pia@people.example", "email_verified": True}
    assert told(forger).is_email_verified


def test_an_address_in_the_signed_answer_is_not_verified_by_the_unsigned_one(forger: Forger) -> None:
    forger.signs(email_verified=None)
    forger.userinfo = {"sub": "pia-there", "email_verified": True}

    assert not told(forger).is_email_verified


@pytest.mark.parametrize(
    ("said", "counts"),
    [
        ({"amr": ["mfa"], "auth_time": 1_700_000_000}, True),
        ({"acr": "http://schemas.openid.net/pape/policies/2007/06/multi-factor", "auth_time": 1_700_000_000}, True),
        ({"amr": ["mfa"]}, False),
        ({"amr": ["pwd"], "auth_time": 1_700_000_000}, False),
        ({"auth_time": 1_700_000_000}, False),
    ],
)
def test_a_second_factor_counts_from_when_it_was_given(forger: Forger, said: dict[str, Any], counts: bool) -> None:
    forger.signs(**said)

    assert told(forger).factor_at == (datetime.fromtimestamp(1_700_000_000, UTC) if counts else None)


def test_a_factor_cannot_have_been_given_in_the_future(forger: Forger) -> None:
    forger.signs(amr=["mfa"], auth_time=4_000_000_000)

    at = told(forger).factor_at
    assert at is not None
    assert at <= datetime.now(UTC)


def test_a_new_key_is_found_and_its_documents_are_asked_for_once(forger: Forger) -> None:
    told(forger)
    told(forger)
    assert forger.asked.count("/keys") == 1
    assert forger.asked.count("/.well-known/openid-configuration") == 1


def test_of_the_keys_it_publishes_only_those_for_signing_count(forger: Forger) -> None:
    others = [ECKey.generate_key("P-256", {"kid": str(number), "use": "enc"}) for number in range(20)]
    forger.publish(*others, forger.key)
    forger.published.append({"kty": "of another time", "kid": "later"})
    forger.signs(header={})

    assert told(forger).subject == "pia-there"


def test_a_key_that_is_not_known_is_looked_for_at_most_once_a_minute(
    forger: Forger, monkeypatch: pytest.MonkeyPatch
) -> None:
    told(forger)
    new = ECKey.generate_key("P-256", {"kid": "two"})
    forger.publish(forger.key, new)
    forger.signs(key=new, header={"kid": "two"})
    with pytest.raises(ProofNotGood):
        told(forger)

    later = monotonic() + 61
    monkeypatch.setattr(gateways, "monotonic", lambda: later)
    assert told(forger).subject == "pia-there"
    assert forger.asked.count("/keys") == 2


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://evil.example"},
        {"issuer": None},
        {"token_endpoint": None},
        {"jwks_uri": 7},
        {"authorization_endpoint": "javascript:alert(1)"},
    ],
    ids=str,
)
def test_a_document_of_another_is_no_provider(forger: Forger, metadata: dict[str, Any]) -> None:
    forger.metadata = metadata

    with pytest.raises(NotAProvider):
        gateways.discovered(forger.issuer)


def refused(forger: Forger) -> Refusal:
    with pytest.raises(Refusal) as refusal:
        told(forger)
    return refusal.value


def test_a_provider_in_trouble_is_said_to_be(forger: Forger, monkeypatch: pytest.MonkeyPatch) -> None:
    forger.raw = {"/token": b"<html>We are down</html>"}
    assert isinstance(refused(forger), ProviderTrouble)

    forger.raw, forger.statuses = {}, {"/token": 400}
    assert isinstance(refused(forger), ProofNotGood)

    monkeypatch.setattr(gateways, "_known", gateways._Known())
    forger.statuses = {"/keys": 500}
    assert isinstance(refused(forger), ProviderTrouble)

    forger.statuses, forger.raw = {"/keys": 200}, {"/keys": b"[" + b"1," * 300_000 + b"1]"}
    assert isinstance(refused(forger), ProviderTrouble)

    forger.statuses, forger.raw = {"/keys": 302}, {"/keys": b"http://127.0.0.1:1/keys"}
    assert isinstance(refused(forger), ProviderTrouble)


def test_a_provider_that_says_nothing_is_waited_for_only_so_long(
    forger: Forger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateways, "PATIENCE_WITH_PROVIDERS_S", 0.2)
    forger.is_silent.set()

    assert isinstance(refused(forger), ProviderTrouble)


def test_a_provider_that_fails_again_and_again_is_left_alone(forger: Forger) -> None:
    told(forger)
    forger.statuses = {"/token": 503}
    for _ in range(6):
        assert isinstance(refused(forger), ProviderTrouble)
    asked = len(forger.asked)

    assert isinstance(refused(forger), ProviderTrouble)

    assert len(forger.asked) == asked
    assert breaker(f"sign-in:{urlsplit(forger.issuer).netloc}").reading().state is State.OPEN


def test_a_slow_provider_takes_only_a_few_threads(forger: Forger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateways, "PATIENCE_S", 0.0)
    for _ in range(gateways.AT_ONCE):
        gateways._waiting.acquire()
    try:
        assert isinstance(refused(forger), ProviderTrouble)
    finally:
        for _ in range(gateways.AT_ONCE):
            gateways._waiting.release()


def test_a_provider_on_an_inner_machine_is_not_asked(forger: Forger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings(), "outbound_allow", ())

    with pytest.raises(NotAProvider, match="https"):
        gateways.discovered(forger.issuer)
