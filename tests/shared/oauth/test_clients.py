"""Programs: who registers them, and for whom they act."""

from dataclasses import replace
from uuid import UUID

import pytest

from salus.kernel.actor import Actor, Role
from salus.kernel.context import Context
from salus.kernel.errors import FreshFactorNeeded, NotAllowed, NotFound
from salus.kernel.operations import OPERATIONS
from salus.shared.oauth import actions, queries
from salus.shared.oauth.models import Client, ClientKind, GrantType
from salus.shared.oauth.rules import scopes
from salus.shared.oauth.rules.clients import form_target, is_redirect_uri, is_registered
from salus.shared.oauth.rules.refusals import (
    ActsAsAnother,
    AddressNeeded,
    InvalidClient,
    InvalidGrant,
    InvalidScope,
    NoSuchScope,
    NotARedirectUri,
    NotForPublicClients,
    OAuthRefusal,
    UnauthorizedClient,
    UnsupportedGrantType,
)
from salus.shared.oauth.schemas.management import ClientWrite
from salus.shared.people import actions as people
from salus.shared.people import queries as people_queries
from tests.cast import later
from tests.shared.oauth.scene import CALLBACK, App, System, app_of, fresh, registered, speaker, system_of

ASKING = {"grant_types": {GrantType.AUTHORIZATION_CODE}, "redirect_uris": [CALLBACK], "scopes": ["openid"]}


def test_a_system_acts_as_the_buyer_who_registered_it_for_their_organisation(
    system: System, tenant: UUID, bruno: Actor
) -> None:
    acting = speaker(tenant, system.token().access_token)

    assert acting.id == bruno.id
    assert acting.roles == {Role.ANYONE, Role.PERSON, Role.BUYER}
    assert acting.organisation_id == bruno.organisation_id
    assert acting.scopes == {"money:read"}
    assert acting.factor_at is None


def test_a_system_of_an_administrator_does_nothing_that_needs_them_in_person(tenant: UUID, ada: Actor) -> None:
    acting = speaker(tenant, system_of(tenant, ada, ["everything"]).token().access_token)
    assert acting.has(Role.ADMINISTRATOR)

    with Context(acting, tenant) as ctx, pytest.raises(FreshFactorNeeded):
        actions.rotate_keys(ctx)


def test_a_system_acts_for_nobody_once_whoever_registered_it_is_out(
    system: System, tenant: UUID, ada: Actor, bruno: Actor
) -> None:
    token = system.token().access_token
    with Context(fresh(ada), tenant) as ctx:
        people.end_role(ctx, people_queries.person(ctx, bruno.person_id), Role.BUYER)

    assert not speaker(tenant, token).is_signed_in
    with pytest.raises(InvalidGrant):
        system.token()


def test_a_system_of_somebody_who_was_an_administrator_acts_for_nobody(tenant: UUID, ada: Actor, paul: Actor) -> None:
    with Context(fresh(ada), tenant) as ctx:
        people.grant_role(ctx, people_queries.person(ctx, paul.person_id), Role.ADMINISTRATOR)
    system = system_of(tenant, replace(paul, roles=paul.roles | {Role.ADMINISTRATOR}), ["people:read"])
    token = system.token().access_token
    assert speaker(tenant, token).has(Role.ADMINISTRATOR)
    with Context(fresh(ada), tenant) as ctx:
        people.end_role(ctx, people_queries.person(ctx, paul.person_id), Role.ADMINISTRATOR)

    assert not speaker(tenant, token).is_signed_in


def test_a_system_acts_for_nobody_while_whoever_registered_it_is_suspended(
    system: System, tenant: UUID, ada: Actor, bruno: Actor
) -> None:
    token = system.token().access_token
    with Context(fresh(ada), tenant) as ctx:
        people.suspend(ctx, people_queries.person(ctx, bruno.person_id), reason="It looks odd.")

    assert not speaker(tenant, token).is_signed_in
    with pytest.raises(InvalidGrant):
        system.token()


def test_a_system_gets_no_scope_that_it_was_not_registered_for(system: System) -> None:
    with pytest.raises(InvalidScope):
        system.token("money:read money:write")


@pytest.mark.parametrize(
    ("asked", "refusal"),
    [
        ({"grant_type": "password"}, UnsupportedGrantType),
        ({"grant_type": "implicit"}, UnsupportedGrantType),
        ({}, UnsupportedGrantType),
        ({"grant_type": "authorization_code", "code": "x"}, UnauthorizedClient),
        ({"grant_type": "refresh_token", "refresh_token": "x"}, UnauthorizedClient),
    ],
)
def test_a_system_comes_in_by_its_own_credentials_only(
    system: System, asked: dict[str, str], refusal: type[OAuthRefusal]
) -> None:
    with pytest.raises(refusal):
        system.ask(**asked)


def test_a_program_must_prove_that_it_is_itself(app: App, system: System) -> None:
    secret = system.secret
    for wrong in (None, "", "wrong"):
        system.secret = wrong
        with pytest.raises(InvalidClient):
            system.token()
    app.secret = secret
    with pytest.raises(InvalidClient):
        app.refreshed("anything")


def test_a_secret_is_replaced_without_standing_still(system: System, tenant: UUID, bruno: Actor) -> None:
    before = system.secret
    with Context(fresh(bruno), tenant) as ctx:
        after = actions.replace_secret(ctx, queries.client(ctx, system.client_id)).secret
    assert system.token().access_token
    with later(hours=25):
        with pytest.raises(InvalidClient):
            system.token()
        system.secret = after
        assert system.token().access_token

    assert before != after
    with Context(bruno, tenant) as ctx:
        kept = queries.secrets_of(ctx, queries.client(ctx, system.client_id))
        assert [secret.expires_at is None for secret in kept] == [True, False]
        assert kept[0].used_at is not None


def test_nobody_makes_a_secret_by_which_they_would_act_as_another(system: System, tenant: UUID, ada: Actor) -> None:
    with Context(fresh(ada), tenant) as ctx, pytest.raises(ActsAsAnother):
        actions.replace_secret(ctx, queries.client(ctx, system.client_id))


def test_a_secret_is_kept_nowhere(system: System, tenant: UUID, owner_sql) -> None:
    rows = owner_sql("SELECT oauth_client_secrets::text FROM oauth_client_secrets", tenant)

    assert len(rows) == 1
    assert system.secret not in str(rows)


def test_an_ended_program_is_out_at_once(app: App, tenant: UUID, ada: Actor, pia: Actor) -> None:
    given = app.let_in_by(pia)
    with Context(ada, tenant) as ctx:
        actions.end_client(ctx, queries.client(ctx, app.client_id))

    assert not speaker(tenant, given.access_token).is_signed_in
    with pytest.raises(InvalidClient):
        app.refreshed(given.refresh_token)


def test_programs_are_registered_with_a_fresh_factor_by_whoever_may(tenant: UUID, pia: Actor, bruno: Actor) -> None:
    with pytest.raises(NotAllowed):
        registered(tenant, pia, kind=ClientKind.PUBLIC, **ASKING)
    with later(minutes=6), pytest.raises(FreshFactorNeeded), Context(bruno, tenant) as ctx:
        actions.register_client(ctx, ClientWrite(name="Pulse", kind=ClientKind.PUBLIC, **ASKING))


def test_one_organisation_does_not_see_the_programs_of_another(
    system: System, tenant: UUID, ben: Actor, ada: Actor
) -> None:
    with Context(ben, tenant) as ctx:
        assert queries.clients(ctx) == []
        with pytest.raises(NotFound):
            queries.client(ctx, system.client_id)
    with Context(ada, tenant) as ctx:
        assert [client.id for client in queries.clients(ctx)] == [system.client_id]


@pytest.mark.parametrize(
    ("wrong", "refusal"),
    [
        ({"redirect_uris": []}, AddressNeeded),
        ({"redirect_uris": ["http://app.example/callback"]}, NotARedirectUri),
        ({"redirect_uris": [CALLBACK, "javascript:alert(1)"]}, NotARedirectUri),
        ({"scopes": ["openid", "everything_else"]}, NoSuchScope),
        ({"scopes": ["people:write"]}, NoSuchScope),
        ({"scopes": ["oauth.register_client"]}, NoSuchScope),
        ({"scopes": ["money.settle_payment"]}, NoSuchScope),
        ({"grant_types": {GrantType.CLIENT_CREDENTIALS}}, NotForPublicClients),
    ],
)
def test_what_cannot_be_right_is_not_registered(
    tenant: UUID, ada: Actor, wrong: dict[str, object], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        registered(tenant, ada, **{"kind": ClientKind.PUBLIC, **ASKING, **wrong})


@pytest.mark.parametrize(
    ("uri", "is_good"),
    [
        ("https://app.example/callback", True),
        ("https://app.example:8443/callback?tenant=1", True),
        ("http://127.0.0.1/callback", True),
        ("http://[::1]:4711/callback", True),
        ("com.example.app:/callback", True),
        ("http://localhost/callback", False),
        ("http://127.0.0.1.evil.example/callback", False),
        ("http://app.example/callback", False),
        ("https://app.example/callback#fragment", False),
        ("https://somebody@app.example/callback", False),
        ("https:///callback", False),
        ("https://app.example:port/", False),
        ("https://app.example/\r\nset-cookie: sid=1", False),
        ("https://app.example/; script-src *", False),
        ("myapp:/callback", False),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("//app.example/callback", False),
        ("/callback", False),
        ("", False),
    ],
)
def test_an_answer_goes_over_tls_to_this_machine_or_to_an_app(uri: str, is_good: bool) -> None:
    assert is_redirect_uri(uri) == is_good


@pytest.mark.parametrize(
    ("asked", "is_good"),
    [
        ("https://app.example/callback", True),
        ("https://app.example/callback/", False),
        ("https://app.example/callback?more=1", False),
        ("https://app.example:443/callback", False),
        ("https://app.example.evil.example/callback", False),
        ("http://127.0.0.1:51004/callback", True),
        ("http://127.0.0.1:51004/callback/more", False),
        ("http://[::1]:51004/callback", False),
        ("http://localhost:51004/callback", False),
        ("http://127.0.0.1@evil.example/callback", False),
    ],
)
def test_an_address_is_the_registered_one_but_for_the_port_of_this_machine(asked: str, is_good: bool) -> None:
    assert is_registered(asked, ["https://app.example/callback", "http://127.0.0.1/callback"]) == is_good


@pytest.mark.parametrize(
    ("uri", "source"),
    [
        ("https://app.example:8443/callback", "https://app.example:8443"),
        ("http://127.0.0.1:51004/callback", "http://127.0.0.1:51004"),
        ("http://[::1]:51004/callback", "http:"),
        ("com.example.app:/callback", "com.example.app:"),
    ],
)
def test_the_policy_of_the_page_names_where_its_form_leads(uri: str, source: str) -> None:
    assert form_target(uri) == source


def test_what_decides_about_access_is_reached_by_no_scope_but_everything() -> None:
    narrow = scopes.known() - {"everything"}
    reached = {
        name
        for name, operation in OPERATIONS.items()
        if name.split(".")[0] in {"oauth", "api_keys", "federation"}
        or (name.startswith("people.") and operation.is_action)
        if operation.is_within(frozenset(narrow))
    }

    assert reached == {"oauth.userinfo", "oauth.smart_configuration"}  # the second is public


def test_every_scope_has_words() -> None:
    ours = [scope for scope in scopes.known() if not scope.startswith(("tests", "test_"))]
    silent = [scope for scope in ours if not scopes.words(scope).endswith(".")]

    assert silent == []
    assert scopes.in_words(["openid", "everything", "money:read", "offline_access"]) == [
        "Do everything that you may do here yourself.",
        "Stay connected while you are away, for at most 30 days.",
    ]


def test_a_program_of_one_tenant_is_unknown_at_another(app: App, other_tenant: UUID, stranger: Actor) -> None:
    app.tenant = other_tenant

    with pytest.raises(InvalidClient):
        app.refreshed("anything")


def test_the_database_itself_keeps_programs_as_they_were_registered(tenant: UUID, ada: Actor) -> None:
    app = app_of(tenant, ada)
    with Context(ada, tenant) as ctx:
        client = queries.client(ctx, app.client_id)

    assert isinstance(client, Client)
    assert client.role == Role.ADMINISTRATOR
    assert client.organisation_id is None
