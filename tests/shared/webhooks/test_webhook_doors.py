"""Webhooks as people set them up in the browser, and programs by the API."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI

from salus.kernel.actor import ANONYMOUS, SYSTEM, Actor
from salus.kernel.addresses import AddressRefused
from salus.kernel.context import Context
from salus.kernel.db import Table
from salus.kernel.errors import FreshFactorNeeded, NotFound
from salus.kernel.settings import settings
from salus.kernel.tenants import tenant_named
from salus.shared.webhooks import actions, queries
from salus.shared.webhooks.actions import TooManySubscriptions
from salus.shared.webhooks.actions.deliveries import NotActive
from salus.shared.webhooks.reactions import forget
from salus.shared.webhooks.rules.events import UnknownTopic
from salus.shared.webhooks.rules.retrying import KEPT_FOR, MOST_SUBSCRIPTIONS
from salus.web.audit import doors
from tests.browsing import Browser
from tests.cast import later
from tests.kernel.internet import Internet
from tests.receiver import Receiver, answers
from tests.shared.webhooks.scene import carry, rename, subscribed


class Visitor(Browser):
    """A browser of somebody who is already signed in."""

    actor: Actor = ANONYMOUS

    def api(self, method: str, path: str, body: Any = None) -> Any:
        return self.request(method, f"/v1/webhooks{path}", json=body)


@pytest.fixture
def visitor(app: FastAPI, tenant: UUID) -> Iterator[Visitor]:
    made = Visitor(app, tenant_named(tenant).hosts[0])
    authenticate = app.state.authenticate
    app.state.authenticate = lambda *_: made.actor
    yield made
    app.state.authenticate = authenticate
    made.close()


def test_pia_adds_a_webhook_tries_it_and_ends_it(
    tenant: UUID, pia: Actor, receiver: Receiver, visitor: Visitor
) -> None:
    visitor.actor = pia
    receiver.manners = answers(500, b"<script>alert(1)</script>")
    assert "No webhooks yet" in visitor.get("/account/webhooks").text
    shown = visitor.submit("/account/webhooks", on="/account/webhooks/new", url=receiver.url, topics="people.*\r\n*")
    assert "whsec_" in shown.text
    with Context(pia, tenant) as ctx:
        (mine,) = queries.subscriptions(ctx)
    page = f"/account/webhooks/{mine.id}"
    tried = visitor.submit(f"{page}/test", on=page)
    carry(tenant)
    delivery = visitor.get(tried.headers["location"]).text
    visitor.submit(f"{page}/end", on=page)

    assert "500" in delivery
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in delivery
    assert "<script>alert(1)" not in delivery
    assert "No webhooks yet" in visitor.get("/account/webhooks").text
    assert visitor.get(page).status_code == 404


def test_the_secret_is_shown_once(tenant: UUID, pia: Actor, receiver: Receiver, visitor: Visitor) -> None:
    visitor.actor = pia
    made = visitor.api("POST", "/subscriptions", {"url": receiver.url, "topics": ["*"]}).json()
    its, page = f"/subscriptions/{made['subscription']['id']}", f"/account/webhooks/{made['subscription']['id']}"
    rotated = visitor.api("POST", f"{its}/secret").json()
    shown = [visitor.api("GET", path).text for path in ("/subscriptions", its, f"{its}/deliveries")]
    pages = [visitor.get(path).text for path in ("/account/webhooks", page)]

    assert made["secret"].startswith("whsec_")
    assert rotated["secret"] != made["secret"]
    assert not [text for text in shown + pages if "whsec_" in text]


def test_a_program_looks_at_what_was_sent_and_asks_for_it_again(
    tenant: UUID, pia: Actor, receiver: Receiver, visitor: Visitor
) -> None:
    visitor.actor = pia
    receiver.manners = answers(200, b"\xff\x00 thanks")
    mine = subscribed(tenant, pia, receiver.url)
    rename(tenant, pia)
    carry(tenant)
    (delivery,) = visitor.api("GET", f"/subscriptions/{mine.issued.subscription.id}/deliveries").json()
    (attempt,) = visitor.api("GET", f"/deliveries/{delivery['id']}/attempts").json()
    again = visitor.api("POST", f"/deliveries/{delivery['id']}/redelivery").json()

    assert (delivery["operation"], delivery["state"], delivery["tries"]) == ("people.rename", "delivered", 1)
    assert (attempt["status"], attempt["answer"]) == (200, "\ufffd\x00 thanks")
    assert (again["state"], again["tries"]) == ("waiting", 0)


def test_an_address_that_leads_inside_is_not_kept(
    tenant: UUID, pia: Actor, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen to fail with the check at saving taken out."""
    monkeypatch.setattr(settings(), "outbound_allow", ())
    internet = Internet(monkeypatch)
    internet.knows("inside.example.com", "10.0.0.7")
    visitor.actor = pia
    for url in ("https://inside.example.com/", "http://example.com/", "https://169.254.169.254/latest/meta-data"):
        refused = visitor.submit("/account/webhooks", on="/account/webhooks/new", url=url, topics="*")
        assert refused.status_code == 422
        assert 'id="field-url-error"' in refused.text
        with pytest.raises(AddressRefused):
            subscribed(tenant, pia, url)

    assert not internet.reached


def test_what_asks_to_hear_or_for_a_secret_needs_a_fresh_second_factor(
    tenant: UUID, pia: Actor, receiver: Receiver
) -> None:
    mine = subscribed(tenant, pia, receiver.url)
    stale = replace(pia, factor_at=None)

    with pytest.raises(FreshFactorNeeded):
        subscribed(tenant, stale, receiver.url)
    with pytest.raises(FreshFactorNeeded), Context(stale, tenant) as ctx:
        actions.rotate_secret(ctx, queries.subscription(ctx, mine.issued.subscription.id))


def test_nobody_sees_or_touches_anybody_elses(
    tenant: UUID, pia: Actor, paul: Actor, ada: Actor, receiver: Receiver
) -> None:
    mine = subscribed(tenant, pia, receiver.url)
    mine.send_test()
    row, (sent,) = mine.subscription(), mine.deliveries()
    for other in (paul, ada):
        with Context(other, tenant) as ctx:
            assert not queries.subscriptions(ctx)
        for deed in (actions.resume, actions.end, actions.send_test, actions.rotate_secret):
            with pytest.raises(NotFound), Context(other, tenant) as ctx:
                deed(ctx, row)
        with pytest.raises(NotFound), Context(other, tenant) as ctx:
            queries.delivery(ctx, sent.id)
        with pytest.raises(NotFound), Context(other, tenant) as ctx:
            actions.redeliver(ctx, sent)


def test_topics_that_no_event_has_are_refused(tenant: UUID, pia: Actor, receiver: Receiver) -> None:
    for topics in (["health_data.explode"], ["nothing.*"], ["webhooks.subscribe"], ["people.people"]):
        with pytest.raises(UnknownTopic):
            subscribed(tenant, pia, receiver.url, *topics)


def test_nothing_is_sent_again_while_it_is_paused(tenant: UUID, pia: Actor, receiver: Receiver) -> None:
    receiver.manners = answers(410)
    mine = subscribed(tenant, pia, receiver.url)
    mine.send_test()
    carry(tenant)

    with pytest.raises(NotActive):
        mine.redeliver()


def test_there_is_a_limit_to_how_many_one_may_have(tenant: UUID, pia: Actor, receiver: Receiver) -> None:
    for _ in range(MOST_SUBSCRIPTIONS):
        subscribed(tenant, pia, receiver.url)

    with pytest.raises(TooManySubscriptions):
        subscribed(tenant, pia, receiver.url)


def test_the_log_is_let_go_of_after_a_month(tenant: UUID, pia: Actor, receiver: Receiver) -> None:
    mine = subscribed(tenant, pia, receiver.url)
    mine.send_test()
    carry(tenant)
    with later(days=KEPT_FOR.days - 1):
        forget(Context(SYSTEM, tenant))
        assert len(mine.deliveries()) == 1
    with later(days=KEPT_FOR.days + 1):
        forget(Context(SYSTEM, tenant))

    assert not mine.deliveries()


def test_every_resource_that_an_event_names_is_a_door_of_the_api(app: FastAPI) -> None:
    named = {table.resource for table in Table.__subclasses__() if table.resource}
    known = {re.sub(r"{\w+}", "{id}", path) for method, path in doors(app) if method == "GET"}

    assert len(named) >= 9
    assert named <= known
