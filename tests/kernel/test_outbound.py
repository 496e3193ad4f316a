"""Salus never goes where an address was not meant to lead it, and waits for nobody for ever."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_network
from pathlib import Path

import pytest

from salus.kernel import outbound
from salus.kernel.addresses import AddressRefused
from salus.kernel.outbound import AnswerTooLong, Unreachable, insist_on_reachable
from salus.kernel.settings import Settings, settings
from tests.kernel.internet import Internet, certificate, listening
from tests.receiver import Receiver, answers, drips, receiving

PUBLIC = "93.184.215.14"

REFUSED = """
    https://127.0.0.1:{port}/                  https://127.1:{port}/             https://127.0.1:{port}/
    https://0177.0.0.1:{port}/                 https://0x7f.1:{port}/            https://0x7f.0x0.0x0.0x1:{port}/
    https://2130706433:{port}/                 https://017700000001:{port}/      https://0x7f000001:{port}/
    https://127.0.0.1.:{port}/                 https://127.255.255.254:{port}/   https://0.0.0.0:{port}/
    https://0:{port}/                          https://0x0:{port}/               https://00:{port}/
    https://[::1]:{port}/                      https://[::]:{port}/              https://[0:0:0:0:0:0:0:1]:{port}/
    https://[::ffff:127.0.0.1]:{port}/         https://[::ffff:7f00:1]:{port}/   https://[::127.0.0.1]:{port}/
    https://[64:ff9b::7f00:1]:{port}/          https://[64:ff9b::127.0.0.1]:{port}/
    https://[64:ff9b:1::7f00:1]:{port}/        https://[2002:7f00:1::]:{port}/   https://[2001:0:7f00:1::]:{port}/
    https://[fe80::1]:{port}/                  https://[fe80::1%25lo]:{port}/    https://[::1%25lo]:{port}/
    https://[fd00:ec2::254]:{port}/            https://[fc00::1]:{port}/         https://[ff02::1]:{port}/
    https://[2001:db8::1]:{port}/              https://[3fff::1]:{port}/         https://[100::1]:{port}/
    https://10.0.0.1:{port}/                   https://172.16.0.1:{port}/        https://192.168.0.1:{port}/
    https://100.64.0.1:{port}/                 https://100.100.100.200:{port}/   https://169.254.169.254:{port}/latest/
    https://168.63.129.16:{port}/              https://192.0.0.8:{port}/         https://192.0.0.192:{port}/
    https://192.88.99.1:{port}/                https://198.18.0.1:{port}/        https://224.0.0.1:{port}/
    https://255.255.255.255:{port}/            https://240.0.0.1:{port}/
    https://localhost:{port}/                  https://LOCALHOST.:{port}/        https://db.localhost:{port}/
    https://metadata.google.internal:{port}/   https://printer.local:{port}/     https://intranet:{port}/
    https://inside.example.com:{port}/         https://half.example.com:{port}/  https://inside.example.com.:{port}/
    https://127。0。0。1:{port}/               https://127．0．0．1:{port}/      https://１２７.0.0.1:{port}/
    https://①②⑦.0.0.1:{port}/                 https://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ:{port}/         https://ｉｎｓｉｄｅ.example.com:{port}/
    https://public.example.com@127.0.0.1:{port}/                  https://public.example.com:x@[::1]:{port}/
    https://127.0.0.1:{port}#@public.example.com/                 https://127.0.0.1:{port}\\@public.example.com/
    https://public.example.com%40127.0.0.1:{port}/                https://%31%32%37.0.0.1:{port}/
    http://127.0.0.1:{port}/                   http://public.example.com:{port}/ gopher://127.0.0.1:{port}/
    file:///etc/passwd                         ftp://127.0.0.1:{port}/           unix:///run/docker.sock
    https://public.example.com:25/             https://public.example.com:22/    https://public.example.com:99999/
    https://public.example.com:0/              //127.0.0.1:{port}/               https:///
    https://                                   127.0.0.1:{port}                  javascript:alert(1)
    https://me@public.example.com/             https://public.internal:{port}/   https://93.184.55054:{port}/
""".split()  # noqa: SIM905  (three in a line are easier to look through)


@pytest.fixture
def internet(monkeypatch: pytest.MonkeyPatch) -> Internet:
    drawn = Internet(monkeypatch)
    for name in ("public.example.com", "public.internal"):
        drawn.knows(name, PUBLIC)
    drawn.knows("inside.example.com", "127.0.0.1")
    drawn.knows("half.example.com", PUBLIC, "127.0.0.1")
    for name in ("localhost", "db.localhost", "intranet", "metadata.google.internal", "printer.local"):
        drawn.knows(name, "127.0.0.1")
    return drawn


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running


@contextmanager
def developing(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """This machine may be reached, as a developer says."""
    with monkeypatch.context() as patch:
        patch.setattr(settings(), "outbound_allow", (ip_network("127.0.0.1/32"),))
        yield


def test_no_address_leads_inside(internet: Internet, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the port of a listener that is there, with that port allowed: only the judgement of the address protects it.

    Seen to fail with `is_public` answering `is_global` alone, with `all` made `any`, and with the port's check removed.
    """
    accepted = []
    with listening() as (port, knocks):
        monkeypatch.setattr(outbound, "PORTS", frozenset({443, port}))
        for url in (pattern.replace("{port}", str(port)) for pattern in REFUSED):
            for deed in (insist_on_reachable, lambda url: outbound.request("POST", url, content=b"{}")):
                try:
                    deed(url)
                    accepted.append(url)
                except AddressRefused:
                    pass

    assert len(REFUSED) >= 60
    assert not accepted
    assert not knocks
    assert not internet.reached


def test_a_name_that_moves_inside_after_the_check_is_not_followed(internet: Internet) -> None:
    """Seen to fail with the connection made to the name: the canary was knocked at."""
    with listening() as (port, knocks), pytest.MonkeyPatch.context() as patch:
        patch.setattr(outbound, "PORTS", frozenset({port}))
        internet.flips("rebinding.example.com", first=PUBLIC, then="127.0.0.1")
        with pytest.raises(Unreachable):
            outbound.request("POST", f"https://rebinding.example.com:{port}/")

    assert not knocks
    assert internet.asked == ["rebinding.example.com"]
    assert internet.reached == [PUBLIC]


def test_an_address_that_moved_inside_after_it_was_kept_is_refused_when_it_is_used(internet: Internet) -> None:
    internet.flips("moving.example.com", first=PUBLIC, then="127.0.0.1")
    kept = insist_on_reachable("https://moving.example.com/hook")

    with pytest.raises(AddressRefused):
        outbound.request("POST", kept)
    assert not internet.reached


def test_a_redirect_is_an_answer_and_not_a_way(
    internet: Internet, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    with listening() as (port, knocks), developing(monkeypatch):
        receiver.manners = answers(307, location=f"http://127.0.0.1:{port}/")
        answer = outbound.request("POST", receiver.url, content=b"{}")

    assert answer.status == 307
    assert not knocks


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://Public.Example.COM", "https://public.example.com/"),
        ("https://public.example.com.:443/a?b=c d".replace(" ", "%20"), "https://public.example.com/a?b=c%20d"),
        ("https://public。example．com:8443/ä", "https://public.example.com:8443/%C3%A4"),
        ("https://93.184.215.14/", "https://93.184.215.14/"),
        ("https://[2606:2800:21F::1]:8443/", "https://[2606:2800:21f::1]:8443/"),
    ],
)
def test_a_public_address_is_kept_in_its_plain_form(internet: Internet, given: str, kept: str) -> None:
    assert insist_on_reachable(given) == kept


def test_a_name_is_written_in_ascii(internet: Internet) -> None:
    internet.knows("xn--bcher-kva.example", PUBLIC)

    assert insist_on_reachable("https://Bücher.example/") == "https://xn--bcher-kva.example/"


def test_a_name_that_nobody_knows_is_said_so(internet: Internet) -> None:
    with pytest.raises(AddressRefused, match="cannot find"):
        insist_on_reachable("https://no-such-name.example.com/")
    with pytest.raises(Unreachable) as refused:
        outbound.request("GET", "https://no-such-name.example.com/")
    assert refused.value.reason == "dns"


@pytest.mark.parametrize(
    "url", ["https://a b.example/", "https://a.example/\r\nx: y", "https://a.example/\x00", "https://-.example/"]
)
def test_what_no_address_can_have_is_refused(internet: Internet, url: str) -> None:
    with pytest.raises(AddressRefused):
        insist_on_reachable(url)


@pytest.mark.parametrize("head", [b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n", b"HTTP/1.1 200 OK\r\nx-long: "])
def test_a_server_that_drips_is_left_in_time(
    internet: Internet, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, head: bytes
) -> None:
    """Every byte comes within a moment, in the body or already in the headers.

    Seen to fail with a limit for each step instead of one deadline: the request then succeeded.
    """
    receiver.manners = drips(head + b"." * 99 + b"\r\ncontent-length: 0\r\n\r\n")
    with developing(monkeypatch), pytest.raises(Unreachable) as late:
        outbound.request("GET", receiver.url, total_s=0.4)

    assert late.value.reason == "timeout"


def test_an_answer_is_taken_up_to_a_length(
    internet: Internet, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver.manners = answers(200, b"x" * 70_000)
    with developing(monkeypatch):
        with pytest.raises(AnswerTooLong) as too_long:
            outbound.request("GET", receiver.url)
        longer = outbound.request("GET", receiver.url, max_bytes=70_000)

    assert too_long.value.answer.status == 200
    assert len(too_long.value.answer.body) == outbound.MOST_BYTES
    assert len(longer.body) == 70_000


def test_neither_proxies_nor_cookies_are_used(
    internet: Internet, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    with listening() as (port, knocks), developing(monkeypatch):
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{port}")
        receiver.manners = answers(200, b'{"said": "yes"}', set_cookie="a=b", content_type="application/json")
        first = outbound.request("POST", receiver.url, headers={"X-Own": "1", "Host": "other"}, content=b"hello")
        outbound.request("GET", receiver.url)

    assert first.json() == {"said": "yes"}
    assert first.headers["content-type"] == "application/json"
    assert receiver.received[0].body == b"hello"
    assert receiver.received[0].headers["host"] == f"127.0.0.1:{receiver.port}"
    assert receiver.received[0].headers["x-own"] == "1"
    assert receiver.received[1].headers["cookie"] is None
    assert not knocks


def test_a_certificate_must_be_for_the_name_that_was_asked_for(
    internet: Internet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection goes to a number; the name still decides whose certificate counts. Seen to fail unverified."""
    chain, key = certificate(tmp_path, "hooks.example.com")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(chain, key)
    monkeypatch.setenv("SSL_CERT_FILE", str(chain))
    outbound._trusted.cache_clear()
    internet.knows("hooks.example.com", "127.0.0.1")
    internet.knows("other.example.com", "127.0.0.1")
    with receiving(tls) as receiver, developing(monkeypatch):
        answer = outbound.request("GET", f"https://hooks.example.com:{receiver.port}/")
        with pytest.raises(Unreachable) as refused:
            outbound.request("GET", f"https://other.example.com:{receiver.port}/")
    outbound._trusted.cache_clear()

    assert answer.status == 204
    assert receiver.received[0].headers["host"] == f"hooks.example.com:{receiver.port}"
    assert refused.value.reason == "tls"


def test_production_makes_no_exception(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SALUS_OUTBOUND_ALLOW", "127.0.0.1/32, ::1/128")

    assert len(Settings(environment="development").outbound_allow) == 2
    with pytest.raises(RuntimeError, match="SALUS_OUTBOUND_ALLOW"):
        Settings(environment="production")
