"""Second factors: codes of an app, codes for the day it is lost, and the address at which a security key counts."""

import hashlib
import ipaddress
import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import pyotp

from salus.shared.people.rules.refusals import NoKeysHere

STEP_S = 30
ISSUER = "Salus"
CHALLENGE_HOLDS = timedelta(minutes=5)
MOST_KEYS = 20
RECOVERY_CODES = 10
ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""32 letters and digits that are not taken for each other: five bits each."""
LETTERS = 24
"""Of a recovery code: 120 bits. From 112 on a plain digest is enough to keep it by (OWASP ASVS 5.0, 6.5.2)."""


@dataclass(frozen=True)
class RelyingParty:
    """Where security keys count (WebAuthn level 3, section 4): host name, and origin as browsers say it."""

    id: str
    origin: str


def new_secret() -> str:
    """A secret for a second factor: 160 bits in base 32, as authenticator apps expect."""
    return pyotp.random_base32()


def step_of(secret: str, code: str, at: datetime) -> int | None:
    """The 30-second step whose code this is, of the current one and its neighbours; None if it is no code of theirs.

    One step either way is for clocks that are a little wrong (RFC 6238, section 5.2).
    """
    given = re.sub(r"\s", "", code).encode()
    now = int(at.timestamp()) // STEP_S
    totp = pyotp.TOTP(secret)
    matching = [
        step for step in (now, now - 1, now + 1) if secrets.compare_digest(totp.generate_otp(step).encode(), given)
    ]
    return matching[0] if matching else None


def provisioning_uri(secret: str, email: str) -> str:
    """What the QR code of a second factor says to an authenticator app."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=ISSUER)


def new_recovery_codes() -> list[str]:
    """Ten codes in groups of four, to be read from paper."""
    return [_in_fours("".join(secrets.choice(ALPHABET) for _ in range(LETTERS))) for _ in range(RECOVERY_CODES)]


def recovery_hash(code: str) -> bytes:
    """What is kept of a recovery code, however it is typed."""
    return hashlib.sha256(re.sub(r"[\W_]", "", code).upper().encode()).digest()


def relying_party(asked: str, hosts: Collection[str], public_url: str, *, is_development: bool) -> RelyingParty:
    """Where a request was sent, as its `Host` header says, if that is an address of ours. Raises NoKeysHere.

    Ours are the tenant's own hosts and that of the public URL; on a developer's machine also `localhost`, the one name
    that browsers trust without a certificate. Any other is refused, so nobody registers a key at a name that leads here
    by a mistake or by a trick. A key answers nowhere but at the host it was registered at.
    """
    ours = {*hosts, urlsplit(public_url).hostname, *(["localhost"] if is_development else [])}
    host = urlsplit(f"//{asked}").hostname or ""
    if host not in ours or _is_bare_address(host):
        raise NoKeysHere
    return RelyingParty(id=host, origin=f"{urlsplit(public_url).scheme}://{asked.lower()}")


def has_gone_back(sign_count: int, *, before: int) -> bool:
    """Whether a key signed less often than it said before. One that never counts stays at nought."""
    return (sign_count, before) != (0, 0) and sign_count <= before


def _in_fours(code: str) -> str:
    return "-".join(code[at : at + 4] for at in range(0, len(code), 4))


def _is_bare_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
