"""Erasing somebody: asked for, thought over, then carried out in steps that each may be repeated (GDPR art. 17).

The steps are ordered by what may be lost: what others are owed first, the key of the person last. A process that dies
between two of them leaves an erasure that is under way, and whoever looks next goes on.
"""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.errors import NotFound
from salus.kernel.keys import destroy_key
from salus.kernel.operations import action
from salus.shared.consent import actions as consent
from salus.shared.consent.models import Authorisation, ConsentState
from salus.shared.files import actions as files
from salus.shared.files.models import File, FileState
from salus.shared.messages import actions as messages
from salus.shared.money import actions as money
from salus.shared.people import actions as people
from salus.shared.people import sessions
from salus.shared.people.models import User
from salus.shared.privacy.actions.copies import insist_that_it_is_them
from salus.shared.privacy.models import Erasure, ErasureState
from salus.shared.privacy.queries.erasures import members_of, obstacles, recipients_of, under_way
from salus.shared.privacy.queries.retention import is_on_hold
from salus.shared.privacy.rules import (
    CONFIRMATION,
    TIME_TO_THINK,
    ErasureUnderWay,
    NotMeant,
    ObligationsOpen,
    TooLateToCancel,
)
from salus.shared.privacy.rules.parts import PARTS
from salus.shared.privacy.rules.whose import is_about, personal_tables

PAGE = "/account/privacy"
TRIED_AGAIN_AFTER = timedelta(days=1)
WORKER = {Role.SYSTEM}


@action(roles={Role.PERSON}, told="asked for your data to be erased")
def ask_erasure(ctx: Context, *, confirmation: str, current_password: str = "") -> Erasure:
    """Ask for everything about the actor to be erased. They have two weeks to change their mind.

    Raises NotMeant unless they typed that they mean it, ObligationsOpen while something is owed, ErasureUnderWay if it
    was asked for before, and what proves that it is they (FreshFactorNeeded, PasswordNotRight).
    """
    person_id = ctx.actor.person_id
    insist_that_it_is_them(ctx, current_password)
    if confirmation.strip().strip("“”\"'").casefold() != CONFIRMATION:
        raise NotMeant
    against = obstacles(ctx, person_id)
    if against:
        raise ObligationsOpen(against)
    asked = _asked(ctx, person_id)
    messages.notify(ctx, person_id, "privacy/erasure-asked", link=PAGE)
    return asked


@action(roles={Role.ADMINISTRATOR}, told="asked for your data to be erased, because you wrote to us", step_up=True)
def ask_for_somebody(ctx: Context, person_id: UUID) -> Erasure:
    """Ask for the erasure of somebody who wrote by other means. They are told, and have two weeks like everybody."""
    asked = _asked(ctx, ctx.get(User, person_id).id)
    messages.notify(ctx, person_id, "privacy/erasure-asked", link=PAGE)
    return asked


@action(roles={Role.PERSON}, told="took back the wish to be erased")
def cancel_erasure(ctx: Context, erasure: Erasure) -> Erasure:
    """Change one's mind. Raises TooLateToCancel once it is being carried out."""
    if erasure.person_id != ctx.actor.person_id:
        raise NotFound
    erasure = ctx.lock(erasure)
    if erasure.state != ErasureState.ASKED:
        raise TooLateToCancel
    erasure.state = ErasureState.CANCELLED
    ctx.tell(person_id=erasure.person_id)
    return erasure


@action(roles={Role.ADMINISTRATOR}, told="had the erasure you asked for carried out at once", step_up=True)
def carry_out_now(ctx: Context, erasure: Erasure) -> Erasure:
    """Carry out an erasure without waiting for the rest of the two weeks."""
    erasure = ctx.lock(erasure)
    if erasure.state != ErasureState.ASKED:
        raise TooLateToCancel
    against = obstacles(ctx, erasure.person_id)
    if against:
        raise ObligationsOpen(against)
    erasure.due_at = ctx.now
    ctx.tell(subject=erasure, person_id=erasure.person_id)
    return erasure


@action(roles=WORKER, told="began to erase your data again, which a backup had brought back")
def begin_again(ctx: Context, person_id: UUID) -> Erasure:
    """An erasure that a restored database knows nothing of, or believes unfinished: there is no way back for it."""
    again = under_way(ctx, person_id)
    if again is None:
        again = Erasure(person_id=person_id, due_at=ctx.now)
        ctx.db.add(again)
    again.state, again.begun_at, again.asked_by = ErasureState.UNDER_WAY, again.begun_at or ctx.now, None
    _lock_out(ctx, person_id)
    ctx.tell(subject=again, person_id=person_id)
    return again


@action(roles=WORKER, told="began to erase your data, as you asked")
def begin_erasure(ctx: Context, erasure: Erasure) -> Erasure:
    """Pass the point of no return: nobody signs in as this person any more.

    While something stands against it, it is put off by a day instead, and the person is told what.
    """
    erasure = ctx.lock(erasure)
    ctx.tell(subject=erasure, person_id=erasure.person_id)
    if erasure.state != ErasureState.ASKED:
        return erasure
    erasure.obstacles = obstacles(ctx, erasure.person_id)
    if erasure.obstacles:
        erasure.due_at = ctx.now + TRIED_AGAIN_AFTER
        messages.notify(ctx, erasure.person_id, "privacy/erasure-waits", link=PAGE)
        return erasure
    erasure.state, erasure.begun_at = ErasureState.UNDER_WAY, ctx.now
    erasure.recipients = recipients_of(ctx, erasure.person_id)
    _lock_out(ctx, erasure.person_id)
    return erasure


@action(roles=WORKER, told="stopped everything that went on with your data")
def let_go(ctx: Context, erasure: Erasure) -> None:
    """Withdraw every consent, and stop what the exchanges still do: offers, requests, deliveries."""
    person_id = erasure.person_id
    live = (ConsentState.ASKED, ConsentState.GIVEN)
    open_ones = select(Authorisation).where(Authorisation.person_id == person_id, Authorisation.state.in_(live))
    for authorisation in ctx.db.scalars(open_ones).all():
        if authorisation.state == ConsentState.GIVEN:
            consent.withdraw(ctx, authorisation)
        else:
            consent.decline(ctx, authorisation)
    for part in PARTS.values():
        part.let_go(ctx, person_id)
    ctx.tell(subject=erasure, person_id=person_id)


@action(roles=WORKER, told="told everyone who had got your data that it is erased")
def tell_recipients(ctx: Context, erasure: Erasure) -> Erasure:
    """Tell every organisation that had got data to delete it (GDPR art. 19); once."""
    erasure = ctx.lock(erasure)
    if erasure.told_at is None:
        erasure.recipients = sorted({*erasure.recipients, *recipients_of(ctx, erasure.person_id)})
        for organisation_id in erasure.recipients:
            for member_id in members_of(ctx, organisation_id):
                messages.notify(ctx, member_id, "privacy/delete-your-copy", link="/library", number=str(erasure.id))
        erasure.told_at = ctx.now
    ctx.tell(person_id=erasure.person_id, recipients=len(erasure.recipients))
    return erasure


@action(roles=WORKER, told="removed your files")
def remove_files(ctx: Context, erasure: Erasure) -> None:
    """Remove every file of the person, once nothing is owed any more: what was being paid for must have ended.

    Raises ObligationsOpen until then.
    """
    if erasure.asked_by is not None:
        against = [words for part in PARTS.values() for words in part.obligations(ctx, erasure.person_id)]
        if against:
            raise ObligationsOpen(against)
    kept = select(File).where(File.owner_id == erasure.person_id, File.state == FileState.KEPT)
    for file in ctx.db.scalars(kept).all():
        files.remove(ctx, file)
    ctx.tell(subject=erasure, person_id=erasure.person_id)


@action(roles=WORKER, told="erased your data")
def erase(ctx: Context, erasure: Erasure) -> Erasure:
    """Remove every row about the person that no law keeps, and destroy the key that opens what stays.

    Raises ObligationsOpen for somebody under a legal hold, which may have been put on them meanwhile.
    """
    erasure = ctx.lock(erasure)
    if is_on_hold(ctx, erasure.person_id) and erasure.asked_by is not None:
        raise ObligationsOpen(["There is a legal hold on this person."])
    removed = {}
    # Rows that refer to others go before them.
    for table in reversed(personal_tables()):
        if table.concerns is not None and table.kept_because is None:
            gone = delete(table).where(is_about(table, erasure.person_id)).returning(table.id)
            rows = ctx.db.execute(gone.execution_options(synchronize_session=False)).all()
            removed[table.__tablename__] = len(rows)
    people.forget(ctx, erasure.person_id)
    money.forget_payee(ctx, erasure.person_id)
    destroy_key(ctx.db, erasure.person_id)
    erasure.removed = {name: rows for name, rows in removed.items() if rows}
    erasure.state, erasure.done_at, erasure.obstacles = ErasureState.DONE, ctx.now, []
    ctx.tell(subject=erasure, person_id=erasure.person_id, rows=sum(erasure.removed.values()))
    return erasure


def _asked(ctx: Context, person_id: UUID) -> Erasure:
    asked = Erasure(person_id=person_id, asked_by=ctx.actor.person_id, due_at=ctx.now + TIME_TO_THINK)
    ctx.db.add(asked)
    try:
        ctx.db.flush()
    except IntegrityError as error:
        raise ErasureUnderWay from error
    ctx.tell(subject=asked, person_id=person_id)
    return asked


def _lock_out(ctx: Context, person_id: UUID) -> None:
    user = ctx.get(User, person_id)
    user.suspended_at = user.suspended_at or ctx.now
    sessions.end_all(ctx, person_id)
