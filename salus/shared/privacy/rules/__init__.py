"""What must hold when people ask about their data, and how Salus says no."""

from datetime import timedelta

from salus.kernel.errors import Conflict, Invalid, Refusal

COPY_KEPT_FOR = timedelta(days=7)
TIME_TO_THINK = timedelta(days=14)
"""Between asking for an erasure and its being carried out."""
CONFIRMATION = "erase my account"
"""What somebody types who means it."""


class CopyUnderWay(Conflict):
    message = "A copy is being made already. We will write to you as soon as it is ready."


class CopyNotReady(Conflict):
    message = "This copy is not ready, or its seven days are over. Ask for a new one on this page."


class NotMeant(Invalid):
    message = f"Type “{CONFIRMATION}”, so that nobody erases an account by a slip."
    field = "confirmation"


class ErasureUnderWay(Conflict):
    message = "An erasure has been asked for already."


class TooLateToCancel(Conflict):
    message = "This erasure is being carried out or was ended before. It cannot be taken back any more."


class ObligationsOpen(Conflict):
    """Something is still owed, by the person or to them; each obstacle says what to do."""

    def __init__(self, obstacles: list[str]) -> None:
        super().__init__(" ".join(obstacles))
        self.obstacles = obstacles


class AlreadyHeld(Conflict):
    message = "There is a legal hold on this person or organisation already."


class HeldForLongerByLaw(Refusal):
    status = 422
    field = "keep_days"

    def __init__(self, least: int) -> None:
        super().__init__(f"The law asks to keep these for at least {least} days.")
