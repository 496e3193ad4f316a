"""How Salus says that something was not allowed, or cannot be answered like this."""

from salus.kernel.errors import Refusal


class ConsentMissing(Refusal):
    status = 403
    message = "The person has not allowed this."


class ConsentWithdrawn(Refusal):
    status = 410
    message = "The person withdrew their consent. Nothing more can be handed over."


class ConsentExpired(Refusal):
    status = 410
    message = "The consent has expired. Nothing more can be handed over."


class AlreadyAnswered(Refusal):
    message = "You have answered this already."


class NotInForce(Refusal):
    message = "This consent is not in force, so there is nothing to withdraw."


class TextChanged(Refusal):
    message = "The text you agreed to is not the one we keep. Please read it again, and then answer."


class AgreementNeeded(Refusal):
    status = 422
    field = "agreed"
    message = "Please tick the box if you agree. If you do not, choose “Decline”."


class SignatureNeeded(Refusal):
    status = 422
    field = "signature"
    message = "Please sign with your name exactly as it stands in the text."


class TooLong(Refusal):
    status = 422
    field = "expires_at"
    message = "A consent can last for a year at most, and must end in the future."


class NothingAsked(Refusal):
    status = 422
    field = "types"
    message = "Please choose at least one type of data."
