"""Somebody who knocks at every door, also where the world has nothing behind it."""

import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

import httpx

from tests.strangers.knocking import NO_IDS, NOTHING, QUESTIONS, Entrance, Knocker


class Attacker(Knocker):
    """One visitor, with everything right but for what the attack changes."""

    def knock(
        self,
        entrance: Entrance,
        ids: Mapping[str, list[UUID]],
        *,
        headers: Mapping[str, str | None] = NOTHING,
        address: str | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> httpx.Response:
        return super().knock(entrance, ids, headers=headers, address=address or somewhere(entrance, ids), body=body)


def somewhere(entrance: Entrance, ids: Mapping[str, list[UUID]], plain: Mapping[str, str] = NO_IDS) -> str:
    """The address of something that is there; of nothing, where there is nothing of its kind."""
    try:
        return entrance.address(ids, plain)
    except (StopIteration, IndexError):
        return of_nothing(entrance)


def of_nothing(entrance: Entrance) -> str:
    """The address of this door for ids that nobody ever had."""
    address = re.sub(r"{(\w+)[^}]*}", lambda found: NO_IDS.get(found[1]) or str(uuid4()), entrance.plain_path)
    return address + QUESTIONS.get(entrance.path, "")
