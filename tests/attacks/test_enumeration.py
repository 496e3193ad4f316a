"""Whether the work for an answer tells who has an account. `checks/enumeration.py` measures the same by the clock."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import product
from typing import Any
from uuid import UUID

import pytest
from argon2 import PasswordHasher
from sqlalchemy import event, select

from salus.kernel.actor import Role
from salus.kernel.context import Context, engine, nobody
from salus.shared.people import actions, passwords, queries
from salus.shared.people.actions import accounts
from salus.shared.people.models import OrganisationKind, User
from salus.shared.people.rules import SignInFailed
from salus.shared.people.schemas import OrganisationWrite
from tests.attacks.conftest import Tell
from tests.cast import BROWSER, PASSWORD, administrator, email_of, seller

KNOWN = ("Pia", "Paul", "Petra")
HELIX = OrganisationWrite(
    name="Helix Research", kind=OrganisationKind.COMPANY, country="FI", registration_number="2345678-9"
)
AS_IT_IS = passwords.fits
Ask = Callable[[Context, str], object]


def signing_in(ctx: Context, email: str) -> None:
    actions.sign_in(ctx, email=email, password="not the password of anybody")


def asking_for_a_new_password(ctx: Context, email: str) -> None:
    actions.request_reset(ctx, email)


def signing_up_to_sell(ctx: Context, email: str) -> None:
    actions.sign_up(ctx, name="Somebody", email=email, password=PASSWORD)


def signing_up_to_buy(ctx: Context, email: str) -> None:
    actions.sign_up(ctx, name="Somebody", email=email, password=PASSWORD, role=Role.BUYER, organisation=HELIX)


ASKED_BY_STRANGERS: tuple[Ask, ...] = (
    signing_in,
    asking_for_a_new_password,
    signing_up_to_sell,
    signing_up_to_buy,
)


class Watched(PasswordHasher):
    """A cheap hasher that tells what it was asked for."""

    def __init__(self, work: list[str]) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.work = work

    def hash(self, *arguments: Any, **options: Any) -> str:
        self.work.append("hash a password")
        return super().hash(*arguments, **options)

    def verify(self, *arguments: Any) -> bool:  # type: ignore[override]
        self.work.append("compare a password")
        return super().verify(*arguments)


@contextmanager
def watched(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What is done meanwhile, in its order: hashes, and statements without what they are about."""
    work: list[str] = []
    monkeypatch.setattr(passwords, "HASHER", Watched(work))

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        # Whether a savepoint is kept or given up is one short message to PostgreSQL either way.
        work.append(re.sub(r"(RELEASE|ROLLBACK TO) SAVEPOINT .*", "end a savepoint", statement))

    event.listen(engine(), "before_cursor_execute", note)
    try:
        yield work
    finally:
        event.remove(engine(), "before_cursor_execute", note)


def work_for(tenant: UUID, ask: Ask, email: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    with watched(monkeypatch) as work, suppress(SignInFailed), nobody(tenant, origin=BROWSER) as ctx:
        ask(ctx, email)
    return [re.sub(r"sa_savepoint_\d+", "of a number", each) for each in work]


def told_apart(tenant: UUID, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """By which question a stranger can tell a proven account, an unproven or a locked one from none."""
    seller(tenant, "Pia")
    with nobody(tenant) as ctx:
        signing_up_to_sell(ctx, email_of("Paul"))
    petra = seller(tenant, "Petra")
    with Context(administrator(tenant), tenant) as ctx:
        actions.suspend(ctx, queries.person(ctx, petra.person_id), reason="A complaint")
    return [
        f"{ask.__name__} with the address of {name}"
        for ask, name in product(ASKED_BY_STRANGERS, KNOWN)
        if work_for(tenant, ask, email_of(name), monkeypatch)
        != work_for(tenant, ask, email_of(f"Nobody.{ask.__name__}.{name}"), monkeypatch)
    ]


def test_known_addresses_are_as_much_work_as_unknown_ones(
    tenant: UUID, monkeypatch: pytest.MonkeyPatch, tell: Tell
) -> None:
    """Hashes and statements, in their order. The next test takes the defences out, and sees it."""
    found = told_apart(tenant, monkeypatch)
    places = len(ASKED_BY_STRANGERS)
    tell("accounts told by the work", places=places, requests=2 * places * len(KNOWN), findings=found)

    assert not found, "\n".join(found)


def without_the_hash_of_nobody(password_hash: str | None, password: str) -> bool:
    return password_hash is not None and AS_IT_IS(password_hash, password)


def without_work_in_vain(ctx: Context, user: User, role: Role, organisation: OrganisationWrite | None) -> User:
    known = ctx.db.scalars(select(User).where(User.email_index == user.email_index)).one_or_none()
    if known is None:
        accounts._open_account(ctx, user, role, organisation)
    return known or user


@pytest.mark.parametrize(
    ("module", "defence", "taken_out", "tells"),
    [
        (passwords, "fits", without_the_hash_of_nobody, "signing_in "),
        (accounts, "_open_account_unless_known", without_work_in_vain, "signing_up_"),
    ],
    ids=["the hash of nobody", "work in vain"],
)
def test_without_the_defence_the_work_tells(
    tenant: UUID, monkeypatch: pytest.MonkeyPatch, module: Any, defence: str, taken_out: Any, tells: str
) -> None:
    monkeypatch.setattr(module, defence, taken_out)

    found = told_apart(tenant, monkeypatch)

    asked = [ask for ask in ASKED_BY_STRANGERS if f"{ask.__name__} ".startswith(tells)]
    assert len(found) == len(asked) * len(KNOWN)
    assert all(one.startswith(tells) for one in found)
