"""How Salus says no about events and incidents."""

from salus.kernel.errors import Conflict, Invalid


class AlreadyRaised(Conflict):
    message = "This event is known already."


class AlreadyAcknowledged(Conflict):
    message = "Somebody acknowledged this event already."


class NothingLate(Conflict):
    message = "Sealing is not late."


class NothingToCount(Conflict):
    message = "Every hour that is over was counted already."


class NotTheNextStep(Conflict):
    message = "This is not the next step of this incident. Please look where it is now."


class ClocksStillRun(Conflict):
    message = "Legal clocks still run. Say of each that it was met, or why it does not apply, and close then."


class ClockSettled(Conflict):
    message = "This was decided already."


class ReasonNeeded(Invalid):
    message = "Please say why. It stands in the incident's history."
    field = "because"


class NotInTheFuture(Invalid):
    message = "This lies in the future."


class NothingAsked(Invalid):
    message = "Please name at least one thing to look for: who acted, a network, an operation or a correlation id."


class EndsBeforeItBegins(Invalid):
    message = "The end lies before the beginning."
    field = "until"


class NobodyToTell(Conflict):
    message = "Nobody is on the list of people affected, or all of them were told. Ask the records first."


class GraveIsNeverSilent(Invalid):
    message = "What is high or critical at least alerts the administrators. Choose a lower severity to keep it silent."
    field = "response"


class UnknownTimeZone(Invalid):
    message = "We do not know this time zone. Write it as in Europe/Helsinki."
    field = "time_zone"


class NotYetToBeReminded(Conflict):
    message = "No reminder of this clock is due."


class AlreadyTold(Conflict):
    message = "This person was told already."
