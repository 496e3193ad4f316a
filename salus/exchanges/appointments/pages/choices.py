"""Long lists that doctors choose from: by group, what is chosen on top, and only what was looked for."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

Options = list[tuple[str, str]]
"""Values and the words for them."""


@dataclass(frozen=True)
class Choices:
    """A list as a page shows it."""

    chosen: Options
    groups: list[tuple[str, Options]]
    find: str
    """What was looked for."""

    @classmethod
    def of(cls, groups: Mapping[str, Iterable[tuple[str, str]]], chosen: Collection[str], find: str = "") -> "Choices":
        """All that there is. What is chosen already is never hidden, whatever is looked for."""
        every = [(heading, sorted(options, key=_words)) for heading, options in groups.items()]
        asked = find.strip().casefold()
        left = [
            (heading, [one for one in options if one[0] not in chosen and asked in _words(one).casefold()])
            for heading, options in every
        ]
        taken = [one for _, options in every for one in options if one[0] in chosen]
        return cls(sorted(taken, key=_words), [(heading, options) for heading, options in left if options], find)


def _words(option: tuple[str, str]) -> str:
    return option[1]
