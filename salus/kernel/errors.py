"""Refusals: how Salus says no, to people and to programs."""


class Refusal(Exception):
    """Something may not or cannot be done, said so that the person knows what to do next.

    Subclasses are named after what happened. `status` is the HTTP status of the answer; `message` speaks to the
    person; `field` names the input it is about, if one is.
    """

    status = 409
    message = "This cannot be done."
    field: str | None = None
    keeps = False
    """Whether what was written before the refusal stays, as a count of failed attempts must."""

    def __init__(self, message: str | None = None, *, field: str | None = None) -> None:
        self.message = message or type(self).message
        self.field = field or type(self).field
        super().__init__(self.message)

    @property
    def code(self) -> str:
        """The stable name that programs test for: `SlotTaken` is `slot-taken`."""
        name = type(self).__name__
        return "".join("-" + c.lower() if c.isupper() and i else c.lower() for i, c in enumerate(name))


class SignInNeeded(Refusal):
    status = 401
    message = "Please sign in first."


class FreshFactorNeeded(Refusal):
    """The second factor is missing or older than five minutes. RFC 9470 gives the answer to programs."""

    status = 401
    message = "Please confirm with your second factor that it is you. What you asked for could do great harm otherwise."
    max_age_s = 300


class NotAllowed(Refusal):
    status = 403
    message = "Your account may not do this."


class ScopeMissing(NotAllowed):
    """The person may, but the program that acts for them was not given the scope."""

    message = "This program was not given the scope for what it asked."


class NotFound(Refusal):
    """It is not there, or it is not the actor's to know of: the two look the same on purpose."""

    status = 404
    message = "We could not find what you asked for. It may have been removed, or the link may be incomplete."


class Invalid(Refusal):
    """An input that is well-formed but cannot be right."""

    status = 422
    message = "Please check what you entered."


class Conflict(Refusal):
    status = 409
    message = "Somebody changed this in the meantime. Please look again and repeat."


class TooMany(Refusal):
    """A limit on attempts was reached. `retry_after_s` seconds must pass first."""

    status = 429
    message = "That was too many attempts. Please wait a little and try again."

    def __init__(self, message: str | None = None, *, retry_after_s: int = 60) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class Unavailable(Refusal):
    """Something outside Salus does not answer. Nothing was lost; the same call may be repeated."""

    status = 503
    message = "A service we depend on does not answer right now. Nothing was lost. Please try again in a minute."
    retry_after_s = 30


class GuardError(RuntimeError):
    """Code tried to reach data outside an action or a query: a mistake of ours, never of a person."""
