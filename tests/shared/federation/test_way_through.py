"""The way through a provider that nobody here wrote, and back."""

import html
import re
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from httpx2 import Response

from salus.kernel.actor import SYSTEM, Actor
from salus.kernel.context import Context, nobody
from salus.shared.federation import actions, queries
from salus.shared.federation.models import IdentityProvider
from salus.shared.federation.reactions import forget_attempts
from salus.shared.messages import queries as messages
from salus.shared.people import actions as people
from salus.shared.people import queries as people_queries
from salus.worker import settle_everything
from tests.browsing import Browser
from tests.cast import PASSWORD, buyer, code_of, email_of, later, letters, seller
from tests.shared.federation.conftest import Door
from tests.shared.federation.oidc_house import House

Sql = Callable[..., list[tuple[object, ...]]]


@pytest.fixture
def browser(door: Door) -> Iterator[Browser]:
    opened = door.browser()
    yield opened
    opened.close()


@pytest.fixture
def other_browser(door: Door) -> Iterator[Browser]:
    opened = door.browser()
    yield opened
    opened.close()


def leave(browser: Browser, provider: IdentityProvider, *, way: str = "/sign-in/with", on: str = "/sign-in") -> str:
    """Press the button: the address at the provider that one is sent to."""
    page = browser.submit(f"{way}/{provider.id}", on=on)
    found = re.search(r'content="0; url=([^"]+)"', page.text)
    assert found is not None, page.text
    return html.unescape(found[1])


def path_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"


def through(browser: Browser, house: House, provider: IdentityProvider) -> Response:
    """Press the button, sign in there, come back."""
    return browser.get(path_of(house.sign_in(leave(browser, provider))))


def link(browser: Browser, house: House, provider: IdentityProvider) -> Response:
    """Press the button on the account's page, sign in there, come back."""
    return browser.get(path_of(house.sign_in(leave(browser, provider, way="/account/links", on="/account/links"))))


def sign_in(browser: Browser, tenant: UUID, name: str) -> None:
    """With password and second factor."""
    browser.submit("/sign-in", on="/sign-in", email=email_of(name), password=PASSWORD)
    browser.submit("/sign-in/code", on="/sign-in/code", code=code_of(tenant, name))
    assert is_signed_in(browser)


def sign_out(browser: Browser) -> None:
    browser.submit("/sign-out", on="/account")


def choose_password(tenant: UUID, name: str) -> None:
    """By the link that is sent to whoever forgot theirs, or never had one."""
    with nobody(tenant) as ctx:
        people.request_reset(ctx, email_of(name))
    link_to_reset = next(letter for letter in letters(tenant, name) if "/reset?" in letter.body)
    with nobody(tenant) as ctx:
        people.reset_password(ctx, link_to_reset.token, "seven quiet lanterns on a river")


def is_signed_in(browser: Browser) -> bool:
    return bool(browser.get("/account").status_code == 200)


def links_of(owner_sql: Sql, tenant: UUID) -> list[object]:
    rows = owner_sql("SELECT person_id FROM linked_identities WHERE tenant_id = :its", tenant, its=tenant)
    return [person_id for (person_id,) in rows]


def test_somebody_new_makes_an_account_without_a_password(
    browser: Browser, house: House, helmi: IdentityProvider, tenant: UUID, ada: Actor
) -> None:
    assert "Sign in with Helmi" in browser.get("/sign-in").text
    house.next_is("pia-there", email=email_of("Pia"), email_verified=True, name="Pia Seppälä")

    page = through(browser, house, helmi).headers["location"]
    assert not is_signed_in(browser)
    assert "Pia Seppälä" in browser.get(page).text
    answer = browser.submit(page, on=page, name="Pia Seppälä")

    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert email_of("Pia") in browser.get("/account").text
    assert "Your account can be opened with Helmi now" in {letter.subject for letter in letters(tenant, "Pia")}
    with Context(ada, tenant) as ctx:
        assert "Somebody waits for your review" in {notice.title for notice in messages.notices(ctx)}

    sign_out(browser)
    assert through(browser, house, helmi).headers["location"] == "/"
    assert is_signed_in(browser)


def test_no_account_is_made_before_its_person_agreed_and_only_once(
    browser: Browser, other_browser: Browser, house: House, helmi: IdentityProvider, tenant: UUID, owner_sql: Sql
) -> None:
    house.next_is("pia-there", email=email_of("Pia"), email_verified=True)
    page = through(browser, house, helmi).headers["location"]
    assert links_of(owner_sql, tenant) == []

    other_browser.get("/sign-in")
    assert other_browser.get(page).status_code == 404
    token = re.search(r'name="csrf_token" value="([^"]*)"', other_browser.get("/sign-in").text)
    assert token is not None
    stolen = other_browser.request("POST", page, data={"csrf_token": token[1], "name": "Mallory"})
    assert stolen.status_code == 404

    browser.submit(page, on=page, name="Pia")
    assert browser.get(page).status_code == 404
    assert len(links_of(owner_sql, tenant)) == 1


def test_a_verified_address_opens_the_account_that_proved_the_same(
    browser: Browser, house: House, helmi: IdentityProvider, tenant: UUID, owner_sql: Sql
) -> None:
    pia = seller(tenant, "Pia")
    house.next_is("pia-there", email=email_of("Pia").upper(), email_verified=True)

    through(browser, house, helmi)

    assert is_signed_in(browser)
    assert links_of(owner_sql, tenant) == [pia.id]
    assert "Your account can be opened with Helmi now" in {letter.subject for letter in letters(tenant, "Pia")}


@pytest.mark.parametrize("verified", [False, None, "true", 1])
def test_an_address_that_the_provider_did_not_verify_opens_nothing(
    browser: Browser, house: House, helmi: IdentityProvider, tenant: UUID, owner_sql: Sql, verified: object
) -> None:
    seller(tenant, "Pia")
    house.next_is("somebody", email=email_of("Pia"), email_verified=verified)

    answer = through(browser, house, helmi)

    assert answer.status_code == 422
    assert "did not tell us an e-mail address" in answer.text
    assert not is_signed_in(browser)
    assert links_of(owner_sql, tenant) == []


def test_a_provider_that_nobody_trusts_with_addresses_opens_nothing_by_one(
    browser: Browser, house: House, helmi: IdentityProvider, door: Door, tenant: UUID
) -> None:
    seller(tenant, "Pia")
    door.change(helmi, is_trusted_with_email=False)
    house.next_is("somebody", email=email_of("Pia"), email_verified=True)

    assert through(browser, house, helmi).status_code == 422
    assert not is_signed_in(browser)


@pytest.mark.parametrize("times", [1, 2], ids=["unproven", "contested"])
def test_an_account_that_a_stranger_may_have_made_with_ones_address_is_not_linked(
    browser: Browser, house: House, helmi: IdentityProvider, tenant: UUID, owner_sql: Sql, times: int
) -> None:
    """Pre-hijacking: the stranger's password would open what its owner brings in."""
    for password in ["the stranger knows this one well", PASSWORD][:times]:
        with nobody(tenant) as ctx:
            people.sign_up(ctx, name="Mallory", email=email_of("Pia"), password=password)
    settle_everything()
    house.next_is("pia-there", email=email_of("Pia"), email_verified=True)

    answer = through(browser, house, helmi)

    assert answer.status_code == 422
    assert "password may be a stranger" in html.unescape(answer.text)
    assert not is_signed_in(browser)
    assert links_of(owner_sql, tenant) == []

    choose_password(tenant, "Pia")
    through(browser, house, helmi)
    assert is_signed_in(browser)


def test_people_who_differ_in_case_alone_are_different_people(
    browser: Browser, house: House, helmi: IdentityProvider, tenant: UUID
) -> None:
    seller(tenant, "Pia")
    house.next_is("qWeRt", email=email_of("Pia"), email_verified=True)
    through(browser, house, helmi)
    sign_out(browser)

    house.next_is("QwErT", email="somebody@else.example", email_verified=False)
    through(browser, house, helmi)
    assert not is_signed_in(browser)


def test_what_one_browser_began_no_other_finishes(
    browser: Browser, other_browser: Browser, house: House, helmi: IdentityProvider, tenant: UUID
) -> None:
    """Else whoever gets somebody to follow a link signs them in as themselves, and reads what they bring in."""
    house.next_is("mallory-there", email=email_of("Mallory"), email_verified=True)
    back = path_of(house.sign_in(leave(browser, helmi)))
    other_browser.get("/sign-in")

    answer = other_browser.get(back)

    assert answer.status_code == 422
    assert "began in another browser" in answer.text
    assert browser.get(back).status_code == 303


def test_a_return_counts_once(browser: Browser, house: House, helmi: IdentityProvider, tenant: UUID) -> None:
    seller(tenant, "Pia")
    house.next_is("pia-there", email=email_of("Pia"), email_verified=True)
    back = path_of(house.sign_in(leave(browser, helmi)))
    assert browser.get(back).status_code == 303
    sign_out(browser)

    assert browser.get(back).status_code == 422
    assert not is_signed_in(browser)


def test_a_return_counts_for_ten_minutes(browser: Browser, house: House, helmi: IdentityProvider, tenant: UUID) -> None:
    seller(tenant, "Pia")
    house.next_is("pia-there", email=email_of("Pia"), email_verified=True)
    back = path_of(house.sign_in(leave(browser, helmi)))

    with later(minutes=11):
        assert browser.get(back).status_code == 422


def test_the_answer_of_one_provider_is_not_taken_for_anothers(
    browser: Browser, house: House, helmi: IdentityProvider, door: Door, tenant: UUID
) -> None:
    """Mix-up (RFC 9207): by the name in the answer, and by an address of its own for each provider."""
    other = door.add(house.issuer, client_id="another", is_trusted_with_email=True)
    seller(tenant, "Pia")
    house.next_is("pia-there", email=email_of("Pia"), email_verified=True)

    back = path_of(house.sign_in(leave(browser, helmi)))
    assert browser.get(back.replace(str(helmi.id), str(other.id))).status_code == 422
    assert browser.get(re.sub(r"iss=[^&]+", "iss=https%3A%2F%2Fevil.example", back)).status_code == 422
    assert not is_signed_in(browser)

    back = path_of(house.sign_in(leave(browser, helmi)))
    assert browser.get(re.sub(r"&iss=[^&]+", "", back)).status_code == 422
    assert not is_signed_in(browser)


def test_whoever_does_not_agree_there_reads_so_in_our_words(
    browser: Browser, house: House, helmi: IdentityProvider
) -> None:
    state = re.search(r"state=([\w-]+)", leave(browser, helmi))
    assert state is not None

    callback = f"/sign-in/with/{helmi.id}/callback"
    answer = browser.get(f"{callback}?error=access_denied&error_description=%3Cb%3Ebuy+now&state={state[1]}")

    assert answer.status_code == 422
    assert "You did not sign in there" in answer.text
    assert "buy now" not in answer.text
    assert 'action="/sign-in"' in answer.text
    assert browser.get(f"{callback}?code=made-up&state={state[1]}").status_code == 422


@pytest.mark.filterwarnings("ignore:EdDSA is deprecated via RFC 9864")
@pytest.mark.parametrize(
    "registered",
    [
        {"id_token_signed_response_alg": "ES256"},
        {"id_token_signed_response_alg": "EdDSA"},
        {"token_endpoint_auth_method": "none"},
        {"token_endpoint_auth_method": "client_secret_post"},
    ],
    ids=["ES256", "EdDSA", "public", "post"],
)
def test_providers_that_sign_or_ask_otherwise_work_as_well(
    browser: Browser, house: House, door: Door, tenant: UUID, registered: dict[str, str]
) -> None:
    seller(tenant, "Pia")
    provider = door.add(house.issuer, client_id="not known yet", is_trusted_with_email=True)
    client = house.register(door.redirect_uri(provider), **registered)
    door.change(provider, client_id=client.client_id, client_secret=client.client_secret)
    house.next_is("pia-there", email=email_of("Pia"), email_verified=True)

    through(browser, house, provider)

    assert is_signed_in(browser)


def test_a_person_links_an_account_under_another_address(
    browser: Browser, house: House, helmi: IdentityProvider, tenant: UUID
) -> None:
    buyer(tenant, "Bruno", organisation="Helix Research")
    sign_in(browser, tenant, "Bruno")
    house.next_is("bruno-there", email="bruno@elsewhere.example", email_verified=False)

    answer = link(browser, house, helmi)
    assert answer.headers["location"] == "/account/links"
    assert "bruno@elsewhere.example" in browser.get("/account/links").text

    sign_out(browser)
    assert through(browser, house, helmi).headers["location"].startswith("/sign-in/code")
    browser.submit("/sign-in/code", on="/sign-in/code", code=code_of(tenant, "Bruno", steps=1))
    assert email_of("Bruno") in browser.get("/account").text


def test_linking_asks_for_a_fresh_factor(browser: Browser, house: House, helmi: IdentityProvider, tenant: UUID) -> None:
    seller(tenant, "Pia")
    browser.submit("/sign-in", on="/sign-in", email=email_of("Pia"), password=PASSWORD)

    answer = browser.submit(f"/account/links/{helmi.id}", on="/account/links")

    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/confirm")


def test_what_one_person_began_to_link_is_not_linked_to_another(
    browser: Browser, house: House, helmi: IdentityProvider, tenant: UUID, owner_sql: Sql
) -> None:
    buyer(tenant, "Bruno", organisation="Helix Research")
    seller(tenant, "Pia")
    sign_in(browser, tenant, "Bruno")
    house.next_is("bruno-there")
    back = path_of(house.sign_in(leave(browser, helmi, way="/account/links", on="/account/links")))
    sign_out(browser)
    browser.submit("/sign-in", on="/sign-in", email=email_of("Pia"), password=PASSWORD)

    assert browser.get(back).status_code == 422
    assert links_of(owner_sql, tenant) == []


def test_an_account_elsewhere_opens_one_account_here(
    browser: Browser, house: House, helmi: IdentityProvider, tenant: UUID, owner_sql: Sql
) -> None:
    pia = seller(tenant, "Pia")
    house.next_is("shared-there", email=email_of("Pia"), email_verified=True)
    through(browser, house, helmi)
    sign_out(browser)
    buyer(tenant, "Bruno", organisation="Helix Research")
    sign_in(browser, tenant, "Bruno")

    assert link(browser, house, helmi).status_code == 409
    assert links_of(owner_sql, tenant) == [pia.id]


def test_the_last_way_in_is_not_unlinked(
    browser: Browser, house: House, helmi: IdentityProvider, tenant: UUID, owner_sql: Sql
) -> None:
    house.next_is("pia-there", email=email_of("Pia"), email_verified=True)
    page = through(browser, house, helmi).headers["location"]
    browser.submit(page, on=page, name="Pia")
    unlink = re.search(r'action="(/account/links/[0-9a-f-]+/unlink)"', browser.get("/account/links").text)
    assert unlink is not None

    assert browser.submit(unlink[1], on="/account/links").status_code == 409
    assert len(links_of(owner_sql, tenant)) == 1

    choose_password(tenant, "Pia")
    through(browser, house, helmi)
    assert browser.submit(unlink[1], on="/account/links").status_code == 303
    assert links_of(owner_sql, tenant) == []
    assert letters(tenant, "Pia")[0].subject == "Helmi opens your account no more"


def test_nobody_signs_in_with_a_password_that_was_never_chosen(
    browser: Browser, house: House, helmi: IdentityProvider
) -> None:
    house.next_is("pia-there", email=email_of("Pia"), email_verified=True)
    page = through(browser, house, helmi).headers["location"]
    browser.submit(page, on=page, name="Pia")
    sign_out(browser)

    answer = browser.submit("/sign-in", on="/sign-in", email=email_of("Pia"), password="the password of nobody at all")

    assert answer.status_code == 422


def test_somebody_who_is_locked_out_comes_in_no_other_way(
    browser: Browser, house: House, helmi: IdentityProvider, tenant: UUID, ada: Actor
) -> None:
    pia = seller(tenant, "Pia")
    house.next_is("pia-there", email=email_of("Pia"), email_verified=True)
    through(browser, house, helmi)
    sign_out(browser)
    with Context(ada, tenant) as ctx:
        people.suspend(ctx, people_queries.person(ctx, pia.person_id), reason="Unpaid bills")

    assert through(browser, house, helmi).status_code == 422
    assert not is_signed_in(browser)


@pytest.mark.parametrize(
    ("trusted", "amr", "is_in"),
    [(False, ["pwd", "mfa"], False), (True, ["pwd"], False), (True, None, False), (True, ["pwd", "mfa"], True)],
    ids=["not trusted", "one factor", "says nothing", "trusted"],
)
def test_a_second_factor_given_elsewhere_counts_where_it_is_trusted(
    browser: Browser,
    house: House,
    helmi: IdentityProvider,
    door: Door,
    tenant: UUID,
    trusted: bool,
    amr: list[str] | None,
    is_in: bool,
) -> None:
    buyer(tenant, "Bruno", organisation="Helix Research")
    door.change(helmi, is_trusted_with_factor=trusted)
    house.next_is("bruno-there", email=email_of("Bruno"), email_verified=True, amr=amr)

    through(browser, house, helmi)

    assert is_signed_in(browser) is is_in
    assert (browser.get("/market").status_code == 200) is is_in


def test_a_retired_provider_is_gone(browser: Browser, helmi: IdentityProvider, door: Door) -> None:
    with Context(door.ada, door.tenant) as ctx:
        actions.retire_provider(ctx, queries.provider(ctx, helmi.id).provider)

    assert "Helmi" not in browser.get("/sign-in").text
    assert browser.submit(f"/sign-in/with/{helmi.id}", on="/sign-in").status_code == 404


def test_a_provider_of_another_tenant_is_not_there(
    app: object, browser: Browser, helmi: IdentityProvider, other_tenant: UUID, door: Door
) -> None:
    elsewhere = Door(door.app, other_tenant, door.ada).browser()

    assert "Helmi" not in elsewhere.get("/sign-in").text
    assert elsewhere.submit(f"/sign-in/with/{helmi.id}", on="/sign-in").status_code == 404
    elsewhere.close()


def test_what_newcomers_told_who_did_not_stay_is_forgotten(
    browser: Browser, house: House, helmi: IdentityProvider, tenant: UUID, owner_sql: Sql
) -> None:
    house.next_is("pia-there", email=email_of("Pia"), email_verified=True)
    through(browser, house, helmi)

    with later(days=2):
        forget_attempts(Context(SYSTEM, tenant))

    assert owner_sql("SELECT id FROM federated_sign_ins WHERE tenant_id = :its", tenant, its=tenant) == []
