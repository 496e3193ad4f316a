"""What can be computed with stretches of time."""

from collections.abc import Iterable
from operator import attrgetter

from salus.shared.calendar.models.spans import Span

START = attrgetter("start")


def joined(spans: Iterable[Span]) -> list[Span]:
    """The same time as spans that neither meet nor touch, in order."""
    found: list[Span] = []
    for span in sorted(spans, key=START):
        if found and span.start <= found[-1].end:
            found[-1] = Span(found[-1].start, max(found[-1].end, span.end))
        else:
            found.append(span)
    return found


def without(spans: Iterable[Span], taken: Iterable[Span]) -> list[Span]:
    """What is left of `spans`, joined, when all that is `taken` is cut out."""
    left: list[Span] = []
    cuts = joined(taken)
    first = 0
    for span in joined(spans):
        start = span.start
        while first < len(cuts) and cuts[first].end <= start:
            first += 1
        for cut in cuts[first:]:
            if cut.start >= span.end:
                break
            if cut.start > start:
                left.append(Span(start, cut.start))
            start = max(start, cut.end)
        if start < span.end:
            left.append(Span(start, span.end))
    return left


def within(spans: Iterable[Span], bounds: Span) -> list[Span]:
    """The part of `spans` that lies inside of `bounds`, joined."""
    inside = ((max(span.start, bounds.start), min(span.end, bounds.end)) for span in spans)
    return joined(Span(start, end) for start, end in inside if start < end)
