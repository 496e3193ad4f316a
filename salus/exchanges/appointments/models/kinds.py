"""Words that appointments are told apart by."""

from enum import StrEnum


class AppointmentState(StrEnum):
    """The words of FHIR R4 (AppointmentStatus), as far as they occur here."""

    BOOKED = "booked"
    ARRIVED = "arrived"
    FULFILLED = "fulfilled"
    CANCELLED = "cancelled"
    NO_SHOW = "noshow"


class Mode(StrEnum):
    """How doctor and patient meet."""

    IN_PERSON = "in_person"
    VIDEO = "video"
    PHONE = "phone"


class Payer(StrEnum):
    INSURANCE = "insurance"
    SELF = "self"


class WaitingState(StrEnum):
    WAITING = "waiting"
    OFFERED = "offered"
    """A time is held for them until the offer expires."""
    RESTING = "resting"
    """They left several offers in a row unanswered, and are asked again once they say so."""
    BOOKED = "booked"
    LEFT = "left"
    ENDED = "ended"
    """The last day they waited for is over."""


class OfferState(StrEnum):
    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"
