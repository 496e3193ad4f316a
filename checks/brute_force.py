"""Guessing one password at two web servers in turns, and again after both were started anew.

Prints how many guesses were heard; more than the limit of an account, or any after the new start, fail the check.
"""

import sys
from itertools import cycle, islice

import httpx

from checks.served import served
from salus.kernel.context import nobody
from salus.shared.people import actions, limits
from salus.worker import settle_everything
from tests.faults.installation import Installation, installed

EMAIL = "pia@people.example"
PASSWORD = "quiet rivers carry seven lanterns"
GUESSES = 30


def main() -> int:
    with installed() as here:
        with nobody(here.tenant) as ctx:
            actions.sign_up(ctx, name="Pia", email=EMAIL, password=PASSWORD)
        settle_everything()
        with served() as (one, _), served() as (other, _):
            heard = guesses([one, other], here)
        with served() as (one, _), served() as (other, _):
            later = guesses([one, other], here)
            is_out = ask(one, here, PASSWORD) == 429
    print(f"heard {heard} of {GUESSES} guesses at two servers, and {later} of as many once both began anew")
    print(f"not even the right password helps now: {is_out}")
    return 0 if heard <= limits.PASSWORDS.account and later == 0 and is_out else 1


def guesses(urls: list[str], here: Installation) -> int:
    """How many guesses were compared with the password."""
    return sum(
        ask(url, here, f"guess number {n} of so many") == 422 for n, url in enumerate(islice(cycle(urls), GUESSES))
    )


def ask(url: str, here: Installation, password: str) -> int:
    body = {"email": EMAIL, "password": password}
    return httpx.post(
        f"{url}/v1/sessions", json=body, headers={"host": here.host}, trust_env=False, timeout=60
    ).status_code


if __name__ == "__main__":
    sys.exit(main())
