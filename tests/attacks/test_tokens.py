"""A token where it does not belong: of a browser at the API, of an e-mail in a cookie, of one link at another door."""

import base64
import hashlib
from collections.abc import Iterator
from uuid import UUID

import pytest
from fastapi import FastAPI

from salus.kernel.actor import Role
from salus.kernel.context import Context, nobody
from salus.kernel.tenants import tenant_named
from salus.shared.people import actions as people
from salus.shared.people.models import Awaits
from tests.attacks.attacker import Attacker
from tests.attacks.conftest import Tell
from tests.browsing import caller
from tests.cast import PASSWORD, administrator, buyer, email_of, letters, seller, ticket
from tests.strangers.knocking import Entrance
from tests.strangers.test_at_doors import was_refused
from tests.world import Visitor, World

NEW_PASSWORD = "seven lanterns drift past quiet mills"
LINKS = {
    "verification": "/v1/verifications",
    "reset": "/v1/password-resets/completion",
    "invitation": "/v1/invitations/acceptance",
}
"""What is sent by e-mail, and the one door that each opens."""


def closed_to_nobody(doors: list[Entrance], *, pages: bool) -> list[Entrance]:
    return [door for door in doors if door.is_page == pages and Role.ANYONE not in door.roles]


def credentials(visitor: Visitor) -> Iterator[tuple[str, str]]:
    """What an attacker may have got hold of, or may make from it, that is no token of this door."""
    assert visitor.browser is not None
    assert visitor.api is not None
    for name, token in ("browser's", visitor.browser), ("program's", visitor.api):
        digest = hashlib.sha256(token.encode())
        yield f"the hash of the {name} token", digest.hexdigest()
        yield f"the hash of the {name} token, as it is kept", "\\x" + digest.hexdigest()
        yield f"the {name} token but its last character", token[:-1]
        yield f"the {name} token in capitals", token.upper()
        yield f"the {name} token twice", f"{token}{token}"
    yield "a person's id", str(visitor.actor.id)
    yield "a session's id", str(visitor.actor.session_id)
    yield "an unsigned token", _unsigned(visitor)
    yield "nothing", ""
    yield "a quote", "' OR '1'='1"


def _unsigned(visitor: Visitor) -> str:
    parts = b'{"alg":"none","typ":"JWT"}', f'{{"sub":"{visitor.actor.id}","role":"administrator"}}'.encode(), b""
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


def test_a_browsers_token_opens_no_door_of_the_api_nor_a_programs_a_page(
    every_door: list[Entrance], url: str, world: World, insiders: list[Visitor], tell: Tell
) -> None:
    """Seen to fail with `session.channel = …` taken out of the question that `people.authenticate` asks."""
    found, tried = [], 0
    for visitor in insiders:
        crossed = Visitor(visitor.who, visitor.tenant, visitor.actor, browser=visitor.api, api=visitor.browser)
        with Attacker(url, crossed) as knocker:
            for entrance in closed_to_nobody(every_door, pages=True) + closed_to_nobody(every_door, pages=False):
                tried += 1
                answer = knocker.knock(entrance, world.ids)
                to_sign_in = answer.status_code == 401 or answer.headers.get("location", "").startswith("/sign-in")
                if not to_sign_in:
                    found.append(f"{entrance.method} {entrance.path} for {visitor.who}: {answer.status_code}")
    tell("a token at the wrong kind of door", places=tried // len(insiders), requests=tried, findings=found)

    assert not found, "\n".join(found)


def test_what_is_no_token_opens_no_door(
    every_door: list[Entrance], url: str, world: World, insiders: list[Visitor], tell: Tell
) -> None:
    """Hashes, ids and parts of tokens. Seen to fail with `people.authenticate` comparing ids of sessions as well."""
    doors = [door for door in every_door if door.path in {"/overview", "/account", "/v1/me", "/v1/records", "/records"}]
    found, tried = [], 0
    for visitor in insiders:
        for name, token in credentials(visitor):
            with Attacker(url, Visitor(name, visitor.tenant, visitor.actor, browser=token, api=token)) as knocker:
                for entrance in doors:
                    tried += 1
                    if not was_refused(entrance, knocker.knock(entrance, world.ids)):
                        found.append(f"{entrance.path} with {name}")
    tell("what is no token", places=len(doors), requests=tried, findings=found)

    assert not found, "\n".join(found)


def test_a_session_that_waits_for_its_second_factor_opens_nothing(
    every_door: list[Entrance], url: str, world: World, tell: Tell
) -> None:
    """Seen to fail with `awaits` ignored by `people.authenticate`."""
    half = ticket(world.tenant, "Ada")
    assert half.awaits == Awaits.CODE
    found, tried = [], 0
    with Attacker(url, Visitor("Ada, half way in", world.tenant, administrator(world.tenant), half.token)) as knocker:
        for entrance in closed_to_nobody(every_door, pages=True):
            tried += 1
            answer = knocker.knock(entrance, world.ids)
            if not answer.headers.get("location", "/sign-in").startswith("/sign-in") or answer.status_code == 200:
                found.append(f"{entrance.method} {entrance.path}: {answer.status_code}")
    tell("half a sign-in", places=tried, requests=tried, findings=found)

    assert not found, "\n".join(found)


def test_a_token_of_one_tenant_opens_nothing_at_another(
    every_door: list[Entrance], url: str, world: World, insiders: list[Visitor], other_tenant: UUID, tell: Tell
) -> None:
    """Here row-level security is what refuses: the session is not there. Seen to fail with its policy dropped."""
    found, tried = [], 0
    for visitor in insiders:
        with Attacker(url, visitor) as knocker:
            for entrance in closed_to_nobody(every_door, pages=False):
                tried += 1
                answer = knocker.knock(entrance, world.ids, headers={"host": tenant_named(other_tenant).hosts[0]})
                if answer.status_code != 401:
                    found.append(f"{entrance.method} {entrance.path} for {visitor.who}: {answer.status_code}")
    tell("a token at another tenant", places=tried // len(insiders), requests=tried, findings=found)

    assert not found, "\n".join(found)


@pytest.fixture
def links(tenant: UUID) -> dict[str, str]:
    """One unused token of every kind that is sent by e-mail."""
    with nobody(tenant) as ctx:
        people.sign_up(ctx, name="Vera", email=email_of("Vera"), password=PASSWORD)
    seller(tenant, "Rita")
    with nobody(tenant) as ctx:
        people.request_reset(ctx, email_of("Rita"))
    bruno = buyer(tenant, "Bruno", organisation="Helix Research")
    with Context(bruno, tenant) as ctx:
        people.invite(ctx, email_of("Ines"))
    owners = {"verification": "Vera", "reset": "Rita", "invitation": "Ines"}
    return {kind: letters(tenant, name)[0].token for kind, name in owners.items()}


def test_a_link_opens_only_its_own_door(app: FastAPI, tenant: UUID, links: dict[str, str], tell: Tell) -> None:
    """Seen to fail with `EmailToken.proves == proves` taken out of `_use_token`."""
    mail_box = caller(app, tenant_named(tenant).hosts[0])
    found, tried = [], 0
    for kind, token in links.items():
        for other, door in LINKS.items():
            if other != kind:
                tried += 1
                answer = mail_box.post(door, json=_answer_to(other, token))
                if answer.status_code not in {404, 422}:
                    found.append(f"{kind} at {door}: {answer.status_code}")
        for way in {"authorization": f"Bearer {token}"}, {"cookie": f"sid={token}"}:
            tried += 1
            if mail_box.get("/v1/me", headers=way).status_code != 401:
                found.append(f"{kind} as {way}")
    tell("a link at the wrong door", places=len(LINKS), requests=tried, findings=found)

    assert not found, "\n".join(found)
    opened = [mail_box.post(LINKS[kind], json=_answer_to(kind, token)).status_code for kind, token in links.items()]
    assert all(status in {200, 201, 204} for status in opened), opened


def test_a_session_is_no_link(app: FastAPI, tenant: UUID) -> None:
    seller(tenant, "Pia")
    token = ticket(tenant, "Pia").token
    browser = caller(app, tenant_named(tenant).hosts[0])

    for kind, door in LINKS.items():
        assert browser.post(door, json=_answer_to(kind, token)).status_code in {404, 422}


def _answer_to(kind: str, token: str) -> dict[str, str]:
    more = {
        "verification": {},
        "reset": {"password": NEW_PASSWORD},
        "invitation": {"name": "Ines", "password": NEW_PASSWORD},
    }
    return {"token": token, **more[kind]}
