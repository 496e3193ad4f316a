"""Somebody is to be led elsewhere: by a page to come back to, a forged host, or a line break in a header."""

import re
from dataclasses import dataclass
from itertools import product
from urllib.parse import parse_qs, quote, urlsplit

import httpx
import pytest

from salus.kernel.actor import Role
from salus.kernel.context import nobody
from salus.kernel.settings import settings
from salus.shared.messages import queries as messages
from salus.web.doors import download
from salus.worker import settle_everything
from tests.attacks.attacker import Attacker, somewhere
from tests.attacks.conftest import Tell
from tests.attacks.shapes import asked, is_form, written
from tests.cast import PASSWORD, email_of, later
from tests.strangers.examples import filled
from tests.strangers.knocking import Entrance
from tests.world import Visitor, World, visitor

EVIL = "evil.example"
ELSEWHERE = (
    f"https://{EVIL}",
    f"//{EVIL}",
    f"///{EVIL}",
    f"/\\{EVIL}",
    f"\\\\{EVIL}",
    f"/\t/{EVIL}",
    f"/\n/{EVIL}",
    f"\t//{EVIL}",
    f" //{EVIL}",
    f"https:{EVIL}",
    f"https:/{EVIL}",
    f"//{EVIL}%2f..",
    f"/%09/{EVIL}",
    f"//\u3002{EVIL}",
    f"／／{EVIL}",
    f"/.{EVIL}@{EVIL}",
    "javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
)
SPLIT = (
    "/\r\nx-injected: 1",
    "a\r\nset-cookie: sid=planted",
    "a\nx-injected: 1",
    "%0d%0ax-injected:%201",
)
FORGED_HOST = {
    "x-forwarded-host": EVIL,
    "x-forwarded-proto": "https",
    "x-forwarded-server": EVIL,
    "forwarded": f"host={EVIL};proto=https",
    "x-original-host": EVIL,
    "x-host": EVIL,
    "x-http-host-override": EVIL,
    "referer": f"https://{EVIL}/sign-in",
}
"""What proxies say of where a request went. Salus believes none of it."""

PUBLIC = ("/", "/docs", "/v1/openapi.json", "/.well-known/security.txt", "/nowhere", "/v1/nowhere", "/sign-in")
WRITES_LETTERS = ("/v1/password-resets", "/v1/sign-ups", "/forgot")


@dataclass(frozen=True)
class Answer:
    """What somebody was told at one door, in a request with a forged host."""

    path: str
    is_public: bool
    told: httpx.Response


@pytest.fixture(scope="module")
def answers(every_door: list[Entrance], url: str, world: World, insiders: list[Visitor]) -> list[Answer]:
    """To every question of everybody who may ask it."""
    given = []
    for one in insiders:
        with Attacker(url, one) as knocker:
            for entrance in every_door:
                if entrance.method == "GET" and one.actor.roles & entrance.roles:
                    told = knocker.knock(entrance, world.ids, headers=FORGED_HOST)
                    given.append(Answer(entrance.path, Role.ANYONE in entrance.roles, told))
    return given


def leads_away(location: str, host: str) -> bool:
    """Whether a browser that is told to go there leaves the site, as the WHATWG reads addresses."""
    plain = re.sub(r"[\t\r\n]", "", location).strip().replace("\\", "/")
    try:
        parts = urlsplit(plain)
    except ValueError:  # a browser may make something of it
        return True
    return bool(parts.netloc or parts.scheme) and parts.netloc != host


def comes_back(entrance: Entrance) -> str | None:
    """The name of the field or parameter that says where to go afterwards."""
    model = written(entrance)
    names = [*(model.model_fields if model else []), *asked(entrance)]
    return next((name for name in names if re.search(r"next|return|redirect|continue|back|url", name)), None)


def test_no_page_to_come_back_to_lies_elsewhere(
    every_door: list[Entrance], url: str, world: World, nobody_here: Visitor, tell: Tell
) -> None:
    """At every door with a field for it, right credentials included. Seen to fail with `page_after` giving all back."""
    found, tried = [], 0
    doors = [door for door in every_door if comes_back(door)]
    somebody = visitor(world.tenant, "somebody who signs in again", "Pia", has_factor=True)
    for one, entrance, where in product([nobody_here, somebody], doors, ELSEWHERE):
        tried += 1
        name, model = str(comes_back(entrance)), written(entrance)
        with Attacker(url, one) as knocker:
            if model is not None:
                right = {"email": email_of("Pia"), "password": PASSWORD}
                known = {field: value for field, value in right.items() if field in model.model_fields}
                sent = filled(model) | known | {name: where}
                answer = knocker.knock(entrance, world.ids, body={"data" if is_form(entrance) else "json": sent})
            else:
                path = f"{somewhere(entrance, world.ids)}?{name}={quote(where, safe='')}"
                answer = knocker.knock(entrance, world.ids, address=path)
        if leads_away(answer.headers.get("location", ""), one.host):
            found.append(f"{entrance.path} with {where}: {answer.headers['location']}")
        # What the page shows may be sent with the next form, or followed: never as an address.
        if re.search(rf"(?:href|src|action)=[\"']?[^\"'>]*{EVIL}", answer.text):
            found.append(f"{entrance.path} with {where} links there")
    tell("open redirects", places=len(doors), requests=tried, findings=found)

    assert doors
    assert not found, "\n".join(found)


def test_nobody_is_led_away_by_where_they_came_from(
    every_door: list[Entrance], url: str, world: World, insiders: list[Visitor], nobody_here: Visitor, tell: Tell
) -> None:
    """A form sent with a forged Referer by whoever must sign in first, or may send it and must give the second factor
    again.

    Seen to fail with a `_page_before` that keeps the Referer's host, and with one that keeps all its path begins with.
    """
    found, tried, led_to = [], 0, set()
    doors = [door for door in every_door if door.is_page and door.method != "GET"]
    with later(minutes=6):
        for one in [nobody_here, *insiders]:
            with Attacker(url, one) as knocker:
                theirs = [door for door in doors if one is nobody_here or door.roles & one.actor.roles]
                for entrance, referer in product(theirs, forged_referers(one.host)):
                    tried += 1
                    answer = knocker.knock(
                        entrance, {}, address=_of_nobody(entrance), headers={"referer": referer}, body={}
                    )
                    location = answer.headers.get("location", "")
                    back = parse_qs(urlsplit(location).query).get("next", [""])[0]
                    led_to.add(urlsplit(location).path)
                    if answer.status_code >= 500 or leads_away(location, one.host) or leads_away(back, one.host):
                        found.append(f"{entrance.path} from {referer}: {answer.status_code} {location}")
    tell("redirects by Referer", places=len(doors), requests=tried, findings=found)

    assert led_to >= {"/sign-in", "/confirm"}
    assert not found, "\n".join(found)


def forged_referers(host: str) -> list[str]:
    return [
        f"https://{EVIL}/x",
        f"http://{host}//{EVIL}/x",
        f"http://{host}/\\{EVIL}/x",
        f"http://{host}\\@{EVIL}/",
        f"//{EVIL}/x",
        "http://[",
    ]


def _of_nobody(entrance: Entrance) -> str:
    return re.sub(r"{(\w+)[^}]*}", "00000000-0000-7000-8000-000000000000", entrance.path)


def test_no_line_break_makes_a_header(
    every_door: list[Entrance], url: str, world: World, insiders: list[Visitor], tell: Tell
) -> None:
    """In every parameter of every question."""
    found, tried = [], 0
    for one in insiders:
        with Attacker(url, one) as knocker:
            for entrance in every_door:
                if entrance.method != "GET" or not (one.actor.roles | {Role.ANYONE}) & entrance.roles:
                    continue
                for name, split in product(asked(entrance), SPLIT):
                    tried += 1
                    path = f"{somewhere(entrance, world.ids)}?{name}={quote(split, safe='')}"
                    answer = knocker.knock(entrance, world.ids, address=path)
                    if "x-injected" in answer.headers or "planted" in answer.headers.get("set-cookie", ""):
                        found.append(f"{path}")
    tell("response splitting", places=tried // len(SPLIT), requests=tried, findings=found)

    assert not found, "\n".join(found)


@pytest.mark.parametrize("split", ["a\r\nx-injected: 1", 'a"; filename="b.html', "\u0130\u2028x", "../../etc/passwd"])
def test_no_name_of_a_file_makes_a_header(split: str) -> None:
    """Seen to fail with the name put between quotes as it is."""
    given = download(b"", name=split, media_type="text/csv").headers["content-disposition"]

    assert re.fullmatch(r"attachment; filename\*=UTF-8''[\w.~%-]+", given)


def test_no_correlation_id_makes_a_header_or_reaches_the_log_as_it_came(url: str, nobody_here: Visitor) -> None:
    for given in ("a" * 7, "a" * 65, "name@people.example", "<b>", "a b c d e f", "é" * 10):
        headers = {"host": nobody_here.host, "x-correlation-id": given.encode()}
        answer = httpx.get(f"{url}/", headers=headers, trust_env=False)
        assert re.fullmatch("[0-9a-f]{32}", answer.headers["x-correlation-id"])


def test_no_forged_host_gets_into_an_answer(answers: list[Answer], url: str, nobody_here: Visitor, tell: Tell) -> None:
    """Seen to fail with the address of `/.well-known/security.txt` made from the request, as it was."""
    found = [answer.path for answer in answers if EVIL in answer.told.text + str(answer.told.headers)]
    for path in PUBLIC:
        for host in {"host": EVIL}, {"host": nobody_here.host} | FORGED_HOST:
            answer = httpx.get(f"{url}{path}", headers=host, trust_env=False)
            if EVIL in answer.text or EVIL in str(answer.headers):
                found.append(path)
    tell("forged hosts", places=len(answers) + len(PUBLIC), requests=len(answers) + 2 * len(PUBLIC), findings=found)

    assert not found, "\n".join(found)


def test_no_private_answer_is_kept_by_a_cache(answers: list[Answer], tell: Tell) -> None:
    """Seen to fail with `cache-control` taken out of `SecurityHeaders`."""
    private = [answer for answer in answers if not answer.is_public]
    found = [answer.path for answer in private if "no-store" not in answer.told.headers.get("cache-control", "")]
    tell("private answers in caches", places=len(private), requests=len(private), findings=found)

    assert private
    assert not found, "\n".join(found)


def test_links_in_letters_come_from_the_settings(
    url: str, every_door: list[Entrance], world: World, nobody_here: Visitor, tell: Tell
) -> None:
    """Whoever asks for a new password for Pia with a forged host must not get her link sent to their own site."""
    by_path = {door.path: door for door in every_door if door.method == "POST"}
    with Attacker(url, nobody_here) as knocker:
        for path in WRITES_LETTERS:
            model = written(by_path[path])
            assert model is not None
            body = {"data" if is_form(by_path[path]) else "json": filled(model) | {"email": email_of("Pia")}}
            assert knocker.knock(by_path[path], {}, headers=FORGED_HOST, body=body).status_code in {204, 303}
    settle_everything()
    with nobody(world.tenant) as ctx:
        bodies = [mail.body for mail in messages.mails(ctx)]

    links = [link for body in bodies for link in re.findall(r"https?://[^\s/]+", body)]
    ours = {nobody_here.host, f"{nobody_here.host}:{urlsplit(settings().url).port}"}
    found = [link for link in links if urlsplit(link).netloc not in ours]
    tell("forged hosts in letters", places=len(WRITES_LETTERS), requests=len(WRITES_LETTERS), findings=found)
    assert links
    assert not found, "\n".join(found)
