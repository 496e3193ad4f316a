"""Organisations: reviewing them, and letting people in."""

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from salus.kernel.actor import FOR_ORGANISATIONS, Role
from salus.kernel.context import Context
from salus.kernel.errors import NotAllowed
from salus.kernel.ids import new_id
from salus.kernel.keys import blind_index
from salus.kernel.operations import action
from salus.shared.messages import actions as messages
from salus.shared.people import limits, passwords, rules
from salus.shared.people.models import Invitation, Membership, Organisation, Review, User


@action(roles={Role.ADMINISTRATOR})
def review_organisation(ctx: Context, organisation: Organisation, *, review: Review, reason: str = "") -> Organisation:
    """Approve or reject an organisation. A rejection says why; its members read it."""
    rules.insist_on_decision(review, reason)
    ctx.lock(organisation)
    organisation.review, organisation.reason = review, reason.strip() or None
    organisation.reviewed_at, organisation.reviewed_by = ctx.now, ctx.actor.person_id
    members = select(Membership.user_id).where(
        Membership.organisation_id == organisation.id, Membership.ended_at.is_(None)
    )
    for member_id in ctx.db.scalars(members).all():
        messages.notify(ctx, member_id, f"people/organisation-{review.value}", link="/account")
    ctx.tell(subject=organisation, review=review.value)
    return organisation


@action(roles=FOR_ORGANISATIONS)
def invite(ctx: Context, email: str) -> Invitation:
    """Let the owner of this address into the actor's organisation, which must be approved."""
    if ctx.actor.organisation_id is None:
        raise NotAllowed
    organisation = ctx.get(Organisation, ctx.actor.organisation_id)
    if organisation.review != Review.APPROVED:
        raise rules.NotApprovedYet
    limits.count(ctx, limits.MAIL_ASKED_FOR, ctx.actor.person_id.bytes, everywhere=True)
    token = rules.new_token()
    invitation = Invitation(
        organisation_id=organisation.id,
        invited_by=ctx.actor.person_id,
        person_id=new_id(),
        role=next(iter(ctx.actor.roles & FOR_ORGANISATIONS)),
        email=email,
        token_hash=rules.token_hash(token),
        expires_at=ctx.now + rules.INVITATION_HOLDS,
    )
    ctx.db.add(invitation)
    messages.reach(ctx, invitation.person_id, at=email)
    link = f"/invitation?token={token}"
    messages.write_to(ctx, invitation.person_id, "people/invitation", link=link, organisation=organisation.name)
    return invitation


@action(roles={Role.ANYONE})
def accept_invitation(ctx: Context, invitation: Invitation, *, name: str, password: str) -> User:
    """Make an account for the owner of the invited address, in the organisation that invited.

    Whoever has the link has the mailbox, so the address counts as proven.
    """
    ctx.lock(invitation)
    if invitation.accepted_at is not None:
        raise rules.LinkNotGood
    email: str = invitation.email
    passwords.insist_on_strength(password, about=[name, email])
    user = User(
        id=invitation.person_id,
        name=name,
        email=email,
        email_index=blind_index(email),
        password_hash=passwords.hashed(password),
        verified_at=ctx.now,
    )
    try:
        with ctx.db.begin_nested():
            ctx.db.add(user)
            ctx.db.flush()
    except IntegrityError as error:
        raise rules.AddressTaken from error
    invitation.accepted_at = ctx.now
    ctx.db.add(
        Membership(
            user_id=user.id,
            role=invitation.role,
            organisation_id=invitation.organisation_id,
            review=Review.APPROVED,
            reviewed_at=ctx.now,
            reviewed_by=invitation.invited_by,
        )
    )
    ctx.tell(subject=user, person_id=user.id)
    return user
