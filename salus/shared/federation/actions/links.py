"""Tying an account elsewhere to one here, and untying it."""

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.operations import WITHIN, action
from salus.shared.federation import queries, rules
from salus.shared.federation.gateways import Claims
from salus.shared.federation.models import FederatedSignIn, IdentityProvider, LinkedIdentity
from salus.shared.messages import actions as messages
from salus.shared.people import actions as people
from salus.shared.people import queries as people_queries
from salus.shared.people.sessions import Ticket


@action(roles=WITHIN, told="linked an account elsewhere to yours")
def link_identity(ctx: Context, attempt: FederatedSignIn, claims: Claims) -> LinkedIdentity:
    """Let what came back from a provider open the account of the attempt's person.

    Where a signed-in person asked for it, only while it is still they. Raises AttemptNotGood or LinkedElsewhere.
    """
    if attempt.person_id is None or (attempt.is_link and attempt.person_id != ctx.actor.id):
        raise rules.AttemptNotGood
    subject = rules.subject_index(attempt.provider_id, claims.subject)
    return _tie(ctx, attempt.person_id, attempt.provider_id, subject, email=claims.email)


@action(roles={Role.ANYONE}, told="made your account from an account elsewhere")
def open_account(ctx: Context, attempt_id: UUID, *, browser: str, name: str, device: str = "") -> Ticket:
    """Make a seller's account, without a password, for whoever came and agreed to have one; and let them in.

    Raises NotFound for another browser's newcomer, and AddressTaken where the address came to have an account.
    """
    newcomer = queries.newcomer(ctx, attempt_id, browser)
    attempt = ctx.lock(ctx.get(FederatedSignIn, newcomer.attempt_id))
    if attempt.finished_at is not None or attempt.person_id is None or attempt.subject_index is None:
        raise rules.AttemptNotGood
    attempt.finished_at = ctx.now
    user = people.open_proven_account(ctx, attempt.person_id, name=name, email=newcomer.email)
    _tie(ctx, user.id, attempt.provider_id, attempt.subject_index, email=newcomer.email)
    ctx.tell(subject=user, person_id=user.id)
    return people.let_in(ctx, user, device=device)


@action(roles={Role.PERSON}, told="unlinked an account elsewhere from yours")
def unlink(ctx: Context, identity: LinkedIdentity) -> None:
    """Let an account elsewhere open the actor's no more. Raises LastWayIn if they could not sign in after that."""
    ctx.tell(subject=identity, person_id=identity.person_id)
    others = select(func.count()).where(
        LinkedIdentity.person_id == identity.person_id, LinkedIdentity.id != identity.id
    )
    if not ctx.db.scalar(others) and not people_queries.has_own_way_in(ctx, identity.person_id):
        raise rules.LastWayIn
    name = ctx.get(IdentityProvider, identity.provider_id).name
    ctx.db.delete(identity)
    messages.notify(ctx, identity.person_id, "federation/unlinked", link="/account/links", provider=name)


def _tie(ctx: Context, person_id: UUID, provider_id: UUID, subject: bytes, *, email: str | None) -> LinkedIdentity:
    identity = LinkedIdentity(
        person_id=person_id, provider_id=provider_id, subject_index=subject, email=email, last_used_at=ctx.now
    )
    try:
        with ctx.db.begin_nested():
            ctx.db.add(identity)
            ctx.db.flush()
    except IntegrityError as error:
        raise rules.LinkedElsewhere from error
    ctx.tell(subject=identity, person_id=person_id)
    name = ctx.get(IdentityProvider, provider_id).name
    messages.notify(ctx, person_id, "federation/linked", link="/account/links", provider=name)
    return identity
