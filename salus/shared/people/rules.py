"""Who may, what must hold, and how Salus says no about accounts. Pure."""

import hashlib
import re
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

import pyotp

from salus.kernel.actor import Actor, Role
from salus.kernel.errors import Conflict, Invalid, NotAllowed, Refusal
from salus.shared.people.models import Review

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)
ADMINISTRATORS_IDLE = timedelta(minutes=15)
ADMINISTRATORS_LONGEST = timedelta(hours=8)
QUIET_S = 60
"""Seconds after which a session that is used again is noted as seen."""
VERIFICATION_HOLDS = timedelta(hours=1)
RESET_HOLDS = timedelta(minutes=30)
INVITATION_HOLDS = timedelta(days=7)
FRESH = timedelta(minutes=5)
"""How old a second factor may be for what could do great harm."""
NEED_FACTOR = frozenset({Role.ADMINISTRATOR, Role.BUYER})
"""Who may see others' health data, and so must have a second factor."""
STEP_S = 30
ISSUER = "Salus"


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


class FreshCodeNeeded(Refusal):
    status = 422
    message = "This could do great harm in the wrong hands. Please enter a current code of your second factor with it."
    field = "code"


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
    message = "Administrators always need a second factor."


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


def new_token() -> str:
    """256 random bits, as they go into a cookie, a header or a link."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> bytes:
    """What is kept of a token. It is random, so a plain digest cannot be reversed by guessing."""
    return hashlib.sha256(token.encode()).digest()


def roles_of(held: Iterable[str], *, is_verified: bool, has_given_factor: bool) -> frozenset[Role]:
    """What somebody with these memberships may be in this session.

    Without a verified address only a person; administrators and buyers, who see what is others', only with the
    second factor.
    """
    roles = {Role(role) for role in held} if is_verified else set()
    if not has_given_factor:
        roles -= NEED_FACTOR
    return frozenset({Role.ANYONE, Role.PERSON} | roles)


def needs_factor(held: Iterable[str]) -> bool:
    """Whether somebody with these memberships must have a second factor."""
    return not NEED_FACTOR.isdisjoint(held)


def lifetime(*, is_administrator: bool) -> tuple[timedelta, timedelta]:
    """How long a session may be idle, and how long it may last."""
    return (ADMINISTRATORS_IDLE, ADMINISTRATORS_LONGEST) if is_administrator else (IDLE, LONGEST)


def new_secret() -> str:
    """A secret for a second factor: 160 bits in base 32, as authenticator apps expect."""
    return pyotp.random_base32()


def step_of(secret: str, code: str, at: datetime) -> int | None:
    """The 30-second step whose code this is, of the current one and its neighbours; None if it is no code of theirs.

    One step either way is for clocks that are a little wrong (RFC 6238, section 5.2).
    """
    given = re.sub(r"\s", "", code).encode()
    now = int(at.timestamp()) // STEP_S
    totp = pyotp.TOTP(secret)
    matching = [
        step for step in (now, now - 1, now + 1) if secrets.compare_digest(totp.generate_otp(step).encode(), given)
    ]
    return matching[0] if matching else None


def is_fresh(factor_at: datetime | None, now: datetime) -> bool:
    return factor_at is not None and now - factor_at <= FRESH


def provisioning_uri(secret: str, email: str) -> str:
    """What the QR code of a second factor says to an authenticator app."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=ISSUER)


def insist_on_decision(review: Review, reason: str) -> None:
    """Raises ReasonNeeded for a rejection that does not say why, ValueError for what is no decision."""
    if review == Review.PENDING:
        raise ValueError("a review ends in an approval or a rejection")
    if review == Review.REJECTED and not reason.strip():
        raise ReasonNeeded


def is_half_way_in(actor: Actor) -> bool:
    """Whether the password was right and the second factor is still to come."""
    return actor.session_id is not None and not actor.is_signed_in


def page_after(given: str) -> str:
    """Where to go after signing in: the page that was asked for, if it is one of ours."""
    is_ours = given.startswith("/") and not given.startswith(("//", "/\\")) and given.isprintable()
    return given if is_ours else "/"


_BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


def device(user_agent: str) -> str:
    """Family of browser and system, enough for its owner to tell it from another and for nobody to track it."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    return " on ".join(word for word in (browser, system) if word) or "Unknown device"
