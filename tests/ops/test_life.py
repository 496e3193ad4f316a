"""Whoever looks after an installation finds the whole life of one person's deed under one id, and no person in it."""

import json
from io import BytesIO
from ipaddress import ip_network
from pathlib import Path
from uuid import UUID

import pytest
from typer.testing import CliRunner

from salus.cli import app as command_line
from salus.exchanges.health_data.actions import imports
from salus.kernel.actor import Actor
from salus.kernel.context import Context
from salus.kernel.settings import settings
from salus.kernel.tenants import tenant_named
from salus.life import Moment, life
from salus.shared.money import queries as money
from salus.worker import settle_everything
from tests.attacks.sinks import listening
from tests.browsing import application, caller
from tests.exchanges.health_data.conftest import till, trade
from tests.exchanges.health_data.scene import Trade
from tests.receiver import receiving
from tests.shared.money.till import Till
from tests.shared.webhooks.scene import carry, subscribed
from tests.world import visitor

__all__ = ["till", "trade"]

PAYING = "bruno-pays-1"
OF_PEOPLE = ("Pia", "Bruno", "Helix", "people.example", "heart rate", "Authorization", "bearer")


@pytest.fixture
def lived(
    trade: Trade, till: Till, tenant: UUID, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> tuple[Path, str, list[str]]:
    """Bruno pays under an id of his own: the file of the log, its id at the gateway's request, and what a webhook
    of his was told it belongs to."""
    monkeypatch.setattr(settings(), "outbound_allow", (ip_network("127.0.0.1/32"),))
    request = trade.agreed(trade.asked(trade.published()))
    bruno = visitor(tenant, "buyer", "Bruno", has_factor=True)
    program = caller(application(), tenant_named(tenant).hosts[0])
    with receiving() as receiver, listening() as heard:
        subscribed(tenant, trade.buyer, receiver.url, "money.settle")
        given = {"authorization": f"Bearer {bruno.api}", "x-correlation-id": PAYING}
        paying = program.post(f"/v1/health-data/requests/{request.id}/payment", headers=given)
        assert paying.status_code == 201
        settle_everything()
        with Context(trade.buyer, tenant) as ctx:
            till.pay(money.payment(ctx, UUID(paying.json()["payment_id"])), "4242424242424242")
        told = till.inbox.next()
        signed = {name: value for name, value in told.headers.items() if name.lower().startswith("webhook-")}
        heard_of_it = program.post("/v1/webhooks/sim", content=told.body, headers=signed)
        assert heard_of_it.status_code == 204
        carry(tenant)
    kept = tmp_path / "log.jsonl"
    kept.write_text(heard.getvalue() + "a line of somebody else\n{\n")
    sent_on = [str(received.headers["x-correlation-id"]) for received in receiver.received]
    return kept, heard_of_it.headers["x-correlation-id"], sent_on


def what(moments: list[Moment], source: str) -> list[str]:
    return [moment.what for moment in moments if moment.source == source]


def test_the_life_of_a_purchase_is_told_from_the_click_to_the_webhook(lived: tuple[Path, str, list[str]]) -> None:
    kept, at_the_door, sent_on = lived

    moments = life(PAYING, kept.read_text().splitlines())

    deeds = [deed.removesuffix(" done") for deed in what(moments, "record")]
    wanted = ["money.intend", "health_data.pay", "money.learn", "money.settle", "money.receive", "health_data.deliver"]
    assert [deed for deed in deeds if deed in wanted][:2] == wanted[:2]
    assert set(wanted) <= set(deeds)
    assert any(mail.startswith("health_data/") for mail in what(moments, "mail"))
    assert "money.settle delivered" in what(moments, "webhook")
    assert [moment.known["status"] for moment in moments if moment.what == "attempt"] == [204]
    assert sent_on == [PAYING]
    reactions = [moment.known["reaction"] for moment in moments if moment.what == "reaction"]
    assert {"money.request_payment", "money.bill", "messages.send"} <= set(reactions)
    requests = {moment.known["route"] for moment in moments if moment.source == "log" and moment.what == "request"}
    assert requests == {"/v1/health-data/requests/{request_id}/payment", "/v1/webhooks/sim"}
    assert at_the_door != PAYING
    assert [moment.at for moment in moments] == sorted(moment.at for moment in moments)


def test_the_command_line_prints_it_and_no_person_stands_in_it(lived: tuple[Path, str, list[str]]) -> None:
    kept, _, _ = lived

    from_file = CliRunner().invoke(command_line, ["trace", PAYING, "--log", str(kept)])
    from_input = CliRunner().invoke(command_line, ["trace", PAYING, "--log", "-"], input=kept.read_text())

    assert from_file.exit_code == 0, from_file.output
    assert from_file.output == from_input.output
    assert "money.settle done" in from_file.output
    assert [word for word in OF_PEOPLE if word.lower() in from_file.output.lower()] == []


def test_what_is_still_owed_is_told_and_what_was_done_is_not(pia: Actor, tenant: UUID) -> None:
    with Context(pia, tenant, correlation_id="pia-brings-1") as ctx:
        imports.bring_in(ctx, BytesIO(b"no export at all"), name="export.zip")

    assert what(life("pia-brings-1"), "reaction") == ["health_data.read_export owed"]

    settle_everything()
    assert what(life("pia-brings-1"), "reaction") == []


def test_of_an_id_nobody_knows_nothing_is_told(home: Path) -> None:
    asked = CliRunner().invoke(command_line, ["trace", "nobody-knows-it"])

    assert asked.exit_code == 1
    assert "Nothing is known" in asked.output


def test_every_line_of_the_log_is_json_and_carries_an_id(lived: tuple[Path, str, list[str]]) -> None:
    kept, _, _ = lived
    ours = kept.read_text().splitlines()[:-2]

    assert len(ours) >= 2
    assert all({"event", "level", "timestamp", "correlation_id"} <= json.loads(line).keys() for line in ours)
