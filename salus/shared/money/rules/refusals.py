"""How money says no."""

from salus.kernel.errors import Conflict, Invalid, Refusal


class KeyReused(Refusal):
    status = 409
    message = "This was already booked, with other amounts."


class AlreadyPaying(Conflict):
    message = "A payment for this is already under way. You will find it among your payments."


class AlreadySettled(Conflict):
    message = "This payment was settled already, or has not arrived."


class NotRefundable(Conflict):
    message = "Only a payment that was settled can be given back, and no more of it than is left."


class NothingToPayOut(Conflict):
    message = "Your balance does not cover this payout."


class PayoutTooSmall(Invalid):
    message = "A payout must be at least 10.00."
    field = "amount"


class PayoutUnderWay(Conflict):
    message = "A payout is already under way. You can ask for the next one once it has arrived."


class NoPayoutAccount(Conflict):
    message = "Please tell us your bank account first."


class OwnPayout(Conflict):
    message = "Nobody approves their own payout. Please ask another administrator."


class AlreadyDecided(Conflict):
    message = "Somebody has decided on this already."


class InvalidIban(Invalid):
    message = "This is not a valid IBAN. Please compare it with your bank statement."
    field = "iban"


class PriceTooLow(Invalid):
    message = "A price must be above zero."
    field = "price"
