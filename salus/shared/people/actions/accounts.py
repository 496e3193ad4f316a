"""Accounts: making one, proving the address, changing name and password.

What differs between a known and an unknown address happens in `reactions.py`, after the answer was given.
"""

import secrets
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.keys import blind_index
from salus.kernel.operations import WITHIN, action, insist_on_fresh_factor
from salus.shared.messages import actions as messages
from salus.shared.people import limits, passwords, rules, sessions
from salus.shared.people.models import EmailToken, Membership, Organisation, Proves, Review, User
from salus.shared.people.schemas import OrganisationWrite
from salus.shared.people.sessions import Ticket


@action(roles={Role.ANYONE}, told="made an account with your e-mail address")
def sign_up(
    ctx: Context,
    *,
    name: str,
    email: str,
    password: str,
    role: Role = Role.SELLER,
    organisation: OrganisationWrite | None = None,
) -> None:
    """Make an account in this role: a buyer's and a doctor's with the new organisation that they act for.

    Says nothing of whether the address is known, not by the time it takes either; its owner learns by e-mail what
    happened. Raises OrganisationNeeded or NoOrganisationNeeded.
    """
    rules.insist_on_organisation(role, has_one=organisation is not None)
    account = blind_index(email)
    limits.admit(ctx, limits.MAIL_ASKED_FOR, account)
    passwords.insist_on_strength(password, about=[name, email])
    user = User(name=name, email=email, email_index=account, password_hash=passwords.hashed(password))
    limits.count(ctx, limits.MAIL_ASKED_FOR, account, everywhere=True)
    owner = _open_account_unless_known(ctx, user, role, organisation)
    unproven = update(User).where(User.email_index == account, User.id != user.id, User.verified_at.is_(None))
    ctx.db.execute(unproven.values(contested_at=ctx.now))
    ctx.tell(subject=owner, person_id=owner.id, known=owner is not user)


@action(roles=WITHIN, told="made an account for you")
def open_proven_account(ctx: Context, person_id: UUID, *, name: str, email: str) -> User:
    """A seller's account without a password, for somebody whose address was proven elsewhere. Raises AddressTaken."""
    user = User(id=person_id, name=name, email=email, email_index=blind_index(email), verified_at=ctx.now)
    try:
        with ctx.db.begin_nested():
            _open_account(ctx, user, Role.SELLER, None)
    except IntegrityError as error:
        raise rules.AddressTaken from error
    ctx.tell(subject=user, person_id=user.id)
    return user


@action(roles={Role.SYSTEM}, told="sent you a link to confirm your address")
def send_verification(ctx: Context, user: User) -> None:
    """Send the link that proves the address, unless it is proven or contested."""
    if user.verified_at is None and user.contested_at is None:
        token = _new_token(ctx, user, Proves.ADDRESS)
        messages.write_to(ctx, user.id, "people/verify", link=f"/verify?token={token}")


@action(roles={Role.SYSTEM}, told="warned you that somebody used your address")
def warn_of_sign_up(ctx: Context, user: User) -> None:
    """Tell somebody that their address was used to sign up again, with a link to choose a new password."""
    template = "people/known-already" if user.verified_at else "people/finish-sign-up"
    token = _new_token(ctx, user, Proves.RESET)
    messages.write_to(ctx, user.id, template, link=f"/reset?token={token}")


@action(roles={Role.ANYONE}, told="confirmed your e-mail address")
def verify_email(ctx: Context, token: str) -> User:
    """Prove an address by the link that was sent there. Works once; raises LinkNotGood after that."""
    user = _use_token(ctx, token, Proves.ADDRESS)
    if user.contested_at is not None:
        raise rules.LinkNotGood
    user.verified_at = user.verified_at or ctx.now
    ctx.tell(person_id=user.id)
    return user


@action(roles={Role.SYSTEM}, told="told the administrators that you wait for their review")
def announce(ctx: Context, user: User) -> None:
    """Tell the administrators that somebody waits for their review."""
    ctx.tell(person_id=user.id)
    for administrator_id in sessions.administrators(ctx):
        messages.notify(ctx, administrator_id, "people/review-waiting", link="/review")


@action(roles={Role.ANYONE}, told="asked for a new password for your account")
def request_reset(ctx: Context, email: str) -> None:
    """Ask for a link to choose a new password. Answers the same whether the address is known or not."""
    account = blind_index(email)
    limits.count(ctx, limits.MAIL_ASKED_FOR, account, everywhere=True)
    user = ctx.db.scalars(select(User).where(User.email_index == account)).one_or_none()
    ctx.tell(subject=user, person_id=user.id if user else None)


@action(roles={Role.SYSTEM}, told="sent you a link to choose a new password")
def send_reset(ctx: Context, user: User) -> None:
    """Send the link with which a new password is chosen."""
    token = _new_token(ctx, user, Proves.RESET)
    messages.write_to(ctx, user.id, "people/reset", link=f"/reset?token={token}")


@action(roles={Role.ANYONE}, told="chose a new password for your account")
def reset_password(ctx: Context, token: str, password: str) -> User:
    """Choose a new password by the link that was sent. Every session ends, and the address is proven with it."""
    user = _use_token(ctx, token, Proves.RESET)
    _choose(ctx, user, password)
    user.verified_at, user.contested_at = user.verified_at or ctx.now, None
    _void_tokens(ctx, user)
    sessions.end_all(ctx, user.id)
    limits.forget(ctx, limits.PASSWORDS, user.email_index)
    ctx.tell(person_id=user.id)
    messages.notify(ctx, user.id, "people/password-changed", link="/account/security")
    return user


@action(roles={Role.PERSON}, told="changed your password")
def change_password(ctx: Context, *, current_password: str, password: str) -> Ticket:
    """Change the actor's own password. Every other session ends; this one goes on under a new token.

    Whoever has a second factor gives it first. Raises FreshFactorNeeded, PasswordNotRight or what is wrong with the new
    password.
    """
    if sessions.has_factor(ctx, ctx.actor.person_id):
        insist_on_fresh_factor(ctx)
    user = give_password(ctx, current_password)
    _choose(ctx, user, password)
    _void_tokens(ctx, user)
    before = sessions.current(ctx)
    sessions.end_all(ctx, user.id, but=before.id)
    messages.notify(ctx, user.id, "people/password-changed", link="/account/security")
    return sessions.begin(ctx, user, device=before.device, factor_at=before.factor_at)


@action(roles=WITHIN, told="gave your password once more")
def give_password(ctx: Context, current_password: str) -> User:
    """Prove by the password that it is still the actor. Raises PasswordNotRight or TooManyAttempts."""
    user = ctx.get(User, ctx.actor.person_id)
    limits.admit(ctx, limits.PASSWORDS, user.email_index)
    is_right = passwords.fits(user.password_hash, current_password)
    limits.count(ctx, limits.PASSWORDS, user.email_index, everywhere=not is_right)
    if not is_right:
        raise rules.PasswordNotRight
    limits.forget(ctx, limits.PASSWORDS, user.email_index)
    ctx.tell(person_id=user.id)
    return user


@action(roles={Role.PERSON}, told="let you book doctors")
def become_patient(ctx: Context) -> Membership:
    """Let the actor book doctors with the account they have. Asked again, it changes nothing."""
    mine = select(Membership).where(
        Membership.user_id == ctx.actor.person_id, Membership.role == Role.PATIENT, Membership.ended_at.is_(None)
    )
    held = ctx.db.scalars(mine).one_or_none()
    if held is None:
        held = Membership(user_id=ctx.actor.person_id, role=Role.PATIENT, review=Review.APPROVED, reviewed_at=ctx.now)
        ctx.db.add(held)
    ctx.tell(subject=held, person_id=ctx.actor.person_id)
    return held


@action(roles={Role.PERSON}, told="changed your name")
def rename(ctx: Context, name: str) -> User:
    """Change the actor's own name."""
    user = ctx.get(User, ctx.actor.person_id)
    user.name = name
    ctx.tell(person_id=user.id)
    return user


def _open_account_unless_known(ctx: Context, user: User, role: Role, organisation: OrganisationWrite | None) -> User:
    """Whose account the address has from here on. Where it was known before, as much is done, and undone."""
    its_owner = select(User).where(User.email_index == user.email_index)
    known = ctx.db.scalars(its_owner).one_or_none()
    if known is not None:
        user.email_index = secrets.token_bytes(len(user.email_index))
        with ctx.in_vain():
            _open_account(ctx, user, role, organisation)
        return known
    try:
        with ctx.db.begin_nested():
            _open_account(ctx, user, role, organisation)
    except IntegrityError:  # somebody signed up with this address at the same moment
        return ctx.db.scalars(its_owner).one()
    return user


def _open_account(ctx: Context, user: User, role: Role, organisation: OrganisationWrite | None) -> None:
    """Raises IntegrityError where the address has an account."""
    ctx.db.add(user)
    ctx.db.flush()
    held = Membership(user_id=user.id, role=role)
    if organisation is not None:
        founded = Organisation(**organisation.model_dump())
        ctx.db.add(founded)
        ctx.db.flush()
        held.organisation_id = founded.id
    if role != Role.SELLER:  # a patient needs no review; of buyers and doctors the organisation is reviewed
        held.review, held.reviewed_at = Review.APPROVED, ctx.now
    ctx.db.add(held)
    messages.reach(ctx, user.id, at=user.email)
    ctx.db.flush()


def _choose(ctx: Context, user: User, password: str) -> None:
    passwords.insist_on_strength(
        password, about=[user.name, user.email], beside_factor=sessions.has_factor(ctx, user.id)
    )
    user.password_hash = passwords.hashed(password)
    user.password_needs_factor = passwords.needs_factor(password)


def _new_token(ctx: Context, user: User, proves: Proves) -> str:
    token = rules.new_token()
    holds = rules.VERIFICATION_HOLDS if proves == Proves.ADDRESS else rules.RESET_HOLDS
    ctx.db.add(
        EmailToken(user_id=user.id, proves=proves, token_hash=rules.token_hash(token), expires_at=ctx.now + holds)
    )
    return token


def _use_token(ctx: Context, token: str, proves: Proves) -> User:
    """The user whom the link was sent to. Of two who follow it at once, the database lets one pass."""
    unused = update(EmailToken).where(
        EmailToken.token_hash == rules.token_hash(token),
        EmailToken.proves == proves,
        EmailToken.used_at.is_(None),
        EmailToken.expires_at > ctx.now,
    )
    user_id = ctx.db.execute(unused.values(used_at=ctx.now).returning(EmailToken.user_id)).scalar_one_or_none()
    if user_id is None:
        raise rules.LinkNotGood
    return ctx.get(User, user_id)


def _void_tokens(ctx: Context, user: User) -> None:
    open_links = update(EmailToken).where(EmailToken.user_id == user.id, EmailToken.used_at.is_(None))
    ctx.db.execute(open_links.values(used_at=ctx.now))
