"""Whether the time of an answer tells who has an account: at sign-in, at a new password, and at signing up.

Known and unknown addresses are asked for in turns, in an order that chance decides, because a busy machine is slow for
seconds at a time. The difference of the medians is compared with what chance makes of the same times (a permutation
test). A door fails where p is below 0.001 and the medians lie more than a millisecond apart: no stranger is heard more
than ten times in a quarter of an hour on one address, and four times an hour where letters are written. These limits
are lifted here by forgetting every attempt, and so many answers are needed to see a millisecond through the noise.

Seen to fail at sign-in with the hash of nobody taken out of `passwords.fits`: 51 ms apart, p = 0.0001. With the work in
vain taken out of signing up: 12 ms apart, p = 0.0075 at a load of 8 on 2 cores, which is not enough to fail. Run it
where nothing else runs; `tests/attacks/test_enumeration.py` counts the work, and sees both however busy the machine is.
"""

import os
import random
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import chain
from statistics import median

import httpx

from checks.served import served
from tests.cast import PASSWORD, email_of, seller
from tests.faults.installation import Installation, installed, owner_sql

SAMPLES = 160
SHUFFLES = 10_000
SUSPICIOUS = 0.001
NOTICEABLE_MS = 1.0
WARMING = 10
"""Pairs that are left out: caches, pools and statements are filled by the first."""
FROM_ONE_ADDRESS = 50
"""Requests to one door; a minute's limit of 60 is counted by the address they come from."""

COMPANY = {"name": "Helix Research", "kind": "company", "country": "FI", "registration_number": "2345678-9"}
DOORS: dict[str, tuple[str, Callable[[str], dict[str, object]]]] = {
    "sign-in": ("/v1/sessions", lambda email: {"email": email, "password": "not the password of anybody"}),
    "new password": ("/v1/password-resets", lambda email: {"email": email}),
    "sign-up": ("/v1/sign-ups", lambda email: {"name": "Pia", "email": email, "password": PASSWORD}),
    "sign-up of a buyer": (
        "/v1/sign-ups",
        lambda email: {"name": "Pia", "email": email, "password": PASSWORD, "organisation": COMPANY},
    ),
}


def main() -> int:
    failures = []
    print(f"{'door':<20} {'known':>10} {'unknown':>10} {'apart':>10} {'p':>8}   load {os.getloadavg()[0]:.1f}")
    with installed() as here:
        seller(here.tenant, "Pia")
        with served() as (url, _):
            addresses = loopback_addresses()
            for door in DOORS:
                known, unknown = sampled(door, url, here, addresses)
                apart, p = (median(known) - median(unknown)) * 1000, permutation_test(known, unknown)
                print(
                    f"{door:<20} {median(known) * 1000:>7.2f} ms {median(unknown) * 1000:>7.2f} ms {apart:>+7.2f} ms "
                    f"{p:>8.4f}   {len(known)} + {len(unknown)} answers, load {os.getloadavg()[0]:.1f}"
                )
                if p < SUSPICIOUS and abs(apart) > NOTICEABLE_MS:
                    failures.append(door)
    for door in failures:
        print(f"NOT WITHSTOOD: the time of {door} tells who has an account")
    return 1 if failures else 0


def sampled(door: str, url: str, here: Installation, addresses: Iterator[str]) -> tuple[list[float], list[float]]:
    """Seconds of every answer for the known address, and for addresses that nobody has."""
    path, body = DOORS[door]
    taken: dict[bool, list[float]] = {True: [], False: []}
    with ExitStack() as open_ones:
        for number, is_known in enumerate(in_turns()):
            if number % FROM_ONE_ADDRESS == 0:
                client = open_ones.enter_context(calling_from(next(addresses), url, here))
            owner_sql("DELETE FROM attempts", here.tenant)
            email = email_of("Pia" if is_known else f"{door.replace(' ', '-')}.{number}")
            began = time.perf_counter()
            answer = client.post(path, json=body(email))
            taken[is_known].append(time.perf_counter() - began)
            if answer.status_code not in {204, 422}:
                raise RuntimeError(f"{door} answered {answer.status_code}, so its time tells nothing")
    return taken[True][WARMING:], taken[False][WARMING:]


def in_turns() -> Iterator[bool]:
    pairs = (random.choice([(True, False), (False, True)]) for _ in range(SAMPLES + WARMING))
    return chain.from_iterable(pairs)


def loopback_addresses() -> Iterator[str]:
    return (f"127.0.{number // 250 + 1}.{number % 250 + 1}" for number in range(2_000))


def calling_from(address: str, url: str, here: Installation) -> httpx.Client:
    way = httpx.HTTPTransport(local_address=address)
    return httpx.Client(base_url=url, headers={"host": here.host}, transport=way, trust_env=False, timeout=60)


def permutation_test(one: list[float], other: list[float]) -> float:
    """How often chance alone parts the medians of two such samples at least as far."""
    seen, together, further = abs(median(one) - median(other)), [*one, *other], 0
    for _ in range(SHUFFLES):
        random.shuffle(together)
        further += abs(median(together[: len(one)]) - median(together[len(one) :])) >= seen
    return (further + 1) / (SHUFFLES + 1)


if __name__ == "__main__":
    sys.exit(main())
