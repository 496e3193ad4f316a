"""Pia, who brings files."""

import io
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest

from salus.kernel.actor import Actor, Role
from salus.kernel.context import Context
from salus.kernel.ids import new_id
from salus.kernel.settings import settings
from tests.shared.files.scene import bring


@pytest.fixture
def pia() -> Actor:
    return Actor(new_id(), frozenset({Role.PERSON, Role.SELLER}))


@pytest.fixture
def kept(tenant: UUID, pia: Actor) -> Callable[[bytes], UUID]:
    """Brings some bytes as Pia and gives the id of the file."""

    def bring_bytes(content: bytes) -> UUID:
        with Context(pia, tenant) as ctx:
            return bring(ctx, io.BytesIO(content)).id

    return bring_bytes


@pytest.fixture
def blob_path(home: Path, tenant: UUID) -> Callable[[UUID], Path]:
    """Where the store keeps a blob: for damaging it."""
    return lambda file_id: settings().home / "files" / tenant.hex / file_id.hex[-2:] / file_id.hex
