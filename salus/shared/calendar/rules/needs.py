"""What a booking needs, and which resources it gets."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from salus.shared.calendar.models import ResourceKind
from salus.shared.calendar.rules.opening import Schedule


@dataclass(frozen=True, slots=True)
class Need:
    """So many of these resources. Raises ValueError if that many are not among them."""

    count: int
    among: tuple[UUID, ...]

    def __post_init__(self) -> None:
        if not 1 <= self.count <= len(set(self.among)):
            raise ValueError("a need is for at least one, and for no more than there are to choose from")

    @property
    def leaves_a_choice(self) -> bool:
        return self.count < len(set(self.among))


def the(resource_id: UUID) -> Need:
    """The need for this one resource and no other."""
    return Need(1, (resource_id,))


def chosen(needs: Iterable[Need], able: Collection[UUID]) -> list[UUID] | None:
    """One resource for every place of every need, none of them twice; None if there are not enough that are able.

    Found by augmenting paths (Kuhn), so that a choice that was made early gives way where it would leave another need
    empty: any of 1 and 2 is 2 if somebody else needs 1.
    """
    places = [[each for each in dict.fromkeys(need.among) if each in able] for need in needs for _ in range(need.count)]
    holder: dict[UUID, int] = {}
    for place in range(len(places)):
        if not _seat(place, places, holder, set()):
            return None
    return list(holder)


def _seat(place: int, places: Sequence[Sequence[UUID]], holder: dict[UUID, int], seen: set[UUID]) -> bool:
    for each in places[place]:
        if each in seen:
            continue
        seen.add(each)
        if each not in holder or _seat(holder[each], places, holder, seen):
            holder[each] = place
            return True
    return False


def in_turn(resources: Iterable[UUID], schedules: Mapping[UUID, Schedule]) -> list[UUID]:
    """The one order in which everybody claims, so that no two wait for each other.

    People come last: their times have no buffers. Whoever met a claim with buffers waits there, before having anything.
    """
    return sorted(resources, key=lambda each: (schedules[each].kind is ResourceKind.PERSON, schedules[each].number))
