"""How the calendar says no."""

from salus.kernel.errors import Invalid, Refusal


class TimeTaken(Refusal):
    """Of those who wanted this time, somebody else was first, or it was never free."""

    message = "This time was just taken. Please choose another."


class NotOpen(Refusal):
    """The time lies outside of the hours that were published."""

    message = "This time is outside of the opening hours. Please choose another."
    field = "starts_at"


class NothingHeld(Refusal):
    """The hold is over, or there was none."""

    status = 410
    message = "This time was held for you for a while, and that is over. Please choose a time again."


class TooLong(Invalid):
    message = "This is longer than can be taken at once. Please choose a shorter time."
    field = "ends_at"


class EndsBeforeItStarts(Invalid):
    message = "This ends before it starts. Please check both."


class TooManyHours(Refusal):
    message = "This calendar has a hundred lines of hours already. Please remove some that you no longer need."


class NoDays(Invalid):
    message = "Please choose at least one day."
    field = "weekdays"


class BookingsOutside(Refusal):
    """Something booked would lie outside of the hours, and whoever changes them did not say that they know."""

    message = "Something is booked that would lie outside of your hours then. Please look at it, and save all the same."
    field = "leaving"


class NoFeed(Refusal):
    message = "Your calendar has no address that could be ended."


class UnknownZone(Invalid):
    message = "We do not know this time zone. Please give its name as in Europe/Helsinki."
    field = "zone"


class UnknownSubdivision(Invalid):
    message = "We do not know holidays of this part of the country. Leave it empty to go by those of the whole country."
    field = "subdivision"


class StillInUse(Refusal):
    message = "There are still hours or rooms at this location. Please remove those first."


class NotAThing(Invalid):
    message = "Only rooms and devices have names and can be taken away."
