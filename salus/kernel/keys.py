"""Envelope encryption: one master key wraps one data key per person; the data key encrypts what is theirs.

AES-256-GCM with a random 96-bit nonce. The additional data names the place a ciphertext belongs to, so that one moved
to another row, file or tenant does not open. Destroying a person's key makes all that was encrypted under it
unreadable, in backups too.
"""

import hashlib
import hmac
import os
from collections.abc import Iterable
from functools import lru_cache
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, UniqueConstraint
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session

from salus.kernel.db import Table, driver_of
from salus.kernel.errors import Refusal
from salus.kernel.ids import new_id
from salus.kernel.settings import settings

NONCE_BYTES = 12


class KeyDestroyed(Refusal):
    status = 410
    message = "This was erased for good at the request of the person it belonged to."


class PersonKey(Table):
    """The wrapped data key of one person (or organisation)."""

    __tablename__ = "person_keys"
    called = "Encryption keys"
    concerns = "person_id"
    kept_because = "Its emptiness says that the key was destroyed, so that no second one is made: GDPR art. 5(2)."
    __table_args__ = (UniqueConstraint("tenant_id", "person_id"),)

    person_id: Mapped[UUID]
    wrapped: Mapped[bytes | None]
    """The data key under the master key; empty once it was destroyed."""


def seal(key: bytes, plain: bytes, place: str) -> bytes:
    """`plain` encrypted for `place`: nonce, then ciphertext with its tag."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + _cipher(key).encrypt(nonce, plain, place.encode())


def unseal(key: bytes, sealed: bytes, place: str) -> bytes:
    """The plain bytes. Raises ValueError if they were changed, or sealed for another place or key."""
    try:
        return _cipher(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], place.encode())
    except InvalidTag as error:
        raise ValueError(f"what is kept at {place} does not open: changed, moved, or under another key") from error


def data_key(session: Session, person_id: UUID) -> bytes:
    """The data key of a person, made at first use. Raises KeyDestroyed after an erasure."""
    # A page reads many fields of one person, and within one transaction the answer stays the same.
    known: dict[UUID, bytes] = session.info.setdefault("data_keys", {})
    if person_id not in known:
        known[person_id] = _look_up(session.connection(), person_id)
    return known[person_id]


def remember_key(session: Session, person_id: UUID, *, row_id: UUID, wrapped: bytes | None) -> None:
    """Spare the question for a data key whose row was read together with what it opens. Raises KeyDestroyed."""
    if wrapped is None:
        raise KeyDestroyed
    known: dict[UUID, bytes] = session.info.setdefault("data_keys", {})
    known[person_id] = _unwrap(wrapped, f"person_keys|{row_id}|{person_id}")


# Plain SQL: a statement that is put together anew cost 0.2 ms of CPU, and this is asked on nearly every request.
_WANTED = "SELECT id, wrapped FROM person_keys WHERE person_id = %s"
_NEW = """
INSERT INTO person_keys (id, person_id, wrapped) VALUES (%s, %s, %s) ON CONFLICT (tenant_id, person_id) DO NOTHING
RETURNING id, wrapped
"""


def _look_up(connection: Connection, person_id: UUID) -> bytes:
    database = driver_of(connection)
    found = database.execute(_WANTED, (person_id,)).fetchone() or _first_key(database, person_id)
    row_id, wrapped = found
    if wrapped is None:
        raise KeyDestroyed
    return _unwrap(wrapped, f"person_keys|{row_id}|{person_id}")


def _first_key(database: Any, person_id: UUID) -> tuple[UUID, bytes | None]:
    """A key for somebody who has none yet: of two who make one at the same time, the first counts."""
    row_id = new_id()
    wrapped = seal(_master_key(), os.urandom(32), f"person_keys|{row_id}|{person_id}")
    made = database.execute(_NEW, (row_id, person_id, wrapped)).fetchone()
    found: tuple[UUID, bytes | None] = made or database.execute(_WANTED, (person_id,)).fetchone()
    return found


def destroy_key(session: Session, person_id: UUID) -> None:
    """Forget the data key of a person for good, also where they never had one: none is made afterwards."""
    gone = insert(PersonKey).values(id=new_id(), person_id=person_id, wrapped=None)
    session.execute(gone.on_conflict_do_update(index_elements=["tenant_id", "person_id"], set_={"wrapped": None}))
    session.info.get("data_keys", {}).pop(person_id, None)
    _unwrap.cache_clear()


def blind_index(value: str) -> bytes:
    """A keyed digest by which an encrypted value can be found again, and nothing else learnt."""
    return hmac.new(_index_key(), value.strip().casefold().encode(), hashlib.sha256).digest()


def blind_numbers(beginning: str, values: Iterable[str]) -> list[int]:
    """A keyed digest of 64 bits of each value, signed as PostgreSQL's bigint is: for indexes of many small words.

    What all of them begin with is digested once. Two values share a number by chance about once in 10^9 for ten
    million others that are kept.
    """
    begun = hashlib.blake2b(beginning.encode(), digest_size=8, key=_index_key())
    found = []
    for value in values:
        whole = begun.copy()
        whole.update(value.encode())
        found.append(int.from_bytes(whole.digest(), signed=True))
    return found


@lru_cache(maxsize=4096)
def _unwrap(wrapped: bytes, place: str) -> bytes:
    return unseal(_master_key(), wrapped, place)


@lru_cache(maxsize=4096)
def _cipher(key: bytes) -> AESGCM:
    return AESGCM(key)


@lru_cache(maxsize=1)
def _master_key() -> bytes:
    return bytes.fromhex(settings().secret("master_key"))


@lru_cache(maxsize=1)
def _index_key() -> bytes:
    return hmac.new(_master_key(), b"blind index", hashlib.sha256).digest()
