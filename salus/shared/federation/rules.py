"""What must hold when somebody comes from elsewhere, and how Salus says no. Pure."""

import hashlib
from datetime import timedelta
from uuid import UUID

from salus.kernel.errors import Conflict, Invalid, Refusal, Unavailable
from salus.kernel.keys import blind_index

ATTEMPT_HOLDS = timedelta(minutes=10)
ARRIVAL_HOLDS = timedelta(minutes=30)
"""How long somebody who came without an account may think about having one."""
KEPT = timedelta(days=1)
"""How long attempts are kept."""
SCOPES = "openid email profile"


class AttemptNotGood(Refusal):
    """The return of an attempt that is unknown, over, used before, or another browser's: it says the same for each."""

    status = 422
    message = "This sign-in took too long, was finished already, or began in another browser. Please begin again here."


class NotConfirmedThere(Refusal):
    """The provider sent them back with an error. What it wrote is not repeated: anybody can write a link like that."""

    status = 422
    message = (
        "You did not sign in there, or did not agree that we learn who you are. Please begin again, or sign in here."
    )
    keeps = True


class ProviderTrouble(Unavailable):
    message = (
        "The service you wanted to sign in with does not answer as it should. Please try again in a minute, or sign in "
        "with your password; if you have none, ask for one with your e-mail address."
    )


class ProofNotGood(Refusal):
    """What the provider gave is not what it must be: a wrong signature, issuer, audience, nonce or time."""

    status = 422
    message = "What the other service told us cannot be trusted, so we did not sign you in. Please begin again."
    keeps = True


class AddressNotVerified(Refusal):
    """No account may be opened on an address that nobody proved."""

    status = 422
    message = (
        "This service did not tell us an e-mail address of yours that it verified and that we may rely on. Please sign "
        "in with your password, or create an account, and link the two under Account."
    )


class AccountNotProven(Refusal):
    """Against pre-hijacking: see the module's own words."""

    status = 422
    message = (
        "There is an account with your address that nobody confirmed, and its password may be a stranger's. Please "
        "choose a new password first, under I forgot my password: then it is yours."
    )


class AccountLocked(Refusal):
    status = 422
    message = "We cannot sign you in with this. Please sign in with your password, or write to us."


class LinkedElsewhere(Conflict):
    message = "That account is linked to another account here already. Unlink it there first."


class LastWayIn(Conflict):
    message = (
        "This is the only way you can sign in. Choose a password first: sign out, open the sign-in page and say that "
        "you forgot it."
    )


class NotAProvider(Invalid):
    message = (
        "At this address there is no OpenID provider that calls itself so. Please copy the issuer from its settings, "
        "letter by letter: a slash at the end counts."
    )
    field = "issuer"


class ProviderKnown(Conflict):
    message = "There is a provider with this issuer and client id already."


def subject_index(provider_id: UUID, subject: str) -> bytes:
    """A keyed digest of who somebody is at a provider. Subjects that differ in case alone are different people."""
    return blind_index(hashlib.sha256(f"{provider_id}|{subject}".encode()).hexdigest())


def callback(home: str, provider_id: UUID) -> str:
    """Where a provider sends people back.

    Each has its own address: one that answers in the name of another is found out even where its answers do not say
    who gives them (RFC 9700, 4.4.2).
    """
    return f"{home}/sign-in/with/{provider_id}/callback"
