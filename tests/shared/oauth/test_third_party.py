"""A client library that knows nothing of Salus does all of OAuth with a server that really runs."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from html import unescape
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import httpx2
import pytest
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.httpx_client import OAuth2Client
from joserfc import jwt
from joserfc.jwk import KeySet
from joserfc.jwt import JWTClaimsRegistry

from salus.kernel.actor import Actor
from salus.kernel.settings import settings
from salus.kernel.tenants import tenant_named
from salus.shared.oauth.models import ClientKind
from salus.sim.running import running
from tests.browsing import application
from tests.cast import PASSWORD, email_of
from tests.shared.oauth.scene import SITE, App, app_of, system_of

VERIFIER = "seven-quiet-lanterns-on-a-river-seven-quiet-lanterns"


class ToTheHouse(httpx2.HTTPTransport):
    """Finds the tenant's host name at this machine, as a name server would."""

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        there = request.url.copy_with(host="127.0.0.1")
        return super().handle_request(
            httpx2.Request(
                request.method, there, headers=request.headers, stream=request.stream, extensions=request.extensions
            )
        )


@dataclass
class House:
    """The running server, as somebody sees it who was given nothing but its address."""

    origin: str
    at_the_end: ExitStack

    def client(self, app: App, scope: str = "", **more: Any) -> OAuth2Client:
        made = OAuth2Client(
            str(app.client_id),
            app.secret,
            scope=scope,
            redirect_uri=app.redirect_uri if scope else None,
            code_challenge_method="S256",
            token_endpoint=self.known["token_endpoint"],
            transport=ToTheHouse(),
            **more,
        )
        return self.at_the_end.enter_context(made)

    def browser(self) -> httpx2.Client:
        return self.at_the_end.enter_context(httpx2.Client(transport=ToTheHouse(), base_url=self.origin))

    @property
    def known(self) -> dict[str, Any]:
        document: dict[str, Any] = self.browser().get("/.well-known/openid-configuration").json()
        return document

    def said_by(self, token: str) -> dict[str, Any]:
        keys = KeySet.import_key_set(self.browser().get(self.known["jwks_uri"]).json())
        return jwt.decode(token, keys, algorithms=self.known["id_token_signing_alg_values_supported"]).claims


@pytest.fixture
def house(tenant: UUID, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    with ExitStack() as at_the_end:
        url = at_the_end.enter_context(running(application()))
        monkeypatch.setattr(settings(), "public_url", url)
        yield House(f"http://{tenant_named(tenant).hosts[0]}:{urlsplit(url).port}", at_the_end)


def allows(browser: httpx2.Client, address: str, name: str, *, reads: str = "Read your e-mail address.") -> str:
    """What somebody does in the browser: sign in where the way leads there, read, allow. Where it then leads."""
    page = browser.get(address, follow_redirects=True)
    assert page.url.path == "/sign-in"
    fields = _hidden(page.text, "/sign-in") | {"email": email_of(name), "password": PASSWORD}
    page = browser.post("/sign-in", data=fields, follow_redirects=True)
    assert page.url.path == "/oauth/authorize"
    assert reads in page.text
    fields = _hidden(page.text, "/oauth/authorize") | {"decision": "allow"}
    return browser.post("/oauth/authorize", data=fields).headers["location"]


def _hidden(page: str, action: str) -> dict[str, str]:
    """The hidden fields of the form that leads to `action`."""
    form = page.split(f'<form method="post" action="{action}"', 1)[1].split("</form>", 1)[0]
    fields = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', form)
    return {name: unescape(value) for name, value in fields}


@pytest.mark.parametrize("kind", list(ClientKind))
def test_it_signs_somebody_in_stays_connected_and_gives_it_back(
    kind: ClientKind, house: House, tenant: UUID, ada: Actor, pia: Actor
) -> None:
    app = app_of(tenant, ada, kind=kind, redirect_uri=SITE)
    method = "none" if kind == ClientKind.PUBLIC else "client_secret_basic"
    client = house.client(app, "openid email offline_access", token_endpoint_auth_method=method)
    address, state = client.create_authorization_url(
        house.known["authorization_endpoint"], code_verifier=VERIFIER, nonce="once"
    )

    answer = allows(house.browser(), address, "Pia")
    given = client.fetch_token(authorization_response=answer, state=state, code_verifier=VERIFIER)
    claims = house.said_by(given["id_token"])
    JWTClaimsRegistry(
        iss={"essential": True, "value": house.known["issuer"]},
        aud={"essential": True, "value": str(app.client_id)},
        exp={"essential": True},
        nonce={"essential": True, "value": "once"},
    ).validate(claims)
    assert claims["iss"] == house.origin
    assert claims["sub"] == str(pia.id)
    told = client.get(house.known["userinfo_endpoint"]).json()
    assert told == {"sub": str(pia.id), "email": email_of("Pia"), "email_verified": True}

    renewed = client.refresh_token(refresh_token=given["refresh_token"])
    assert renewed["refresh_token"] != given["refresh_token"]
    assert client.get(house.known["userinfo_endpoint"]).status_code == 200
    gone = client.revoke_token(house.known["revocation_endpoint"], token=renewed["refresh_token"])
    assert gone.status_code == 200
    assert client.get(house.known["userinfo_endpoint"]).status_code == 401
    with pytest.raises(OAuthError, match="invalid_grant"):
        client.refresh_token(refresh_token=renewed["refresh_token"])


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
def test_a_system_gets_a_token_of_its_own_and_asks_what_it_says(
    method: str, house: House, tenant: UUID, bruno: Actor
) -> None:
    system = system_of(tenant, bruno)
    client = house.client(system, token_endpoint_auth_method=method)

    given = client.fetch_token(grant_type="client_credentials")
    assert "refresh_token" not in given
    assert client.get(f"{house.origin}/v1/invoices").status_code == 200
    assert client.get(f"{house.origin}/v1/consents").status_code == 403
    said = client.introspect_token(house.known["introspection_endpoint"], token=given["access_token"]).json()
    assert said["active"]
    assert (said["sub"], said["client_id"], said["scope"]) == (str(bruno.id), str(system.client_id), "money:read")

    client.revoke_token(house.known["revocation_endpoint"], token=given["access_token"])
    said = client.introspect_token(house.known["introspection_endpoint"], token=given["access_token"]).json()
    assert said == {"active": False}
    assert client.get(f"{house.origin}/v1/invoices").status_code == 401


def test_a_system_with_a_wrong_secret_hears_so(house: House, tenant: UUID, bruno: Actor) -> None:
    system = system_of(tenant, bruno)
    system.secret = "wrong"

    with pytest.raises(OAuthError, match="invalid_client"):
        house.client(system).fetch_token(grant_type="client_credentials")
