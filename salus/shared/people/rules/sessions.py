"""How long things hold, who may be what in a session, and where it goes on."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import timedelta

from salus.kernel.actor import FOR_ORGANISATIONS, Actor, Role
from salus.shared.people.models import Review
from salus.shared.people.rules.refusals import NoOrganisationNeeded, OrganisationNeeded, ReasonNeeded

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)
ADMINISTRATORS_IDLE = timedelta(minutes=15)
ADMINISTRATORS_LONGEST = timedelta(hours=8)
QUIET_S = 60
"""Seconds after which a session that is used again is noted as seen."""
VERIFICATION_HOLDS = timedelta(hours=1)
RESET_HOLDS = timedelta(minutes=30)
INVITATION_HOLDS = timedelta(days=7)
NEED_FACTOR = frozenset({Role.ADMINISTRATOR, Role.BUYER, Role.DOCTOR})
"""Who may see others' health data, and so must have a second factor."""


def new_token() -> str:
    """256 random bits, as they go into a cookie, a header or a link."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> bytes:
    """What is kept of a token. It is random, so a plain digest cannot be reversed by guessing."""
    return hashlib.sha256(token.encode()).digest()


def roles_of(held: Iterable[str], *, is_verified: bool, has_given_factor: bool) -> frozenset[Role]:
    """What somebody with these memberships may be in this session.

    Without a verified address only a person; administrators, buyers and doctors, who see what is others', only
    with the second factor.
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


def insist_on_organisation(role: Role, *, has_one: bool) -> None:
    """Raises OrganisationNeeded for a role that is held in one, NoOrganisationNeeded for one that is not."""
    if role in FOR_ORGANISATIONS and not has_one:
        raise OrganisationNeeded
    if role not in FOR_ORGANISATIONS and has_one:
        raise NoOrganisationNeeded


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
