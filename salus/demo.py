"""The demonstration: a tenant with a cast of made-up people, their made-up data, and trades at every stage.

Everything is done through the JSON API, as programs of these people would do it. It is made once; afterwards the data
is theirs.
"""

import json
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

import pyotp
from pydantic import SecretStr
from sqlalchemy import text

from salus.demo_practices import Practices
from salus.formats.apple_health.generate import synthetic_export
from salus.kernel.context import database_url
from salus.kernel.db import connect
from salus.kernel.ids import new_id
from salus.kernel.settings import settings
from salus.program import PASSWORD, Program, pay_by_card, served
from salus.tenancy import first_administrator, open_tenant
from salus.worker import run as work

SLUG = "demo"
ADMINISTRATOR_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"  # noqa: S105  (of a demonstration, printed at every start)
SELLERS = ("Pia Lindqvist", "Paul Okafor", "Marta Silva", "Jonas Weber", "Aino Virtanen")
QUANTITY = "HKQuantityTypeIdentifier"
SETS: tuple[tuple[str, str, tuple[str, ...], str, list[str]], ...] = (
    (
        "Resting heart rate and sleep",
        "Worn day and night; few gaps.",
        ("RestingHeartRate", "SleepAnalysis"),
        "HMB",
        ["NPOA"],
    ),
    ("Everyday activity", "Phone and watch, commuting by bicycle.", ("StepCount", "ActiveEnergyBurned"), "GRU", []),
    (
        "Heart rate around the clock",
        "A sample every few minutes.",
        ("HeartRate", "RestingHeartRate"),
        "HMB",
        ["NCU", "NPOA"],
    ),
    ("Steps and distance", "Mostly flat city, some hikes.", ("StepCount", "DistanceWalkingRunning"), "NRES", []),
    ("Energy in motion", "Active and resting energy.", ("ActiveEnergyBurned", "BasalEnergyBurned"), "GRU", ["PUB"]),
)
ORGANISATION = {
    "name": "Helix Research",
    "kind": "university",
    "country": "FI",
    "registration_number": "2345678-9",
    "website": "https://helix.example",
}
NEW_ORGANISATION = ORGANISATION | {"name": "Northern Heart Institute", "kind": "hospital", "country": "NO"}


@dataclass(frozen=True)
class Account:
    """Who can sign in to the demonstration, and how."""

    who: str
    email: str
    password: str
    second_factor: str = ""


def load(tell: Callable[[str], None]) -> list[Account]:
    """The demonstration's accounts; all of it is made if it is not there yet."""
    done = settings().home / "demo.json"
    if not done.exists():
        _set_aside_what_was_half_made()
        tenant_id = _open()
        stop = threading.Event()
        worker = threading.Thread(target=work, args=(stop,))
        worker.start()
        try:
            with served(settings().port) as url, TemporaryDirectory() as folder:
                stage = _Stage(tenant_id, url, Path(folder), tell)
                stage.play()
        finally:
            stop.set()
            worker.join()
        done.touch(0o600)
        done.write_text(json.dumps({"tenant_id": str(tenant_id), **stage.secrets}))
    return accounts(json.loads(done.read_text()))


def accounts(secrets: dict[str, str]) -> list[Account]:
    """Those that the start prints, with the codes of this moment for whoever must have a second factor."""
    return [
        Account("Petra, who sees doctors", _email("Petra Salo"), PASSWORD),
        Account("Dora, a doctor at Harbour Clinic", _email("Dora Lind"), PASSWORD, _factor(secrets.get("dora"))),
        Account("Pia, who sells", _email("Pia Lindqvist"), PASSWORD),
        Account("Bruno, who buys for Helix Research", _email("Bruno Hansen"), PASSWORD, _factor(secrets.get("bruno"))),
        Account("Ada, who administers", _email("Ada Moreau"), PASSWORD, _factor(ADMINISTRATOR_SECRET)),
    ]


def _factor(secret: str | None) -> str:
    return f"{pyotp.TOTP(secret).now()} now; set up an app with {secret}" if secret else ""


def _email(name: str) -> str:
    return f"{name.split(maxsplit=1)[0].lower()}@demo.example"


def _open() -> UUID:
    tenant_id = open_tenant(slug=SLUG, name="Salus demonstration", hosts=[], with_administrator=False)
    ada, password = "Ada Moreau", SecretStr(PASSWORD)
    first_administrator(tenant_id, email=_email(ada), name=ada, password=password, secret=ADMINISTRATOR_SECRET)
    return tenant_id


def _set_aside_what_was_half_made() -> None:
    """An interrupted first start leaves a tenant that is not whole. It no longer answers, and a new one is made."""
    owner = connect(database_url("owner_database_url"), pool_size=1)
    with owner.begin() as connection:
        aside = f"{SLUG}-{new_id().hex[-8:]}"
        statement = "UPDATE tenants SET slug = :aside, hosts = ARRAY[:host] WHERE slug = :slug"
        connection.execute(text(statement), {"aside": aside, "host": f"{aside}.invalid", "slug": SLUG})
    owner.dispose()


class _Stage:
    """The demonstration's people, and what they do one after the other."""

    def __init__(self, tenant_id: UUID, url: str, folder: Path, tell: Callable[[str], None]) -> None:
        self.tenant_id, self.url, self.folder, self.tell = tenant_id, url, folder, tell
        self.chance = random.Random(2026)  # noqa: S311  (made-up prices)
        self.ada = Program(url, "127.0.0.1", "Ada Moreau", _email("Ada Moreau"), ADMINISTRATOR_SECRET)
        self.secrets: dict[str, str | None] = {}
        """Of the authenticator apps of those whom the start names."""

    def play(self) -> None:
        self.ada.sign_in()
        self._make_the_operators_administrator()
        self.tell("Doctors open their practices, and patients come")
        dora = Practices(self.ada, self._program, self.tenant_id).play(self._approve)
        self.tell("People sign up and are approved")
        bruno = self._buyer("Bruno Hansen", ORGANISATION)
        self.secrets = {"bruno": bruno.totp_secret, "dora": dora.totp_secret}
        sellers = [self._seller(name) for name in SELLERS]
        self._approve()
        self.ada.post("/commission-rules", {"basis_points": 1_200})
        tax = {"country": "FI", "applies_to": "sale", "basis_points": 2_550, "reason": "ALV 25.5 %"}
        self.ada.post("/tax-rules", tax)
        self._buyer("Ingrid Dahl", NEW_ORGANISATION)
        offers: list[tuple[Program, dict[str, Any]]] = []
        for index, seller in enumerate(sellers):
            self.tell(f"{seller.name.split()[0]} brings in data and offers it")
            offers += [(seller, offer) for offer in self._offers(seller, index)]
        self._leave_one_to_review(sellers[1])
        self.tell("Bruno asks, people agree, one trade is paid and delivered")
        self._trade(bruno, offers)

    def _make_the_operators_administrator(self) -> None:
        """Whoever the settings name as administrator signs up, and Ada, who is one, makes them one."""
        given = settings()
        if not (given.admin_email and given.admin_password):
            return
        named = Program(self.url, "127.0.0.1", "Administrator", given.admin_email)
        named.sign_up(password=given.admin_password.get_secret_value())
        named.verify(self.tenant_id)
        (person,) = self.ada.get("/people", email=given.admin_email)
        # Her sign-in a moment ago counts as the fresh second factor that this asks for.
        self.ada.post(f"/people/{person['id']}/roles", {"role": "administrator"})

    def _program(self, name: str) -> Program:
        return Program(self.url, "127.0.0.1", name, _email(name))

    def _person(self, name: str, organisation: dict[str, Any] | None = None) -> Program:
        person = self._program(name)
        person.sign_up(organisation)
        person.verify(self.tenant_id)
        return person

    def _buyer(self, name: str, organisation: dict[str, Any]) -> Program:
        buyer = self._person(name, organisation)
        buyer.sign_in()
        return buyer

    def _seller(self, name: str) -> Program:
        seller = self._person(name)
        seller.sign_in()
        return seller

    def _approve(self) -> None:
        waiting = self.ada.get("/reviews")
        for person in waiting["sellers"]:
            self.ada.post(f"/people/{person['id']}/review", {"review": "approved"})
        for organisation in waiting["organisations"]:
            self.ada.post(f"/organisations/{organisation['id']}/review", {"review": "approved"})

    def _offers(self, seller: Program, index: int) -> list[dict[str, Any]]:
        export = self.folder / "export.zip"
        synthetic_export(export, seed=index + 1, days=180 + 90 * index, owner=seller.name.split()[0])
        seller.bring_in(export)
        series = {one["code"]: one for one in seller.get("/health-data/series")}
        for one in series.values():
            if one["area"] in {"Activity", "Heart", "Sleep"} and one["months"]:
                seller.put(f"/health-data/series/{one['id']}/switch", {"on": True})
        chosen = [one for number, one in enumerate(SETS) if (number + index) % 5 < 3]
        return [offer for one in chosen if (offer := self._offer(seller, series, *one)) is not None]

    def _offer(
        self,
        seller: Program,
        series: dict[str, Any],
        title: str,
        words: str,
        kinds: tuple[str, ...],
        use: str,
        limits: list[str],
    ) -> dict[str, Any] | None:
        codes = [code for code in series if any(code.endswith(kind) for kind in kinds)]
        if not codes:
            return None
        months = max(len(series[code]["months"]) for code in codes)
        described = {
            "title": f"{title}, {months} months",
            "description": f"{words} Recorded by one adult.",
            "codes": codes,
            "from_day": min(series[code]["first_at"] for code in codes)[:10],
            "to_day": max(series[code]["last_at"] for code in codes)[:10],
            "price": f"{self.chance.randrange(12, 90)}.00",
            "permission": use,
            "modifiers": limits,
        }
        offer = seller.post("/health-data/offers", described)
        seller.post(f"/health-data/offers/{offer['id']}/submission")
        self.ada.post(f"/health-data/offers/{offer['id']}/approval")
        return dict(offer)

    def _leave_one_to_review(self, seller: Program) -> None:
        series = {one["code"]: one for one in seller.get("/health-data/series") if one["is_shared"]}
        code, one = next(iter(series.items()))
        described = {
            "title": f"{one['name']} only",
            "description": "One type alone, for a first look.",
            "codes": [code],
            "from_day": one["first_at"][:10],
            "to_day": one["last_at"][:10],
            "price": "9.50",
            "permission": "HMB",
        }
        offer = seller.post("/health-data/offers", described)
        seller.post(f"/health-data/offers/{offer['id']}/submission")

    def _trade(self, bruno: Program, offers: list[tuple[Program, dict[str, Any]]]) -> None:
        of_pia = [(seller, offer) for seller, offer in offers if seller.name == SELLERS[0]]
        bought, agreed, asked = of_pia[0], next(one for one in offers if one[0].name == SELLERS[2]), of_pia[1]
        self._agree(bought[0], request := self._ask(bruno, bought[1]))
        bruno.until(f"/health-data/requests/{request['id']}", lambda one: one["state"] == "agreed")
        paying = bruno.post(f"/health-data/requests/{request['id']}/payment")
        payment = bruno.until(f"/payments/{paying['payment_id']}", lambda one: bool(one["checkout_url"]))
        pay_by_card(payment)
        bruno.until(f"/health-data/requests/{request['id']}", lambda one: one["state"] == "delivered", seconds=120)
        delivery = bruno.get("/health-data/deliveries")[0]
        for file in bruno.get(f"/health-data/deliveries/{delivery['id']}/files")[:2]:
            bruno.download(file)
        self._agree(agreed[0], self._ask(bruno, agreed[1]))
        self._ask(bruno, asked[1])

    def _ask(self, bruno: Program, offer: dict[str, Any]) -> dict[str, Any]:
        words = "We study how rest and activity change with the seasons. Only our team of four sees the data."
        wish = {"purpose": "research", "purpose_words": words, "accepts": ["PUB"], "is_by_nonprofit": True}
        return dict(bruno.post(f"/health-data/market/{offer['id']}/requests", wish))

    def _agree(self, seller: Program, request: dict[str, Any]) -> None:
        consent = seller.get(f"/consents/{request['authorisation_id']}")
        agreement = {"text_sha256": consent["text_sha256"], "signature": seller.name, "agreed": True}
        seller.post(f"/consents/{request['authorisation_id']}/agreement", agreement)
