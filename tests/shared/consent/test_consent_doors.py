"""What people do in the browser, and programs by the API."""

import io
import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from httpx2 import Response
from pypdf import PdfReader

from salus.kernel.actor import ANONYMOUS, Actor
from salus.kernel.ids import new_id
from salus.kernel.tenants import tenants
from salus.web.render import NO_FRAME
from tests.browsing import caller
from tests.shared.consent.scene import PIA_NAME, Exchange, member, person


class Visitor:
    """Somebody at the front door, already known to be whoever `actor` says."""

    def __init__(self, app: FastAPI, exchange: Exchange) -> None:
        self.actor: Actor = ANONYMOUS
        host = next(tenant.hosts[0] for tenant in tenants() if tenant.id == exchange.tenant)
        self._client = caller(app, host)

    def request(self, actor: Actor, method: str, path: str, **options: Any) -> Response:
        self.actor = actor
        return self._client.request(method, path, **options)

    def get(self, actor: Actor, path: str) -> Response:
        return self.request(actor, "GET", path)

    def post(self, actor: Actor, path: str, **form: str) -> Response:
        """Send a form as a browser does, with the token of the page it stands on."""
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.get(actor, path.rsplit("/", 1)[0]).text)
        assert token is not None
        return self.request(actor, "POST", path, data=form | {"csrf_token": token[1]})

    def api(self, actor: Actor, method: str, path: str, body: object = None) -> Response:
        return self.request(actor, method, f"/v1/consents{path}", json=body)

    def close(self) -> None:
        self._client.close()


@pytest.fixture
def visitor(app: FastAPI, exchange: Exchange) -> Iterator[Visitor]:
    made = Visitor(app, exchange)
    authenticate, frame = app.state.authenticate, app.state.frame
    app.state.authenticate, app.state.frame = lambda *_: made.actor, lambda ctx: NO_FRAME
    yield made
    app.state.authenticate, app.state.frame = authenticate, frame
    made.close()


def digest_on(page: str) -> str:
    found = re.search(r'name="text_sha256" value="([0-9a-f]{64})"', page)
    assert found
    return found.group(1)


def test_a_person_reads_agrees_and_withdraws(visitor: Visitor, exchange: Exchange) -> None:
    pia, consent_id = exchange.pia, exchange.ask()
    page = visitor.get(pia, f"/consents/{consent_id}").text
    assert "We study how sleep changes the pulse." in page

    agreed = visitor.post(
        pia, f"/consents/{consent_id}/give", text_sha256=digest_on(page), signature=PIA_NAME, agreed="yes"
    )
    assert (agreed.status_code, exchange.state(consent_id)) == (303, "given")
    assert "Withdraw" in visitor.get(pia, "/consents").text
    withdrawn = visitor.post(pia, f"/consents/{consent_id}/withdraw")
    assert (withdrawn.status_code, exchange.state(consent_id)) == (303, "withdrawn")
    assert "You withdrew" in visitor.get(pia, f"/consents/{consent_id}").text


def test_no_is_as_easy_to_press_as_yes(visitor: Visitor, exchange: Exchange) -> None:
    consent_id = exchange.ask()
    page = visitor.get(exchange.pia, f"/consents/{consent_id}").text
    classes = re.findall(r'<button[^>]*class="([^"]*)"[^>]*><span>(?:Agree|Decline)</span>', page)

    assert len(classes) == 2
    assert len(set(classes)) == 1
    assert visitor.post(exchange.pia, f"/consents/{consent_id}/decline").status_code == 303
    assert exchange.state(consent_id) == "declined"


def test_a_half_filled_answer_comes_back_with_the_text_and_what_is_missing(
    visitor: Visitor, exchange: Exchange
) -> None:
    consent_id = exchange.ask()
    page = visitor.get(exchange.pia, f"/consents/{consent_id}").text

    refused = visitor.post(exchange.pia, f"/consents/{consent_id}/give", text_sha256=digest_on(page), agreed="yes")
    assert refused.status_code == 422
    assert "Please sign with your name" in refused.text
    assert "Which data" in refused.text
    assert exchange.state(consent_id) == "asked"


def test_what_a_buyer_wrote_is_shown_as_words_and_never_run(visitor: Visitor, exchange: Exchange) -> None:
    consent_id = exchange.ask(purpose_words="<script>alert(1)</script>")

    assert "<script>alert(1)" not in visitor.get(exchange.pia, f"/consents/{consent_id}").text


def words_of(pdf: bytes) -> str:
    """Without the marks where a long word may break."""
    text = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
    return text.replace("\u200b", "").replace("\n", " ")


def test_receipts_are_files_for_both_sides(visitor: Visitor, exchange: Exchange) -> None:
    consent_id = exchange.given()
    texts = {}
    for actor in (exchange.pia, exchange.buyer):
        pdf = visitor.get(actor, f"/consents/{consent_id}/receipt.pdf")
        assert pdf.headers["content-disposition"].startswith("attachment")
        texts[actor] = words_of(pdf.content)
        as_json = visitor.get(actor, f"/consents/{consent_id}/receipt.json").json()
        assert as_json["record_id"] == str(consent_id)
        assert as_json["notice"]["sha256"] in texts[actor].replace(" ", "")

    assert PIA_NAME in texts[exchange.pia]
    assert PIA_NAME not in texts[exchange.buyer]


def test_a_stranger_finds_no_page_no_receipt_and_changes_nothing(visitor: Visitor, exchange: Exchange) -> None:
    asked, given = exchange.ask(), exchange.given()

    for actor in (person(), member(new_id())):
        for path in (f"/consents/{asked}", f"/consents/{given}/receipt.pdf", f"/consents/{given}/receipt.json"):
            assert visitor.get(actor, path).status_code == 404
        assert visitor.api(actor, "POST", f"/{given}/withdrawal", {}).status_code == 404
        assert visitor.api(actor, "POST", f"/{asked}/refusal").status_code == 404
    assert visitor.api(ANONYMOUS, "GET", f"/{given}").status_code == 401
    assert [exchange.state(one) for one in (asked, given)] == ["asked", "given"]


def test_a_program_does_the_same(visitor: Visitor, exchange: Exchange) -> None:
    pia, buyer = exchange.pia, exchange.buyer
    first, second = exchange.ask(), exchange.ask()
    text = visitor.api(pia, "GET", f"/{first}").json()
    agreement = {"text_sha256": text["text_sha256"], "signature": PIA_NAME, "agreed": True}

    assert visitor.api(pia, "POST", f"/{first}/agreement", agreement | {"state": "given"}).status_code == 422
    assert visitor.api(pia, "POST", f"/{first}/agreement", agreement | {"agreed": False}).status_code == 422
    assert visitor.api(pia, "POST", f"/{first}/agreement", agreement).json()["state"] == "given"
    assert visitor.api(pia, "POST", f"/{second}/refusal").json()["state"] == "declined"
    assert [one["record_id"] for one in visitor.api(buyer, "GET", "/received").json()] == [str(first)]
    assert visitor.api(pia, "POST", f"/{first}/withdrawal", {"because": "enough"}).json()["state"] == "withdrawn"
    assert visitor.api(pia, "POST", f"/{first}/withdrawal", {}).status_code == 409
    events = visitor.api(pia, "GET", f"/{first}/events").json()
    assert [(event["kind"], event["words"]) for event in events][1:] == [("given", PIA_NAME), ("withdrawn", "enough")]
    assert {one["state"] for one in visitor.api(pia, "GET", "").json()} == {"withdrawn", "declined"}
