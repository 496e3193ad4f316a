"""A program asks, a person answers."""

from uuid import UUID

import pytest

from salus.kernel.actor import Actor
from salus.kernel.context import Context
from salus.shared.oauth import actions, queries
from salus.shared.oauth.models import ClientKind
from salus.shared.oauth.rules.refusals import GrantReused, InvalidGrant, UnknownAddress, UnknownProgram
from tests.cast import later, letters
from tests.shared.oauth.scene import SITE, VERIFIER, App, answer_in, app_of, fresh, speaker


def test_what_a_person_allows_a_program_gets(app: App, tenant: UUID, pia: Actor) -> None:
    given = app.let_in_by(pia)

    acting = speaker(tenant, given.access_token)
    assert acting.id == pia.id
    assert acting.roles == pia.roles
    assert acting.scopes == frozenset(app.request().scope.split())
    assert acting.through == f"client/{app.client_id}"
    assert given.id_token is not None
    assert given.refresh_token is not None


def test_a_person_who_says_no_gives_nothing(app: App, tenant: UUID, pia: Actor) -> None:
    with Context(pia, tenant) as ctx:
        answer = answer_in(actions.decide(ctx, app.request(), is_allowed=False))

    assert answer["error"] == "access_denied"
    assert answer["state"] == "a state"
    assert answer["iss"]
    assert "code" not in answer


def test_a_code_serves_once_and_its_second_use_ends_what_the_first_gave(app: App, tenant: UUID, pia: Actor) -> None:
    code = app.allowed_by(pia)
    given = app.tokens_for(code)

    with pytest.raises(GrantReused):
        app.tokens_for(code)
    assert not speaker(tenant, given.access_token).is_signed_in
    with pytest.raises(InvalidGrant):
        app.refreshed(given.refresh_token)


def test_whoever_has_the_code_but_not_the_verifier_gets_and_ends_nothing(app: App, tenant: UUID, pia: Actor) -> None:
    code = app.allowed_by(pia)

    with pytest.raises(InvalidGrant):
        app.tokens_for(code, code_verifier=VERIFIER.replace("a", "b"))
    given = app.tokens_for(code)
    with pytest.raises(InvalidGrant):
        app.tokens_for(code, code_verifier=VERIFIER.replace("a", "b"))
    assert speaker(tenant, given.access_token).is_signed_in


def test_a_code_is_good_for_a_minute(app: App, pia: Actor) -> None:
    code = app.allowed_by(pia)

    with later(seconds=61), pytest.raises(InvalidGrant):
        app.tokens_for(code)


def test_a_code_is_for_the_program_that_asked(app: App, tenant: UUID, ada: Actor, pia: Actor) -> None:
    other = app_of(tenant, ada)

    with pytest.raises(InvalidGrant):
        other.tokens_for(app.allowed_by(pia))


@pytest.mark.parametrize(
    ("wrong", "refusal"),
    [
        ({"client_id": "nobody"}, UnknownProgram),
        ({"client_id": "018f4d5c-0000-7000-8000-000000000000"}, UnknownProgram),
        ({"redirect_uri": "com.example.app:/callback/more"}, UnknownAddress),
        ({"redirect_uri": "https://evil.example/"}, UnknownAddress),
        ({"redirect_uri": ""}, UnknownAddress),
    ],
)
def test_nobody_is_sent_to_an_address_that_was_not_registered(
    app: App, tenant: UUID, pia: Actor, wrong: dict[str, str], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal), Context(pia, tenant) as ctx:
        queries.authorization(ctx, app.request(**wrong))


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "id_token"}, "unsupported_response_type"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"code_challenge": ""}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": ""}, "invalid_request"),
        ({"scope": ""}, "invalid_scope"),
        ({"scope": "openid money:write"}, "invalid_scope"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"prompt": "none"}, "consent_required"),
        ({"max_age": "-1"}, "invalid_request"),
        ({"request": "e30.e30."}, "request_not_supported"),
        ({"request_uri": "https://app.example/request"}, "request_uri_not_supported"),
    ],
)
def test_a_program_hears_what_it_did_wrong(
    app: App, tenant: UUID, pia: Actor, wrong: dict[str, str], error: str
) -> None:
    with Context(pia, tenant) as ctx:
        asked = queries.authorization(ctx, app.request(**wrong))

    assert asked.leads_to is not None
    assert asked.leads_to.startswith(app.redirect_uri)
    assert answer_in(asked.leads_to)["error"] == error


def test_a_web_site_that_was_let_in_is_not_asked_about_again_until_it_wants_more(
    tenant: UUID, ada: Actor, pia: Actor
) -> None:
    site = app_of(tenant, ada, redirect_uri=SITE, kind=ClientKind.CONFIDENTIAL)
    site.let_in_by(pia, "openid profile")

    with Context(pia, tenant) as ctx:
        assert queries.authorization(ctx, site.request("openid")).is_allowed_already
        assert not queries.authorization(ctx, site.request("openid email")).is_allowed_already
        assert not queries.authorization(ctx, site.request("openid", prompt="consent")).is_allowed_already
        silent = queries.authorization(ctx, site.request("openid", prompt="none"))
        code = answer_in(actions.allow_again(ctx, silent))["code"]
    assert speaker(tenant, site.tokens_for(code).access_token).id == pia.id


def test_an_app_on_a_device_is_asked_about_each_time(app: App, tenant: UUID, pia: Actor) -> None:
    """Another app could take its scheme, and would come in without a question."""
    app.let_in_by(pia)

    with Context(pia, tenant) as ctx:
        assert not queries.authorization(ctx, app.request()).is_allowed_already


def test_somebody_signed_in_long_ago_proves_it_anew_if_the_program_wants_it(
    app: App, tenant: UUID, pia: Actor, ada: Actor
) -> None:
    with later(minutes=6):
        with Context(pia, tenant) as ctx:
            assert (queries.authorization(ctx, app.request(max_age="300")).leads_to or "").startswith("/sign-in?next=")
            assert queries.authorization(ctx, app.request(max_age="3600")).leads_to is None
            assert (queries.authorization(ctx, app.request(prompt="login")).leads_to or "").startswith("/sign-in?next=")
            assert (queries.authorization(ctx, app.request(acr_values="aal2")).leads_to or "").startswith("/confirm?")
            silent = queries.authorization(ctx, app.request(max_age="300", prompt="none"))
            assert answer_in(silent.leads_to or "")["error"] == "login_required"
        with Context(ada, tenant) as ctx:
            assert (queries.authorization(ctx, app.request(max_age="300")).leads_to or "").startswith("/confirm?next=")
        with Context(fresh(ada), tenant) as ctx:
            assert queries.authorization(ctx, app.request(max_age="300")).leads_to is None


def test_a_person_is_told_by_mail_of_each_program_and_of_everything_more_it_may(
    app: App, tenant: UUID, pia: Actor
) -> None:
    before = len(letters(tenant, "Pia"))
    app.let_in_by(pia, "openid")
    assert "Pulse" in letters(tenant, "Pia")[0].subject
    app.let_in_by(pia, "openid")
    assert len(letters(tenant, "Pia")) == before + 1

    app.let_in_by(pia, "openid email")
    assert len(letters(tenant, "Pia")) == before + 2
