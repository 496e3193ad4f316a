"""The world outside the database: where erasures are written down, so that no restored backup brings anybody back."""

import hashlib
import hmac
import json
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from salus.kernel.settings import settings


@dataclass(frozen=True)
class Tombstone:
    """That a person was erased. Holds the pseudonym alone; it must outlive every backup of the database."""

    tenant_id: UUID
    person_id: UUID
    at: datetime

    def line(self) -> str:
        fields = {"tenant": str(self.tenant_id), "person": str(self.person_id), "at": self.at.isoformat()}
        return json.dumps({**fields, "mac": _mac(fields)}, separators=(",", ":")) + "\n"

    @classmethod
    def read(cls, line: str) -> "Tombstone":
        """Raises ValueError for a line that was changed, cut off, or written under another master key."""
        try:
            fields: dict[str, str] = json.loads(line)
            mac = fields.pop("mac")
            stone = cls(UUID(fields["tenant"]), UUID(fields["person"]), datetime.fromisoformat(fields["at"]))
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError("this is no tombstone") from error
        if not hmac.compare_digest(mac, _mac(fields)):
            raise ValueError("this tombstone was not written by this installation")
        return stone


@dataclass(frozen=True)
class Tombstones:
    """The erasures of one tenant, one line each, in a file that only grows.

    It belongs where a restore of the database does not reach: in `home`, and copied from there like the published
    checkpoints. Losing it means that people who were erased come back with an old backup.
    """

    path: Path

    def append(self, stone: Tombstone) -> None:
        """Write one down, durably. Written twice, it means the same."""
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self.path.open("a+b") as file:
            # A line that a crash cut off must not swallow the next one.
            file.seek(0, os.SEEK_END)
            if file.tell():
                file.seek(-1, os.SEEK_END)
                is_whole = file.read() == b"\n"
                file.write(b"" if is_whole else b"\n")
            file.write(stone.line().encode())
            file.flush()
            os.fsync(file.fileno())
        folder = os.open(self.path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def all(self) -> Iterator[Tombstone | None]:
        """All of them, the oldest first; None for each line that cannot be trusted."""
        with suppress(FileNotFoundError):
            for line in self.path.read_text().splitlines():
                try:
                    yield Tombstone.read(line)
                except ValueError:
                    yield None


def tombstones(tenant_id: UUID) -> Tombstones:
    return Tombstones(settings().home / "erasures" / f"{tenant_id}.jsonl")


def _mac(fields: dict[str, str]) -> str:
    """A keyed digest: nobody who can write to the file alone can have somebody erased."""
    key = hmac.new(bytes.fromhex(settings().secret("master_key")), b"erasures", hashlib.sha256).digest()
    return hmac.new(key, json.dumps(fields, sort_keys=True).encode(), hashlib.sha256).hexdigest()
