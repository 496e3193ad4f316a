"""What administrators decide about people."""

from sqlalchemy import delete, select, update

from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.errors import NotFound
from salus.kernel.keys import blind_index
from salus.kernel.operations import action
from salus.shared.messages import actions as messages
from salus.shared.people import passwords, rules, sessions
from salus.shared.people.models import Membership, RecoveryCode, Review, SecurityKey, Session, Totp, User
from salus.shared.people.queries import Person


@action(roles={Role.ADMINISTRATOR}, told="decided whether you may sell")
def review_seller(ctx: Context, person: Person, *, review: Review, reason: str = "") -> Membership:
    """Approve or reject a seller. A rejection says why; the seller reads it."""
    rules.insist_on_decision(review, reason)
    held = _held(ctx, person, Role.SELLER)
    if person.verified_at is None:
        raise rules.NotVerifiedYet
    held.review, held.reason = review, reason.strip() or None
    held.reviewed_at, held.reviewed_by = ctx.now, ctx.actor.person_id
    messages.notify(ctx, person.id, f"people/seller-{review.value}", link="/account")
    ctx.tell(subject=held, person_id=person.id, review=review.value)
    return held


@action(roles={Role.ADMINISTRATOR}, told="gave you a role", step_up=True)
def grant_role(ctx: Context, person: Person, role: Role) -> Membership:
    """Give somebody with a proven address a role that is not held in an organisation.

    Their sessions end, so the role begins with a new sign-in, which for an administrator means a second factor.
    """
    if person.verified_at is None:
        raise rules.NotVerifiedYet
    if person.membership(role) is not None:
        raise rules.AlreadyHeld
    granted = Membership(
        user_id=person.id,
        role=role,
        review=Review.APPROVED,
        reviewed_at=ctx.now,
        reviewed_by=ctx.actor.person_id,
    )
    ctx.db.add(granted)
    sessions.end_all(ctx, person.id)
    messages.notify(ctx, person.id, "people/role-granted", link="/account", role=role.value)
    ctx.tell(subject=granted, person_id=person.id, role=role.value)
    return granted


@action(roles={Role.ADMINISTRATOR}, told="took a role from you", step_up=True)
def end_role(ctx: Context, person: Person, role: Role) -> Membership:
    """Take a role from somebody; the last administrator stays one."""
    if role == Role.ADMINISTRATOR:
        _keep_one_administrator(ctx, person)
    held = _held(ctx, person, role)
    held.ended_at = ctx.now
    sessions.end_all(ctx, person.id)
    messages.notify(ctx, person.id, "people/role-ended", link="/account", role=role.value)
    ctx.tell(subject=held, person_id=person.id, role=role.value)
    return held


@action(roles={Role.ADMINISTRATOR}, told="locked your account")
def suspend(ctx: Context, person: Person, *, reason: str) -> User:
    """Lock an account: its sessions end and nobody signs in to it until it is restored."""
    if person.id == ctx.actor.id:
        raise rules.NotOneself
    if not reason.strip():
        raise rules.ReasonNeeded
    user = ctx.lock(ctx.get(User, person.id))
    user.suspended_at, user.suspended_because = user.suspended_at or ctx.now, reason.strip()
    sessions.end_all(ctx, user.id)
    ctx.tell(subject=user, person_id=user.id)
    return user


@action(roles={Role.ADMINISTRATOR}, told="unlocked your account")
def restore(ctx: Context, person: Person) -> User:
    """Unlock an account."""
    user = ctx.lock(ctx.get(User, person.id))
    user.suspended_at = user.suspended_because = None
    ctx.tell(subject=user, person_id=user.id)
    return user


@action(roles={Role.ADMINISTRATOR}, told="signed you out everywhere")
def sign_out_person(ctx: Context, person: Person) -> User:
    """End every session of somebody: a device of theirs was lost, or something looks wrong."""
    user = ctx.get(User, person.id)
    sessions.end_all(ctx, user.id)
    ctx.tell(subject=user, person_id=user.id)
    return user


@action(roles={Role.ADMINISTRATOR}, step_up=True)
def sign_out_everybody(ctx: Context) -> None:
    """End every session but the administrator's own: nobody knows yet whose tokens were stolen."""
    others = update(Session).where(Session.ended_at.is_(None), Session.id != ctx.actor.session_id)
    ended = ctx.db.execute(others.values(ended_at=ctx.now).returning(Session.id)).all()
    ctx.tell(sessions=len(ended))


@action(roles={Role.ADMINISTRATOR}, told="removed your second factors", step_up=True)
def reset_factors(ctx: Context, person: Person, *, reason: str) -> User:
    """Let somebody in again who lost their second factors and their recovery codes too.

    To be done once the administrator made sure, in another way than by e-mail, that it is they. All sessions end; a
    password that was long enough only beside a factor opens nothing any more, so that a new one is chosen by e-mail.
    The person is told at once, and reads the reason. Raises NotOneself.
    """
    if person.id == ctx.actor.id:
        raise rules.NotOneself
    ctx.purpose = reason
    user = ctx.lock(ctx.get(User, person.id))
    _remove_factors(ctx, user)
    if user.password_needs_factor:
        user.password_hash, user.password_needs_factor = None, False
    sessions.end_all(ctx, user.id)
    messages.notify(ctx, user.id, "people/factors-reset", link="/forgot")
    ctx.tell(subject=user, person_id=user.id)
    return user


@action(roles={Role.SYSTEM})
def ensure_first_administrator(
    ctx: Context, *, email: str, password: str, name: str = "Administrator", totp_secret: str | None = None
) -> User | None:
    """Make the first administrator, as the operator set it; None if there is one already.

    Whoever signed up with that address before loses the account to the operator. Without `totp_secret` (base 32, for
    demonstrations), the administrator sets up a second factor at the first sign-in.
    """
    if sessions.administrators(ctx):
        return None
    passwords.insist_on_strength(password, about=[name, email])
    account = blind_index(email)
    user = ctx.db.scalars(select(User).where(User.email_index == account)).one_or_none()
    if user is None:
        user = User(email_index=account)
        ctx.db.add(user)
    user.email, user.name, user.verified_at = email, name, ctx.now
    user.suspended_at = user.contested_at = None
    user.password_hash, user.password_needs_factor = passwords.hashed(password), False
    ctx.db.flush()
    sessions.end_all(ctx, user.id)
    _remove_factors(ctx, user)
    ctx.db.add(Membership(user_id=user.id, role=Role.ADMINISTRATOR, review=Review.APPROVED, reviewed_at=ctx.now))
    if totp_secret is not None:
        ctx.db.add(Totp(user_id=user.id, secret=totp_secret, confirmed_at=ctx.now))
    messages.reach(ctx, user.id, at=email)
    ctx.tell(subject=user, person_id=user.id)
    return user


def _remove_factors(ctx: Context, user: User) -> None:
    for factor in (Totp, SecurityKey, RecoveryCode):
        ctx.db.execute(delete(factor).where(factor.user_id == user.id))


def _held(ctx: Context, person: Person, role: Role) -> Membership:
    held = person.membership(role)
    if held is None:
        raise NotFound
    return ctx.lock(held)


def _keep_one_administrator(ctx: Context, person: Person) -> None:
    # All rows of administrators are locked, in one order: two who would end each other's role must take turns.
    all_of_them = select(Membership).where(Membership.role == Role.ADMINISTRATOR, Membership.ended_at.is_(None))
    held = ctx.db.scalars(all_of_them.order_by(Membership.id).with_for_update()).all()
    if all(membership.user_id == person.id for membership in held):
        raise rules.LastAdministrator
