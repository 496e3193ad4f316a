"""Places, hours, claims and feeds."""

from salus.shared.calendar.models.claims import LIVE, Block, Claim, ClaimState
from salus.shared.calendar.models.feeds import Feed
from salus.shared.calendar.models.hours import Hours, SpecialHours, SpecialKind
from salus.shared.calendar.models.places import Location, Resource, ResourceKind
from salus.shared.calendar.models.spans import Span

__all__ = [
    "LIVE",
    "Block",
    "Claim",
    "ClaimState",
    "Feed",
    "Hours",
    "Location",
    "Resource",
    "ResourceKind",
    "Span",
    "SpecialHours",
    "SpecialKind",
]
