"""Guessing at two web servers in turns, and again after both were started anew: passwords, codes, recovery codes.

Each is guessed with everything before it right, the two kinds of codes also in turns. Prints how many guesses were
heard; more than the limit of an account, or any after the new start, or a right answer that still helps, fail the
check. Seen to fail with the counts of `limits.count` kept in the process: 20 passwords and 10 codes were heard, and as
many after the new start.
"""

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from itertools import cycle, islice

import httpx

from checks.served import served
from salus.kernel.context import Context, Origin, nobody
from salus.shared.people import actions, limits
from tests.cast import PASSWORD, code_of, email_of, seller, with_factor
from tests.faults.installation import Installation, installed

GUESSES = 30
HEARD = 422
"""What a wrong guess is answered with that was compared with the right one."""


@dataclass(frozen=True)
class Guess:
    path: str
    body: dict[str, str]


@dataclass(frozen=True)
class Attack:
    """What is guessed, how often at most, by whoever knows everything else about one person."""

    what: str
    most: int
    wrong: Callable[[int], Guess]
    right: Callable[[], Guess]
    token: str = ""
    """Of a session in which the password was given and the second factor is still to come."""


def main() -> int:
    failures = []
    with installed() as here:
        attacks = [on_password(here), *(on_codes(here, *names) for names in KINDS)]
        heard, later, helped = {}, {}, {}
        with served() as (one, _), served() as (other, _):
            for attack in attacks:
                heard[attack] = guesses(attack, [one, other], here)
        with served() as (one, _), served() as (other, _):
            for attack in attacks:
                later[attack] = guesses(attack, [one, other], here)
                helped[attack] = ask(attack, attack.right(), one, here) != 429
    for attack in attacks:
        print(
            f"{attack.what}: heard {heard[attack]} of {GUESSES} guesses at two servers (limit {attack.most}), "
            f"{later[attack]} of as many once both began anew; the right one then "
            f"{'helped' if helped[attack] else 'did not help'}"
        )
        if not 0 < heard[attack] <= attack.most or later[attack] or helped[attack]:
            failures.append(attack.what)
    print(f"load {os.getloadavg()[0]:.1f}")
    for failure in failures:
        print(f"NOT WITHSTOOD: guessing {failure}")
    return 1 if failures else 0


def password(given: str) -> Guess:
    return Guess("/v1/sessions", {"email": email_of("Pia"), "password": given})


def code(given: str) -> Guess:
    return Guess("/v1/sessions/current/code", {"code": given})


def recovery_code(given: str) -> Guess:
    return Guess("/v1/sessions/current/recovery-code", {"recovery_code": given})


def wrong_code(number: int) -> Guess:
    return code(f"{number:06}")


def wrong_recovery_code(number: int) -> Guess:
    return recovery_code(f"{number:04}".translate(LETTERS) * 6)


def wrong_in_turns(number: int) -> Guess:
    return wrong_recovery_code(number) if number % 4 < 2 else wrong_code(number)


LETTERS = str.maketrans("0123456789", "ABCDEFGHJK")
KINDS = (
    ("codes of an app", "Paul", wrong_code, False),
    ("recovery codes", "Petra", wrong_recovery_code, True),
    ("codes of both kinds in turns", "Peter", wrong_in_turns, False),
)


def on_password(here: Installation) -> Attack:
    seller(here.tenant, "Pia")
    return Attack(
        "passwords",
        limits.PASSWORDS.account,
        wrong=lambda number: password(f"guess number {number} of so many"),
        right=lambda: password(PASSWORD),
    )


def on_codes(here: Installation, what: str, name: str, wrong: Callable[[int], Guess], is_on_paper: bool) -> Attack:
    """On somebody with an app and recovery codes, by a thief who has the password and a session that it opened."""
    actor = with_factor(here.tenant, name, seller(here.tenant, name))
    with Context(actor, here.tenant) as ctx:
        on_paper = actions.make_recovery_codes(ctx)
    with nobody(here.tenant, origin=Origin(channel="api")) as ctx:
        stolen = actions.sign_in(ctx, email=email_of(name), password=PASSWORD)

    def right() -> Guess:
        return recovery_code(on_paper[0]) if is_on_paper else code(code_of(here.tenant, name))

    return Attack(what, limits.CODES.account, wrong, right, stolen.token)


def guesses(attack: Attack, urls: list[str], here: Installation) -> int:
    """How many guesses were compared with what is right."""
    at = enumerate(islice(cycle(urls), GUESSES))
    return sum(ask(attack, attack.wrong(number), url, here) == HEARD for number, url in at)


def ask(attack: Attack, guess: Guess, url: str, here: Installation) -> int:
    headers = {"host": here.host} | ({"authorization": f"Bearer {attack.token}"} if attack.token else {})
    answer = httpx.post(f"{url}{guess.path}", json=guess.body, headers=headers, trust_env=False, timeout=60)
    return answer.status_code


if __name__ == "__main__":
    sys.exit(main())
