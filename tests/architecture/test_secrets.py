"""Nothing in the repository opens anything: no key, no password, no token, found by detect-secrets in every file.

The tests' own passwords and the known answers of standards look like secrets and are none: they are reviewed here.
"""

import secrets
import string
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from detect_secrets.core.scan import scan_file
from detect_secrets.settings import default_settings

from tests.architecture.tree import ROOT, tracked

NO_TEXT = {".png"}
"""Endings of files in which nobody could read a secret."""

TESTED = ("tests/", "checks/", "benchmarks/")
"""Where a text of several words, typed for a password, is one that a test made up."""

REVIEWED = {
    "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP": "the second factor of the demo and of the tests, an example in many manuals",
    "quiet rivers carry seven lanterns": "the password of everybody in the demo and in the tests",
    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS": "the example of Standard Webhooks, and one letter beside it",
    "c2VjcmV0": "the word “secret” in base64, for a simulated gateway",
    "sevenlan": "a password that is too short",
    "wrong": "a secret of a program that is refused",
    "PeterNeumann+c74f20a3+": "the public key in the example of C2SP's signed notes",
    "x08go/ZJkuBS9UG/": "the signature in the same example",
    "e3b0c442": "RFC 6962: the known roots of trees of 0 to 8 leaves",
    **dict.fromkeys(("6e340b9c", "fac54203", "aeb6bcfe", "d37ee418"), "the same"),
    **dict.fromkeys(("4e3bbb1f", "76e67dad", "ddb89be4", "5dc9da79"), "the same"),
    "b3e1f989": "the digest of a record in an old format, which must stay the same",
    "4bf92f35": "the example of W3C Trace Context",
    "0193a1c2": "the reference that a page of errors shows",
    "sha512-": "package-lock.json: digests of packages",
    "ABCDEFGHJKLMNPQRSTUVWXYZ23456789": "the letters that recovery codes are made of",
    "23456789ABCDEFGHJKMNPQRSTVWXYZ": "the letters that references of incidents are made of",
    "whsec_": "how secrets of webhooks begin",
    "scram-sha-256": "how PostgreSQL asks for passwords",
    "os.urandom": "documentation: where randomness comes from",
    "salus/shared/people/passwords.py": "documentation: a file about passwords",
    "tests/shared/people/test_sessions.py::": "documentation: a test about passwords",
    "password": "documentation: where in an address the password would stand",
    "set_up` and its `qr": "documentation of a template: its variables",
    "Ada Moreau": "the demo: the name in front of a password",
    "{port}": "an address with a user's name in it, which must not be followed",
}
"""How values begin that were looked at one by one, and what they are."""

_read: set[str] = set()


class Finding(NamedTuple):
    place: str
    what: str
    value: str

    @property
    def is_reviewed(self) -> bool:
        is_a_tests_password = self.place.startswith(TESTED) and self.what == "Secret Keyword" and " " in self.value
        return is_a_tests_password or self.value.startswith(tuple(REVIEWED))


def read(filename: str, line: str) -> bool:
    """A filter for detect-secrets that lets everything through, and remembers which files were really opened."""
    _read.add(filename)
    return False


def found_in(paths: Iterable[Path]) -> list[Finding]:
    """What detect-secrets, with every detector it has, takes for a secret in these files.

    Without the filters that pass over whole files (pictures, locks) or over lines that ask for it in a comment, and
    without the one that passes over whatever looks like a call.
    """
    passing_over = ("is_non_text_file", "is_lock_file", "is_swagger_file", "is_indirect_reference")
    with default_settings() as settings:
        settings.disable_filters(
            "detect_secrets.filters.common.is_invalid_file",
            "detect_secrets.filters.allowlist.is_line_allowlisted",
            *(f"detect_secrets.filters.heuristic.{one}" for one in passing_over),
        )
        settings.filters[f"{__name__}.{read.__name__}"] = {}
        return [
            Finding(f"{path.relative_to(ROOT) if path.is_relative_to(ROOT) else path}:{one.line_number}", one.type,
                    one.secret_value or "")
            for path in paths
            for one in scan_file(str(path))
        ]  # fmt: skip


@dataclass(frozen=True)
class Search:
    """One search through everything, and what it went through."""

    paths: list[Path]
    findings: list[Finding]
    read: set[Path]


@pytest.fixture(scope="module")
def search() -> Search:
    _read.clear()
    paths = tracked()
    return Search(paths, found_in(paths), {Path(one) for one in _read})


def test_no_file_holds_a_secret(search: Search) -> None:
    assert [f"{one.place}: {one.what}" for one in search.findings if not one.is_reviewed] == []


def test_every_file_that_git_knows_was_read(search: Search) -> None:
    """But for pictures: whatever else is no text would be passed over unseen."""
    written = {path for path in search.paths if path.suffix not in NO_TEXT and path.stat().st_size}

    assert search.read == written
    assert len(written) > 800


def test_what_was_reviewed_is_still_there(search: Search) -> None:
    values = [one.value for one in search.findings]

    assert [start for start in REVIEWED if not any(value.startswith(start) for value in values)] == []


def random(count: int, letters: str = string.ascii_letters + string.digits) -> str:
    return "".join(secrets.choice(letters) for _ in range(count))


def private_key() -> str:
    made = ec.generate_private_key(ec.SECP256R1())
    return made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


LEAKS: dict[str, Callable[[], str]] = {
    "AWS Access Key": lambda: "AKIA" + random(16, string.ascii_uppercase + string.digits),
    "Private Key": private_key,
    "GitHub Token": lambda: "ghp_" + random(36),
    "Stripe Access Key": lambda: "sk_live_" + random(24),
    "Slack Token": lambda: f"xoxb-{random(12, string.digits)}-{random(12, string.digits)}-{random(24)}",
    "Basic Auth Credentials": lambda: f"postgresql://salus:{random(12)}@db.example/salus",
    "Secret Keyword": lambda: f'gateway_password = "{random(14)}"',
    "Base64 High Entropy String": lambda: f'kek = "{random(44)}"',
    "JSON Web Token": lambda: "eyJhbGciOiJFUzI1NiJ9" + ".eyJzdWIiOiIxMjM0NTY3OCJ9." + random(43),
}


@pytest.mark.parametrize("what", LEAKS)
def test_one_that_slipped_in_is_found(what: str, tmp_path: Path) -> None:
    """Made anew each time, in a file as there are many, and also where a comment asks to pass over it."""
    leaking = tmp_path / "settings.py"
    leaking.write_text(f"# a line before\n{LEAKS[what]()}  # pragma: allowlist secret\n")

    assert what in {one.what for one in found_in([leaking]) if not one.is_reviewed}


def test_the_search_finds_it_in_any_kind_of_file(tmp_path: Path) -> None:
    kinds = sorted({path.suffix or path.name for path in tracked()} - NO_TEXT)
    leaking = [tmp_path / f"leaking{kind if kind.startswith('.') else '-' + kind}" for kind in kinds]
    for path in leaking:
        path.write_text(f"{LEAKS['AWS Access Key']()}\n")

    assert {Path(one.place.rsplit(":", 1)[0]) for one in found_in(leaking)} == set(leaking)
