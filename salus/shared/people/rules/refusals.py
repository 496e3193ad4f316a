"""How Salus says no about accounts."""

from salus.kernel.errors import Conflict, Invalid, NotAllowed, Refusal


class SignInFailed(Refusal):
    """Says the same for an unknown address, a wrong password and a suspended account. Keeps the count of attempts."""

    status = 422
    message = "The e-mail address or the password is not right. Please check both, or ask for a new password."
    keeps = True


class CodeNotRight(Refusal):
    """A wrong code, or a right one that was used before. Keeps the count of attempts."""

    status = 422
    message = "This code is not right, or was used already. Please wait for the next one in your app and enter that."
    field = "code"
    keeps = True


class LinkNotGood(Refusal):
    status = 422
    message = "This link has been used already or is too old. Please ask for a new one."


class PasswordNotRight(Refusal):
    status = 422
    message = "This is not your current password."
    field = "current_password"
    keeps = True


class NotApprovedYet(NotAllowed):
    """For operations that trade; see `queries.is_approved`."""

    message = "Before you can trade, an administrator reviews your account. We will write to you when that is done."


class AlreadySetUp(Conflict):
    message = "You have a second factor already. Remove it first if you want to set up another."


class StillNeeded(Conflict):
    message = "Your role needs a second factor, and this is your last one. Add another first."


class PasswordTooShortAlone(Conflict):
    message = (
        "Your password is short, which is enough only beside a second factor, and this is your last one. "
        "Choose a password of at least 15 characters first."
    )


class SetUpFirst(Conflict):
    message = "Please set up a second factor first."


class RecoveryCodeNotRight(CodeNotRight):
    message = "This recovery code is not right, or was used already. Each of the ten works once."
    field = "recovery_code"


class KeyNotRight(Refusal):
    """A security key's answer that proves nothing: another key, address or question, or no answer at all.

    What was asked is used up all the same, so it keeps that.
    """

    status = 422
    message = "Your security key was not accepted. Please try again, or prove in another way that it is you."
    keeps = True


class KeyCopied(KeyNotRight):
    """Its count of signatures went back (WebAuthn level 3, section 6.1.1)."""

    message = "There seems to be a copy of this security key, so it is no longer accepted. Please use another way."


class AskedTooLongAgo(KeyNotRight):
    """The challenge is older than five minutes, was answered before, or was somebody else's."""

    message = "That took too long, or was sent twice. Please try again."


class KeyKnownAlready(Conflict):
    message = "This security key is registered already."


class TooManyKeys(Conflict):
    message = "You have as many security keys as one account can hold. Remove one first."


class NoKeysHere(Refusal):
    """Browsers tie a key to a host name, never to a bare IP address."""

    status = 422
    message = "Security keys do not work at this address. Please open Salus by its name."


class NotVerifiedYet(Conflict):
    message = "This person has not verified their e-mail address yet."


class AlreadyHeld(Conflict):
    message = "This person has this role already."


class LastAdministrator(Conflict):
    message = "This is the last administrator. Make somebody else an administrator first."


class AddressTaken(Conflict):
    message = "This address has an account already. Please ask to be invited at another address."


class NotOneself(Conflict):
    message = "You cannot do this to your own account."


class ReasonNeeded(Invalid):
    message = "Please say why. The person reads it."
    field = "reason"


class OrganisationNeeded(Invalid):
    message = "Please say which organisation you act for."
    field = "organisation"


class NoOrganisationNeeded(Invalid):
    message = "Only buyers and doctors act for an organisation. Please leave it out."
    field = "organisation"
