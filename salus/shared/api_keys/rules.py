"""How a key is written, what it may be given, and where it may be used from. Pure."""

import ipaddress
import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from hmac import compare_digest
from typing import NamedTuple
from uuid import UUID

from salus.kernel.actor import FOR_ORGANISATIONS, Role
from salus.kernel.errors import Conflict, Invalid, Refusal
from salus.kernel.operations import Operation
from salus.shared.people.rules import token_hash

PREFIX = "hx_"
"""What every key begins with, so that scanners for leaked secrets know it."""
SECRET_BYTES = 32
_KEY = re.compile(r"hx_(?P<id>[0-9a-f]{32})_(?P<secret>[0-9a-f]{64})")

DAYS, MOST_DAYS = 90, 365
OVERLAP = timedelta(hours=24)
QUIET = timedelta(minutes=1)
"""How often the use of a key is noted at most."""
MOST_NETWORKS = 20

HOLDERS = FOR_ORGANISATIONS | {Role.ADMINISTRATOR}
"""Whose systems may come in: those of an organisation and of the operator. A seller's own apps use OAuth."""
OF_PEOPLE_ONLY = frozenset({"consent", "privacy"})
"""Modules in which only people act: a consent or the exercise of a right by a machine would be nobody's will."""

WORDS = {
    "appointments": "Doctors, appointments and waiting lists",
    "calendar": "Calendars, hours and places",
    "clinical": "Clinical records",
    "codes": "Purposes and terms of use",
    "consent": "Consents and receipts",
    "health_data": "Offers, requests and deliveries",
    "insurance": "Insurance and what it covers",
    "messages": "Notices",
    "money": "Payments, invoices and payouts",
    "people": "People and organisations",
    "privacy": "Personal data and its processing",
    "records": "Records of what was done",
    "security": "Security events and incidents",
    "webhooks": "Webhooks",
}
"""What each module is about, for people who choose scopes."""


class KeyNotGood(Refusal):
    """Says the same for a key that is unknown, wrong, expired, revoked or used from elsewhere. Keeps the count."""

    status = 401
    message = (
        "This API key does not work: it may be mistyped, expired or revoked, or not be allowed from this network. "
        "Its owner sees under API keys which of these it is."
    )
    keeps = True


class KeyEnded(Conflict):
    message = "This key has expired or was revoked. Please make a new one."


class ScopeNotForKeys(Invalid):
    message = "A key cannot be given this. Please choose from what is offered."
    field = "scopes"


class NoScope(Invalid):
    message = "Please choose at least one thing that the key may do."
    field = "scopes"


class NoNetwork(Invalid):
    message = "Please write each network as an address or in CIDR notation, as in 203.0.113.0/24, one a line."
    field = "networks"


class Secret(NamedTuple):
    """The secret half of a key, shown once, and what is kept of it."""

    text: str
    hash: bytes


class Presented(NamedTuple):
    """A key as it came with a request."""

    id: UUID
    secret: str


@dataclass(frozen=True)
class Choice:
    """A scope in the words of the one who chooses it."""

    scope: str
    words: str


@dataclass(frozen=True)
class Area:
    """What can be chosen of one module: all its questions, all its deeds, or single ones."""

    name: str
    whole: tuple[Choice, ...]
    single: tuple[Choice, ...]


def new_secret() -> Secret:
    text = secrets.token_hex(SECRET_BYTES)
    return Secret(text, token_hash(text))


def written(key_id: UUID, secret: str) -> str:
    """The key as its owner pastes it into a system."""
    return f"{PREFIX}{key_id.hex}_{secret}"


def read(text: str) -> Presented | None:
    """The parts of a key; None for what cannot be one."""
    found = _KEY.fullmatch(text)
    return Presented(UUID(found["id"]), found["secret"]) if found else None


def is_one_of(secret: str, kept: Iterable[bytes | None]) -> bool:
    """Whether it is one of the secrets whose digests these are, in a time that does not tell how nearly."""
    given = token_hash(secret)
    return any(compare_digest(given, one) for one in kept if one is not None)


def networks_of(texts: Iterable[str]) -> list[str]:
    """Each network in its canonical form, once. Raises NoNetwork for what is none."""
    try:
        found = {str(ipaddress.ip_network(text.strip(), strict=False)) for text in texts if text.strip()}
    except ValueError as error:
        raise NoNetwork from error
    if len(found) > MOST_NETWORKS:
        raise NoNetwork(f"Please name at most {MOST_NETWORKS} networks.")
    return sorted(found)


def is_inside(address: str, networks: Sequence[str]) -> bool:
    """Whether a key limited to these networks may be used from this address."""
    if not networks:
        return True
    try:
        at = ipaddress.ip_address(address)
    except ValueError:
        return False
    # A server that listens on both protocols sees callers of IPv4 as ::ffff:203.0.113.7 (RFC 4291, 2.5.5.2).
    at = getattr(at, "ipv4_mapped", None) or at
    return any(at in ipaddress.ip_network(network) for network in networks)


def may_be_a_scope(operation: Operation) -> bool:
    """Whether a key can be given this operation: not what decides about access, nor what asks for a fresh factor."""
    is_of_people = operation.is_action and _module(operation) in OF_PEOPLE_ONLY
    return operation.name in operation.scopes and not operation.step_up and not is_of_people


def areas(operations: Iterable[Operation], roles: frozenset[Role]) -> list[Area]:
    """What somebody with these roles can give a key, by module."""
    open_to = roles | {Role.PERSON}
    offered: dict[str, list[Operation]] = {}
    for operation in operations:
        if may_be_a_scope(operation) and operation.roles & open_to:
            offered.setdefault(_module(operation), []).append(operation)
    return [_area(module, found) for module, found in sorted(offered.items(), key=lambda item: words_for(item[0]))]


def insist_on_scopes(scopes: Sequence[str], offered: Iterable[Area]) -> list[str]:
    """The chosen scopes, each once. Raises NoScope or ScopeNotForKeys."""
    known = {choice.scope for area in offered for choice in (*area.whole, *area.single)}
    if not scopes:
        raise NoScope
    if not known.issuperset(scopes):
        raise ScopeNotForKeys
    return sorted(set(scopes))


def words_for(module: str) -> str:
    return WORDS.get(module, module.replace("_", " ").capitalize())


def _area(module: str, operations: Sequence[Operation]) -> Area:
    reads = Choice(f"{module}:read", "Read everything of it that you may read")
    writes = Choice(f"{module}:write", "Do everything with it that you may do")
    covering = frozenset[str]().union(*(operation.scopes for operation in operations))
    whole = tuple(choice for choice in (reads, writes) if choice.scope in covering)
    single = tuple(Choice(operation.name, operation.promise) for operation in operations)
    return Area(words_for(module), whole, single)


def _module(operation: Operation) -> str:
    return operation.name.split(".", 1)[0]
