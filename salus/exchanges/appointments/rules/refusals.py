"""How appointments say no."""

from salus.kernel.errors import Invalid, NotAllowed, Refusal


class NotBookable(Refusal):
    """The doctor does not take bookings now, or no more for this kind of visit."""

    message = "This visit cannot be booked any more. Please look for another kind of visit, or another doctor."


class NotReady(Refusal):
    """Something is missing before patients can find a doctor."""

    message = "Something is still missing before patients can find you."


class TooSoon(Refusal):
    message = "This time is too soon to be booked online. Please choose a later one, or call the practice."
    field = "starts_at"


class TooFar(Refusal):
    message = "This time is too far ahead to be booked yet. Please choose an earlier one."
    field = "starts_at"


class NotOffered(Refusal):
    """The time is free perhaps, but not one of those that are offered."""

    message = "This is not one of the times that are offered. Please choose one from the list."
    field = "starts_at"


class KeyUsed(Refusal):
    """An idempotency key came again with another request."""

    message = "This Idempotency-Key was used for another booking. Please send a new one."


class NoSeries(Invalid):
    message = "So many visits cannot be booked at once. Please choose fewer."
    field = "count"


class SeriesTaken(Refusal):
    """One date of a series is not free, so none of them was booked."""

    message = "One of these dates is not free, so nothing was booked. Please choose another time of day or weekday."
    field = "starts_at"


class NotComing(Refusal):
    """The visit was cancelled, or is over."""

    message = "This appointment was cancelled or is over already."


class NotYet(Refusal):
    message = "This visit has not begun yet."


class TooLateToMove(Refusal):
    message = "It is too late to move this appointment. You can still cancel it, or call the practice."


class NotTheirDoctor(NotAllowed):
    """Doctors book for patients who came to them by themselves, and for nobody else."""

    message = "You can book only for patients who had an appointment with you."


class NeedUnknown(Invalid):
    message = "A visit can need only rooms, devices and colleagues of your own practice, at the same place."
    field = "needs"


class LocationUnknown(Invalid):
    message = "Please choose one of your practice's own locations."
    field = "location_id"


class SpecialtyUnknown(Invalid):
    message = "Please choose specialties from the list."
    field = "specialties"


class InsurerUnknown(Invalid):
    message = "Please choose insurers from the list."
    field = "insurers"
