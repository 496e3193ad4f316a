"""Passwords: which are good enough, and how they are kept."""

import re
import threading
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from salus.kernel.errors import Invalid, Unavailable

SHORTEST, SHORTEST_BESIDE_FACTOR, LONGEST = 15, 8, 128
"""Characters. NIST SP 800-63B-4, 3.1.1.2, asks for 15 where a password is all there is, for 8 beside a second factor,
and for no rules of composition."""
UNGUESSABLE = 8
"""Characters that must remain once everything is taken out that is guessed first."""

HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
"""argon2id with OWASP's parameters: 19 MiB, two passes."""
AT_ONCE = 4
PATIENCE_S = 5.0
_hashing = threading.BoundedSemaphore(AT_ONCE)

GUESSED_FIRST = frozenset(
    """
    password passwort passphrase passw0rd p@ssword kennwort letmein welcome iloveyou ilove qwertyuiop qwertzuiop
    qwerty qwertz azerty asdfghjkl asdfgh zxcvbnm yxcvbnm abcdefghijklmnopqrstuvwxyz abcdefgh abcdef abc admin
    administrator root login master secret access changeme default temporary guest test monkey dragon football
    baseball basketball superman batman princess sunshine shadow michael jordan trustno correcthorsebatterystaple
    correct horse battery staple salus health healthdata exchange market trade data doctor patient hospital summer
    winter spring autumn january february march april june july august september october november december monday
    friday 1234567890 0987654321 123456789 987654321 12345678 1234567 123456 12345 1q2w3e4r5t 1q2w3e4r qazwsxedc
    qazwsx
    """.split()  # noqa: SIM905  (a list of quoted words fills the page)
)
_LONGEST_FIRST = sorted(GUESSED_FIRST, key=len, reverse=True)


class PasswordTooShort(Invalid):
    field = "password"

    def __init__(self, shortest: int = SHORTEST) -> None:
        super().__init__(f"Please choose a password of at least {shortest} characters. A few words in a row work well.")


class PasswordTooLong(Invalid):
    message = f"Please choose a password of at most {LONGEST} characters."
    field = "password"


class PasswordTooCommon(Invalid):
    message = (
        "This password is among those that are guessed first: it is mostly common words, a row of keys, a repetition, "
        "or your own name or address. Please add words that have nothing to do with you or with each other."
    )
    field = "password"


def insist_on_strength(password: str, *, about: Iterable[str], beside_factor: bool = False) -> None:
    """Raises PasswordTooShort, PasswordTooLong or PasswordTooCommon.

    `about` is what others know of its owner: name, e-mail address.
    """
    password = _normal(password)
    shortest = SHORTEST_BESIDE_FACTOR if beside_factor else SHORTEST
    if len(password) < shortest:
        raise PasswordTooShort(shortest)
    if len(password) > LONGEST:
        raise PasswordTooLong
    folded = password.casefold()
    if len(_unguessable(folded, about)) < UNGUESSABLE or not {folded, _without_end(folded)}.isdisjoint(_often_leaked()):
        raise PasswordTooCommon


def needs_factor(password: str) -> bool:
    """Whether it is enough only beside a second factor."""
    return len(_normal(password)) < SHORTEST


def hashed(password: str) -> str:
    """The argon2id hash to keep. Raises Unavailable while too many are being made."""
    with _turn():
        return HASHER.hash(_normal(password))


def fits(password_hash: str | None, password: str) -> bool:
    """Whether it is the right password. Without a hash to compare with, the same work is done for nothing."""
    nobodys = _of_nobody(HASHER)  # in any case: the first stranger would otherwise wait for it to be made
    with _turn():
        try:
            HASHER.verify(password_hash or nobodys, _normal(password))
        except VerifyMismatchError:
            return False
    return password_hash is not None


def is_outdated(password_hash: str) -> bool:
    """Whether the hash was made with other parameters than today's."""
    return HASHER.check_needs_rehash(password_hash)


@contextmanager
def _turn() -> Iterator[None]:
    """A place among the few who hash at once: each takes 19 MiB, and a flood of sign-ins must not take all memory."""
    if not _hashing.acquire(timeout=PATIENCE_S):
        raise Unavailable
    try:
        yield
    finally:
        _hashing.release()


@lru_cache(maxsize=1)
def _of_nobody(hasher: PasswordHasher) -> str:
    return hasher.hash("the password of nobody at all")


def _normal(password: str) -> str:
    """The same characters typed on another keyboard are the same password (NIST SP 800-63B-4, 3.1.1.2)."""
    return unicodedata.normalize("NFKC", password)


def _unguessable(password: str, about: Iterable[str]) -> str:
    """What is left without common words, the owner's own words, digits at the end and repetitions."""
    own = [word for text in about for word in re.split(r"[\W_]+", text.casefold()) if len(word) >= 3]
    for word in [*sorted(own, key=len, reverse=True), *_LONGEST_FIRST]:
        password = password.replace(word, "")
    return re.sub(r"(.+?)\1+", r"\1", _without_end(password))


def _without_end(password: str) -> str:
    """Without the digits and signs that people add to a word to make it another."""
    return re.sub(r"[\W\d_]+$", "", password)


@lru_cache(maxsize=1)
def _often_leaked() -> frozenset[str]:
    """The 30,000 passwords that are found most often in what was leaked elsewhere."""
    from zxcvbn.frequency_lists import FREQUENCY_LISTS  # takes 0.1 s to read, so only once somebody chooses a password

    return frozenset(FREQUENCY_LISTS["passwords"])
