"""The people the tests are about, made by the actions that real people use.

Pia and Paul sell, Bruno and Ben buy for two organisations, Ada administers; the stranger sells at another tenant.
Petra and Per see doctors, Dora and Dan are doctors at two practices.
"""

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import TypeVar
from uuid import UUID

import pyotp
import pytest
import time_machine
from argon2 import PasswordHasher

from salus.kernel.actor import SYSTEM, Actor, Role
from salus.kernel.context import Context, Origin, nobody
from salus.kernel.errors import Refusal
from salus.shared.messages import queries as messages
from salus.shared.people import actions, passwords, queries
from salus.shared.people.models import Awaits, OrganisationKind, Review
from salus.shared.people.schemas import OrganisationWrite
from salus.shared.people.sessions import Ticket
from salus.worker import settle_everything

PASSWORD = "quiet rivers carry seven lanterns"
SECRET_OF_ADMINISTRATORS = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
BROWSER = Origin(network="192.0.2.0/24", channel="browser")

T = TypeVar("T")
_administrators: dict[UUID, Actor] = {}
_apps: dict[tuple[UUID, str], str] = {}
"""The secrets in the authenticator apps of those who set one up, by tenant and name."""


@pytest.fixture(scope="session", autouse=True)
def cheap_passwords() -> Iterator[None]:
    """Hashing for every person of every test would take minutes. Salus itself has no such switch."""
    dear, passwords.HASHER = passwords.HASHER, PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    yield
    passwords.HASHER = dear


@pytest.fixture
def pia(tenant: UUID) -> Actor:
    return seller(tenant, "Pia")


@pytest.fixture
def paul(tenant: UUID) -> Actor:
    return seller(tenant, "Paul")


@pytest.fixture
def bruno(tenant: UUID) -> Actor:
    return buyer(tenant, "Bruno", organisation="Helix Research")


@pytest.fixture
def ben(tenant: UUID) -> Actor:
    return buyer(tenant, "Ben", organisation="Northern Heart Institute")


@pytest.fixture
def petra(tenant: UUID) -> Actor:
    return patient(tenant, "Petra")


@pytest.fixture
def per(tenant: UUID) -> Actor:
    return patient(tenant, "Per")


@pytest.fixture
def dora(tenant: UUID) -> Actor:
    return doctor(tenant, "Dora", organisation="Harbour Clinic")


@pytest.fixture
def dan(tenant: UUID) -> Actor:
    return doctor(tenant, "Dan", organisation="Hillside Practice")


@pytest.fixture
def ada(tenant: UUID) -> Actor:
    return administrator(tenant)


@pytest.fixture
def stranger(other_tenant: UUID) -> Actor:
    """A seller at another tenant."""
    return seller(other_tenant, "Sten")


def seller(tenant: UUID, name: str, *, approved: bool = True) -> Actor:
    """Somebody who signed up to sell, proved the address, was approved (unless not) and is signed in."""
    sign_up(tenant, name)
    actor = signed_in(tenant, name)
    if approved:
        with Context(administrator(tenant), tenant) as ctx:
            actions.review_seller(ctx, queries.person(ctx, actor.person_id), review=Review.APPROVED)
    return actor


def buyer(tenant: UUID, name: str, *, organisation: str, approved: bool = True) -> Actor:
    """Somebody who signed up to buy for a new organisation, which was approved (unless not), and is signed in.

    Buyers must have a second factor: it is set up at this first sign-in.
    """
    sign_up(tenant, name, organisation=organisation)
    actor = signed_in(tenant, name)
    if approved:
        _approve_organisation(tenant, actor)
    return actor


def patient(tenant: UUID, name: str) -> Actor:
    """Somebody who signed up to see doctors, proved the address and is signed in."""
    sign_up(tenant, name, role=Role.PATIENT)
    return signed_in(tenant, name)


def doctor(tenant: UUID, name: str, *, organisation: str, approved: bool = True) -> Actor:
    """Somebody who signed up as a doctor with a new practice, which was approved (unless not), and is signed in."""
    sign_up(tenant, name, role=Role.DOCTOR, organisation=organisation)
    actor = signed_in(tenant, name)
    if approved:
        _approve_organisation(tenant, actor)
    return actor


def _approve_organisation(tenant: UUID, actor: Actor) -> None:
    assert actor.organisation_id is not None
    with Context(administrator(tenant), tenant) as ctx:
        its = queries.organisation(ctx, actor.organisation_id)
        actions.review_organisation(ctx, its, review=Review.APPROVED)


def administrator(tenant: UUID, name: str = "Ada") -> Actor:
    """The tenant's first administrator, signed in with both factors. Asked again, the same."""
    if tenant not in _administrators:
        with Context(SYSTEM, tenant) as ctx:
            actions.ensure_first_administrator(
                ctx, email=email_of(name), password=PASSWORD, name=name, totp_secret=SECRET_OF_ADMINISTRATORS
            )
        # The code of the step before, so that the current one is left for the test.
        with time_stands_still():
            _administrators[tenant] = signed_in(tenant, name, code=code(steps=-1))
    return _administrators[tenant]


def sign_up(tenant: UUID, name: str, *, role: Role | None = None, organisation: str | None = None) -> None:
    """Sign up and follow the link in the mail: to sell, or with an organisation to buy, unless said otherwise."""
    role = role or (Role.BUYER if organisation else Role.SELLER)
    founded = organisation and OrganisationWrite(
        name=organisation, kind=OrganisationKind.COMPANY, country="FI", registration_number="2345678-9"
    )
    with nobody(tenant) as ctx:
        email = email_of(name)
        actions.sign_up(ctx, name=name, email=email, password=PASSWORD, role=role, organisation=founded or None)
    token = letters(tenant, name)[0].token
    with nobody(tenant) as ctx:
        actions.verify_email(ctx, token)


def signed_in(tenant: UUID, name: str, *, password: str = PASSWORD, code: str | None = None) -> Actor:
    """Whoever this is, in a new session of the browser. Whoever still needs a second factor sets it up."""
    given = ticket(tenant, name, password=password, code=code)
    actor = actor_of(tenant, given.token)
    return with_factor(tenant, name, actor) if given.awaits == Awaits.SET_UP else actor


def with_factor(tenant: UUID, name: str, actor: Actor) -> Actor:
    """The same person, who set up an authenticator app just now: what asks for a fresh second factor is open to them.

    The code of the step before was given, so that the current one is left for the test: `code_of(tenant, name)`.
    """
    with Context(actor, tenant, origin=BROWSER) as ctx:
        actions.set_up_totp(ctx)
        shown = queries.set_up(ctx)
        assert shown is not None
        _apps[tenant, name] = shown.secret
        with time_stands_still():
            goes_on = actions.confirm_totp(ctx, code(secret=shown.secret, steps=-1))
    return actor_of(tenant, goes_on.token)


def ticket(tenant: UUID, name: str, *, password: str = PASSWORD, code: str | None = None) -> Ticket:
    """A new session's token, for tests that come in by the front door."""
    with nobody(tenant, origin=BROWSER) as ctx:
        given = actions.sign_in(ctx, email=email_of(name), password=password)
    if code is None:
        return given
    with Context(actor_of(tenant, given.token), tenant, origin=BROWSER) as ctx:
        return actions.confirm_totp(ctx, code)


def actor_of(tenant: UUID, token: str, channel: str = "browser") -> Actor:
    with nobody(tenant) as ctx:
        return queries.authenticate(ctx, token, channel)


def code(*, secret: str = SECRET_OF_ADMINISTRATORS, steps: int = 0) -> str:
    """What the authenticator app shows now, or so many steps of half a minute from now."""
    return pyotp.TOTP(secret).at(datetime.now(UTC), counter_offset=steps)


def code_of(tenant: UUID, name: str, *, steps: int = 0) -> str:
    """What this person's own app shows; for the first administrator, too."""
    return code(secret=_apps.get((tenant, name), SECRET_OF_ADMINISTRATORS), steps=steps)


@dataclass(frozen=True)
class Letter:
    """A mail as its reader sees it."""

    to: str
    subject: str
    body: str

    @property
    def token(self) -> str:
        found = re.search(r"token=([\w-]+)", self.body)
        assert found is not None, "this mail holds no link with a token"
        return found.group(1)


def letters(tenant: UUID, name: str) -> list[Letter]:
    """All mails to somebody, newest first, once everything owed was done."""
    settle_everything()
    with nobody(tenant) as ctx:
        every = [Letter(mail.address, mail.subject, mail.body) for mail in messages.mails(ctx)]
    return [letter for letter in every if letter.to == email_of(name)]


def at_once(deed: Callable[[], T], times: int) -> list[T | Refusal]:
    """What came of it when so many did the same at the same moment, each in a thread of their own."""
    ready = Barrier(times)

    def attempt(_: int) -> T | Refusal:
        ready.wait()
        try:
            return deed()
        except Refusal as refusal:
            return refusal

    with ThreadPoolExecutor(times) as crowd:
        return list(crowd.map(attempt, range(times)))


def time_stands_still() -> time_machine.travel:
    """A block in which a code stays what it was, however long it takes: it lasts half a minute at most."""
    return time_machine.travel(datetime.now(UTC), tick=False)


def later(**delta: float) -> time_machine.travel:
    """A block in which it is later than now by so much: `with later(minutes=31):`."""
    return time_machine.travel(datetime.now(UTC) + timedelta(**delta))


def email_of(name: str) -> str:
    return f"{name.lower()}@people.example"
