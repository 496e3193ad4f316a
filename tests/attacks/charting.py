"""What an attacker writes into clinical records, and asks of them: the FHIR door takes resources and no forms."""

from collections.abc import Callable
from html import escape
from typing import Any
from urllib.parse import urlencode

import httpx

from salus.exchanges.appointments.rules.resources import slot_id
from tests.attacks.planting import SHAPES, Place, Planting, text_of
from tests.attacks.stages import Stage
from tests.attacks.visits import time_of
from tests.shared.clinical.scene import observation, patient
from tests.strangers.knocking import UNUSED
from tests.world import Visitor

NOTES = "urn:example:notes"
Resource = dict[str, Any]
Build = Callable[[str], dict[str, Any]]
"""What httpx is to send with a text."""


def chart(url: str, doctor: Visitor, petra: Visitor, administrator: Visitor, stage: Stage, planting: Planting) -> None:
    """Dora writes down and looks up texts about Petra in every way there is; Petra books, and Ada looks, with some."""
    for shape in SHAPES:
        with Scribe(url, doctor, planting, shape) as doras:
            _write(doras, str(petra.actor.person_id))
            _refused(doras, str(petra.actor.person_id))
        with Scribe(url, petra, planting, shape) as petras:
            _book(petras, stage)
            for path in "Observation", "Appointment", f"Patient/{petra.actor.id}/$everything":
                petras.reads(path)
        with Scribe(url, administrator, planting, shape) as adas:
            adas.sends("clinical.read", "x-purpose", "GET", f"Patient/{petra.actor.id}", _because)


class Scribe:
    """A program of one visitor's, with a new text in every request."""

    def __init__(self, url: str, who: Visitor, planting: Planting, shape: str) -> None:
        self.who, self.planting, self.shape = who, planting, shape
        headers = {
            "host": who.host,
            "authorization": f"Bearer {who.api}",
            "content-type": "application/fhir+json",
            "x-purpose": "Looking into a complaint",
        }
        self.client = httpx.Client(base_url=f"{url}/fhir/", trust_env=False, timeout=30, verify=UNUSED, headers=headers)

    def __enter__(self) -> "Scribe":
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()

    def sends(self, operation: str, where: str, method: str, path: str, build: Build) -> httpx.Response:
        """Something that is taken, with a text in it."""
        place = Place(f"{method} /fhir/{path.partition('/')[0]}", operation, (where,))
        token, text = text_of(self.shape)
        answer = self.client.request(method, path, **build(text))
        self.planting.places.add(place)
        self.planting.answers.append(answer)
        if answer.is_success:
            self.planting.taken[token] = place
        return answer

    def is_refused(self, method: str, path: str, build: Build) -> None:
        """Something that is not taken."""
        answer = self.client.request(method, path, **build(text_of(self.shape)[1]))
        assert 400 <= answer.status_code < 500, f"{method} {path}: {answer.status_code}"
        self.planting.answers.append(answer)

    def reads(self, path: str) -> None:
        self.planting.answers.append(self.client.get(path))


def _write(doras: Scribe, subject: str) -> None:
    def noted(text: str) -> Resource:
        return observation(
            subject,
            code={"text": text},
            identifier=[{"system": NOTES, "value": text}],
            note=[{"text": text}],
            text={"status": "generated", "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{escape(text)}</div>'},
        )

    def criteria(text: str) -> dict[str, str]:
        return {"identifier": f"{NOTES}|{text}"}

    def patch(text: str) -> dict[str, Any]:
        return {"json": {"note": [{"text": text}]}, "headers": {"content-type": "application/merge-patch+json"}}

    def bundle(text: str) -> dict[str, Any]:
        return {"json": _bundle("transaction", {"request": _posted("Observation"), "resource": noted(text)})}

    made = doras.sends("clinical.create", "note", "POST", "Observation", lambda text: {"json": noted(text)}).json()
    here, known = f"Observation/{made['id']}", urlencode({"identifier": f"{NOTES}|{made['identifier'][0]['value']}"})
    doras.sends(
        "clinical.create", "if-none-exist", "POST", "Observation",
        lambda text: {"json": noted(text), "headers": {"if-none-exist": urlencode(criteria(text))}},
    )  # fmt: skip
    doras.sends("clinical.patch", "note", "PATCH", here, patch)
    doras.sends("clinical.patch_where", "note", "PATCH", f"Observation?{known}", patch)
    doras.sends("clinical.update", "note", "PUT", here, lambda text: {"json": noted(text) | {"id": made["id"]}})
    doras.sends(
        "clinical.update_where", "criteria", "PUT", "Observation",
        lambda text: {"json": noted(text), "params": criteria(text)},
    )  # fmt: skip
    doras.sends("clinical.create", "name", "POST", "Patient", lambda text: {"json": patient(family=text)})
    doras.sends("clinical.transact", "note", "POST", "", bundle)
    doras.sends("clinical.search", "address", "GET", "Observation", lambda text: {"params": criteria(text)})
    doras.sends("clinical.search", "form", "POST", "Observation/_search", lambda text: _form(criteria(text)))


def _refused(doras: Scribe, subject: str) -> None:
    def wrong(text: str) -> Resource:
        return observation(subject, status=text, effectiveDateTime=text)

    def batch(text: str) -> dict[str, Any]:
        return {"json": _bundle("batch", {"request": _posted("Observation"), "resource": wrong(text)})}

    doras.is_refused("POST", "Observation", lambda text: {"json": wrong(text)})
    doras.is_refused("POST", "Observation", lambda text: {"content": f'{{"resourceType": "{text}'.encode()})
    doras.is_refused("POST", "Observation/_search", lambda text: _form({"date": text}))
    doras.is_refused("POST", "Appointment", lambda text: {"json": _appointment(subject, text, text)})
    doras.sends("clinical.validate", "status", "POST", "Observation/$validate", lambda text: {"json": wrong(text)})
    doras.sends("clinical.transact", "status", "POST", "", batch)


def _book(petras: Scribe, stage: Stage) -> None:
    subject, kind = str(petras.who.actor.person_id), stage.surgery.visit_type
    slot = slot_id(kind.id, time_of(stage, kind).starts_at)
    made = petras.sends(
        "clinical.create", "reasonCode", "POST", "Appointment",
        lambda text: {"json": _appointment(subject, slot, text)},
    ).json()  # fmt: skip
    petras.sends(
        "clinical.update", "cancelationReason", "PUT", f"Appointment/{made['id']}",
        lambda text: {"json": made | {"status": "cancelled", "cancelationReason": {"text": text}}},
    )  # fmt: skip


def _appointment(subject: str, slot: str, reason: str) -> Resource:
    return {
        "resourceType": "Appointment",
        "status": "booked",
        "slot": [{"reference": f"Slot/{slot}"}],
        "reasonCode": [{"text": reason}],
        "participant": [{"actor": {"reference": f"Patient/{subject}"}, "status": "accepted"}],
    }


def _bundle(kind: str, *entries: Resource) -> Resource:
    return {"resourceType": "Bundle", "type": kind, "entry": list(entries)}


def _posted(path: str) -> Resource:
    return {"method": "POST", "url": path}


def _form(asked: dict[str, str]) -> dict[str, Any]:
    return {"data": asked, "headers": {"content-type": "application/x-www-form-urlencoded"}}


def _because(text: str) -> dict[str, Any]:
    return {"headers": {"x-purpose": text}}
