"""What must hold when insurers are asked, and how Salus says no. Pure."""

from datetime import date, datetime, timedelta

from salus.kernel.errors import Conflict, Invalid
from salus.shared.insurance.models import Because, Service

FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=20), timedelta(days=1)
ASKING_TAKES = timedelta(seconds=10)
"""After so long, whoever was asking has died, and the worker asks instead."""
STILL_GOOD = timedelta(hours=1)
"""How long what an insurer said is not asked again."""
FURTHEST = timedelta(days=400)

SERVICES = {
    Service.PLAN: "Anything that the plan covers",
    Service.CONSULTATION: "A consultation",
    Service.MEDICAL_CARE: "Medical care",
    Service.LABORATORY: "Laboratory tests",
    Service.X_RAY: "An X-ray",
    Service.MRI_SCAN: "An MRI scan",
    Service.DENTAL_CARE: "Dental care",
    Service.VISION: "Eye care",
    Service.MATERNITY: "Maternity care",
}
"""What each is called, in the order in which people choose."""

REASONS = {
    Because.ASKING: "We are asking your insurer now.",
    Because.CIRCUIT_OPEN: "Your insurer failed several times just now, so we leave it alone for some seconds.",
    Because.BUSY: "Very many are asking your insurer at this moment.",
    Because.TIMEOUT: "Your insurer took too long to answer.",
    Because.UNREACHABLE: "Your insurer cannot be reached.",
    Because.FAILING: "Your insurer cannot answer right now.",
    Because.NOT_BELIEVED: "Your insurer answered with something that is no answer to our question.",
    Because.TURNED_AWAY: "Your insurer does not take our questions at the moment. The operator looks into it.",
    Because.QUEUED: "Your insurer is looking it up.",
    Because.IN_FORCE: "Your insurance is in force on that day and covers this.",
    Because.NOT_IN_FORCE: "Your insurance is not in force on that day.",
    Because.NOT_COVERED: "Your insurance is in force, but does not cover this.",
    Because.NOT_KNOWN: "Your insurer could not find you with this number. Please compare it with your card.",
    Because.NOT_SAID: "Your insurance is in force, but your insurer said nothing about this. Please ask them.",
    Because.NOT_IN_TIME: "Your insurer did not answer before that day was over.",
}


class InsurerKnown(Conflict):
    message = "There is an insurer with this payer code already."
    field = "payer_code"


class CoverageKnown(Conflict):
    message = "You added this insurance already."
    field = "member_number"


class InsurerRetired(Conflict):
    message = "This exchange no longer asks this insurer. Please ask them yourself."


class DayTooFar(Invalid):
    message = "Please choose a day from today on, and within thirteen months."
    field = "on_day"


def check_day(on_day: date, today: date) -> None:
    """Raises DayTooFar. Yesterday is taken too: somewhere it still is."""
    if not today - timedelta(days=1) <= on_day <= today + FURTHEST:
        raise DayTooFar


def wait(attempts: int) -> timedelta:
    """How long until it is asked again after so many attempts: twice as long each time, a day at most."""
    return min(FIRST_WAIT * (1 << min(max(attempts - 1, 0), 20)), LONGEST_WAIT)


def is_over(on_day: date, now: datetime) -> bool:
    """Whether the day is over wherever on Earth it was meant (UTC-12 is the last to leave it)."""
    return now.date() > on_day + timedelta(days=1)
