"""Administrators name providers; and what people see when one does not answer."""

from collections.abc import Iterator
from typing import Any

import pytest

from salus.kernel.actor import Actor
from salus.kernel.context import Context, Origin, engine, nobody
from salus.kernel.errors import Conflict, FreshFactorNeeded, NotAllowed
from salus.shared.federation import actions, gateways, queries
from salus.shared.federation.models import IdentityProvider
from salus.shared.federation.rules import ProviderKnown
from salus.shared.federation.schemas import ProviderWrite
from salus.shared.people import actions as people
from tests.browsing import Browser, caller
from tests.cast import PASSWORD, code_of, email_of
from tests.shared.federation.conftest import Door
from tests.shared.federation.forger import Forger, forging
from tests.shared.federation.oidc_house import House


@pytest.fixture
def forger() -> Iterator[Forger]:
    with forging() as running:
        yield running


@pytest.fixture
def adas(door: Door) -> Iterator[Browser]:
    """Ada's browser, signed in with both factors."""
    opened = door.browser()
    opened.submit("/sign-in", on="/sign-in", email=email_of("Ada"), password=PASSWORD)
    opened.submit("/sign-in/code", on="/sign-in/code", code=code_of(door.tenant, "Ada"))
    yield opened
    opened.close()


@pytest.fixture
def browser(door: Door) -> Iterator[Browser]:
    opened = door.browser()
    yield opened
    opened.close()


def test_a_provider_is_added_on_the_page_and_shows_what_to_register_there(adas: Browser, house: House) -> None:
    assert "No providers yet" in adas.get("/providers").text

    added = adas.submit("/providers", on="/providers/new", name="Helmi", issuer=house.issuer, client_id="salus")

    page = adas.get(added.headers["location"]).text
    assert f"/sign-in/with/{added.headers['location'].rsplit('/', 1)[1]}/callback" in page
    assert "Sign in with Helmi" in adas.get("/sign-in").text


@pytest.mark.parametrize("issuer", ["https://[", "https://[::1", "https://helmi.example:99999999"])
def test_an_issuer_that_is_no_address_is_found_out(adas: Browser, issuer: str) -> None:
    answer = adas.submit("/providers", on="/providers/new", name="Helmi", issuer=issuer, client_id="salus")

    assert answer.status_code == 422


def test_an_issuer_that_is_not_written_as_it_calls_itself_is_found_out(adas: Browser, house: House) -> None:
    answer = adas.submit("/providers", on="/providers/new", name="Helmi", issuer=f"{house.issuer}/", client_id="salus")

    assert answer.status_code == 422
    assert "a slash at the end counts" in answer.text
    assert "Helmi" in answer.text


def test_the_secret_is_never_shown_and_stays_where_none_is_given(
    adas: Browser, door: Door, house: House, helmi: IdentityProvider
) -> None:
    with Context(door.ada, door.tenant) as ctx:
        secret = queries.provider(ctx, helmi.id).provider.client_secret
    page = f"/providers/{helmi.id}"
    assert secret not in adas.get(page).text

    adas.submit(page, on=page, name="Helmi 2", issuer=house.issuer, client_id="salus", is_trusted_with_email="true")

    with Context(door.ada, door.tenant) as ctx:
        assert queries.provider(ctx, helmi.id).provider.client_secret == secret
    assert "Helmi 2" in adas.get("/sign-in").text


def test_a_provider_keeps_its_issuer_and_is_there_once(door: Door, house: House, helmi: IdentityProvider) -> None:
    with pytest.raises(Conflict):
        door.change(helmi, issuer="https://evil.example")
    twin = door.add(house.issuer, client_id="another")
    with Context(door.ada, door.tenant) as ctx:
        client_id = queries.provider(ctx, helmi.id).provider.client_id
    with pytest.raises(ProviderKnown):
        door.change(twin, client_id=client_id)


def test_only_an_administrator_with_a_fresh_factor_decides_whom_to_trust(door: Door, pia: Actor, house: House) -> None:
    described = ProviderWrite(name="Helmi", issuer=house.issuer, client_id="salus")
    stale = Actor(door.ada.id, door.ada.roles)
    for somebody, refusal in ((pia, NotAllowed), (stale, FreshFactorNeeded)):
        with pytest.raises(refusal), Context(somebody, door.tenant) as ctx:
            actions.add_provider(ctx, described)


def test_a_program_of_the_administrators_adds_lists_and_retires_providers(app: Any, door: Door, house: House) -> None:
    with nobody(door.tenant, origin=Origin(channel="api")) as ctx:
        code = code_of(door.tenant, "Ada")
        token = people.sign_in(ctx, email=email_of("Ada"), password=PASSWORD, code=code).token
    program = caller(app, door.host, headers={"authorization": f"Bearer {token}"})

    new = {"name": "Helmi", "issuer": house.issuer, "client_id": "salus", "client_secret": "whispered"}
    added = program.post("/v1/identity-providers", json=new)
    assert added.status_code == 201, added.text
    assert "whispered" not in added.text
    assert program.delete(f"/v1/identity-providers/{added.json()['id']}").status_code == 204
    assert program.get("/v1/identity-providers").json()[0]["retired_at"] is not None
    assert program.get("/v1/me/linked-identities").json() == []
    program.close()


@pytest.mark.parametrize("trouble", ["down", "slow"])
def test_while_a_provider_does_not_answer_there_is_another_way_on(
    door: Door, browser: Browser, forger: Forger, monkeypatch: pytest.MonkeyPatch, trouble: str
) -> None:
    monkeypatch.setattr(gateways, "_known", gateways._Known())
    monkeypatch.setattr(gateways, "PATIENCE_WITH_PROVIDERS_S", 0.2)
    provider = door.add(forger.issuer, client_id="salus")
    if trouble == "slow":
        forger.is_silent.set()
    else:
        forger.statuses = {"/.well-known/openid-configuration": 503}

    answer = browser.submit(f"/sign-in/with/{provider.id}", on="/sign-in")

    assert answer.status_code == 503
    assert answer.headers["retry-after"]
    assert "does not answer as it should" in answer.text
    assert 'action="/sign-in"' in answer.text


def test_no_connection_to_the_database_waits_for_a_provider(
    door: Door, browser: Browser, forger: Forger, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider = door.add(forger.issuer, client_id="salus")
    held: list[int] = []

    def ask(*_: object) -> str:
        pool: Any = engine().pool
        held.append(pool.checkedout())
        return "https://helmi.example/"

    monkeypatch.setattr(gateways, "authorization_url", ask)

    assert browser.submit(f"/sign-in/with/{provider.id}", on="/sign-in").status_code == 200
    assert held == [0]
