"""How often a receiver is tried, how much it is sent at once, and how long anything is kept."""

from datetime import datetime, timedelta

RETRY_AFTER = (
    timedelta(seconds=10),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=18),
    timedelta(hours=23),
)
"""The waits after the first failure, the second and so on: three days in all. Then it is given up."""

JITTER = 0.1
"""Waits are longer by up to so much, by chance, so that what failed together does not come again together."""

PAUSE_AFTER = timedelta(days=5)
"""A receiver that failed for so long without one success is asked no more until its owner says so."""

AT_ONCE = 2
"""Requests to one server at the same time; one, while its last answer was a failure."""

KEPT_FOR = timedelta(days=30)
"""How long the log of deliveries is kept."""

MOST_SUBSCRIPTIONS = 20
"""Of one owner."""

PROBLEMS = {
    "address": "the address leads where we do not go",
    "dns": "its name is not known",
    "tls": "its certificate is not valid for its name",
    "timeout": "it took too long",
    "connection": "no connection, or it broke off",
}
"""Why no answer came, in words that go on after “No answer:”."""


def retry_after(tries: int, *, chance: float) -> timedelta | None:
    """How long to wait after so many attempts that failed; None when it is time to give up. `chance` is 0 to 1."""
    if tries > len(RETRY_AFTER):
        return None
    return RETRY_AFTER[tries - 1] * (1 + JITTER * chance)


def is_hopeless(failing_since: datetime, now: datetime) -> bool:
    return now - failing_since >= PAUSE_AFTER
