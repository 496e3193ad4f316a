"""Nine hundred callers who never finish, and bodies of every bad size, against `salus serve` as its operator starts it.

The crowd first drips headers and then bodies, a line or a byte at a time. Prints how long honest callers wait alone and
beside them, how many of the crowd were kept, and how each bad body was answered. Takes about 80 seconds. Seen to fail
without `_hung_up` in `BodyLimit`: of those who drip bodies, 57 of 900 were kept.
"""

import json
import os
import socket
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from threading import Event, Thread
from typing import Any
from urllib.parse import urlsplit

import httpx
import psutil

from checks.served import served
from tests.faults.installation import Installation, installed

CROWD = 900
HONEST_S = 8.0
LONGEST_WAIT_S = 1.0
MOST_GROWTH = 256 << 20
HUNG_UP = 0
"""Instead of a status, where the server ended the connection without an answer."""

HEAD = "POST /v1/sessions HTTP/1.1\r\nHost: {0}\r\n"


@dataclass(frozen=True)
class Slowness:
    """What every one of the crowd sends at once, and then again and again; after how many seconds none may be left."""

    name: str
    first: str
    then: bytes
    none_left_after_s: float


CROWDS = (
    Slowness("headers", HEAD, b"X-A: b\r\n", 15),
    Slowness("bodies", HEAD + "Content-Type: application/json\r\nContent-Length: 5000\r\n\r\n", b" ", 26),
)


def main() -> int:
    failures = []
    with installed() as here, served_without_limit() as (url, process):
        alone, _ = waits(url, here, 4.0)
        print(f"load {os.getloadavg()[0]:.1f}; honest callers alone wait {told(alone)}")
        for slowness in CROWDS:
            kept, meanwhile, statuses = crowded(url, here, slowness)
            print(f"beside {CROWD} who drip {slowness.name}: {told(meanwhile)}, answers {dict(statuses)}")
            print(f"still connected after {slowness.none_left_after_s:.0f} s: {kept} of {CROWD}")
            if kept or percentile(meanwhile, 99) > LONGEST_WAIT_S or set(statuses) != {200}:
                failures.append(f"slow {slowness.name}")
        resident = memory(process)
        for name, status in bad_bodies(url, here):
            print(f"{name}: {status or 'hung up'}")
            if status != HUNG_UP and not 400 <= status < 500:
                failures.append(name)
        grown = memory(process) - resident
        print(f"memory grew by {grown >> 20} MiB; load {os.getloadavg()[0]:.1f}")
        if grown > MOST_GROWTH:
            failures.append("memory")
    for failure in failures:
        print(f"NOT WITHSTOOD: {failure}")
    return 1 if failures else 0


def served_without_limit() -> Any:
    """All callers here have one address, and its limit would answer the honest ones instead of the pages."""
    os.environ["SALUS_REQUEST_LIMIT"] = "1000000/minute"
    return served()


def crowded(url: str, here: Installation, slowness: Slowness) -> tuple[int, list[float], Counter[int]]:
    """How many of the crowd were kept, how long honest callers waited beside them, and what they got."""
    address, over = urlsplit(url), Event()
    crowd = [socket.create_connection((address.hostname, address.port)) for _ in range(CROWD)]
    began = time.monotonic()
    for one in crowd:
        one.sendall(slowness.first.format(here.host).encode())
    dripping = Thread(target=drip, args=(crowd, slowness.then, over))
    dripping.start()
    try:
        meanwhile, statuses = waits(url, here, HONEST_S)
        time.sleep(max(0.0, slowness.none_left_after_s - (time.monotonic() - began)))
    finally:
        over.set()
        dripping.join()
    kept = sum(is_open(one) for one in crowd)
    for one in crowd:
        one.close()
    return kept, meanwhile, statuses


def drip(crowd: list[socket.socket], drop: bytes, over: Event) -> None:
    while not over.wait(0.5):
        for one in crowd:
            with suppress(OSError):
                one.sendall(drop)


def is_open(connection: socket.socket) -> bool:
    """Whether the server still waits: it did not hang up, whatever it sent."""
    connection.setblocking(False)
    try:
        while connection.recv(65_536):
            pass
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def waits(url: str, here: Installation, seconds: float) -> tuple[list[float], Counter[int]]:
    """Seconds that an honest caller waited for each of as many pages as fit, and the answers."""
    taken, statuses, until = [], Counter[int](), time.monotonic() + seconds
    with httpx.Client(base_url=url, headers={"host": here.host}, trust_env=False, timeout=10) as client:
        while time.monotonic() < until:
            began = time.monotonic()
            try:
                statuses[client.get("/sign-in").status_code] += 1
            except httpx.TransportError:
                statuses[HUNG_UP] += 1
            taken.append(time.monotonic() - began)
            time.sleep(0.02)
    return taken, statuses


def bad_bodies(url: str, here: Installation) -> Iterator[tuple[str, int]]:
    """Bodies that are too large, too deep or too many, and how each is answered."""
    bodies: dict[str, bytes | Iterator[bytes]] = {
        "50 MB with its length": b"x" * 50_000_000,
        "50 MB in chunks without a length": (b"x" * 65_536 for _ in range(760)),
        "a list in a list, 100,000 deep": b"[" * 100_000,
        "60,000 keys": json.dumps({f"key{n}": n for n in range(60_000)}).encode(),
        "a number of 100,000 digits": b'{"email": ' + b"9" * 100_000 + b"}",
        "the same key 50,000 times": b"{" + b'"email": 1,' * 50_000 + b'"a": 1}',
        "text that is no JSON": b"\xff\xfe\x00",
    }
    for name, body in bodies.items():
        yield name, answered(url, "/v1/sessions", {"host": here.host, "content-type": "application/json"}, body)
    yield "a header of 2 MB", answered(url, "/v1/sessions", {"host": here.host, "x-large": "x" * 2_000_000})
    yield "5,000 headers", answered(url, "/v1/sessions", {"host": here.host} | {f"x-{n}": "x" for n in range(5_000)})
    form = {"host": here.host, "content-type": "application/x-www-form-urlencoded"}
    yield "a form of 100,000 fields", answered(url, "/sign-in", form, b"a=1&" * 100_000)


def answered(url: str, path: str, headers: dict[str, str], body: bytes | Iterator[bytes] = b"") -> int:
    try:
        return httpx.post(f"{url}{path}", headers=headers, content=body, trust_env=False, timeout=20).status_code
    except httpx.TransportError:
        return HUNG_UP


def percentile(taken: list[float], share: int) -> float:
    return sorted(taken)[min(len(taken) - 1, len(taken) * share // 100)]


def told(taken: list[float]) -> str:
    return f"{percentile(taken, 50) * 1000:.0f} ms (p99 {percentile(taken, 99) * 1000:.0f} ms)"


def memory(process: psutil.Process) -> int:
    """Resident bytes of the server and its workers."""
    return sum(one.memory_info().rss for one in [process, *process.children(recursive=True)])


if __name__ == "__main__":
    sys.exit(main())
