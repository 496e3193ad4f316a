"""One attempt to sign in with a provider: it begins, comes back once, and ends in a session or in a refusal."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete, select, update

from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.ids import new_id
from salus.kernel.operations import action
from salus.shared.federation import queries, rules
from salus.shared.federation.actions.links import link_identity
from salus.shared.federation.gateways import Claims, Client, Proofs
from salus.shared.federation.models import FederatedSignIn, IdentityProvider, LinkedIdentity
from salus.shared.people import actions as people
from salus.shared.people import queries as people_queries
from salus.shared.people.models import User
from salus.shared.people.rules import new_token, token_hash
from salus.shared.people.sessions import Ticket


@dataclass(frozen=True)
class Attempt:
    """What is needed to ask the provider, outside of any transaction."""

    id: UUID
    client: Client
    proofs: Proofs


@dataclass(frozen=True)
class Arrival:
    """How an attempt ended: with a session (`ticket`), or with a page to go on at."""

    page: str
    ticket: Ticket | None = None
    said: str | None = None


@action(roles={Role.ANYONE})
def begin(ctx: Context, provider_id: UUID, *, browser: str, next_page: str = "/") -> Attempt:
    """Begin to sign in with a provider, in the browser that this cookie is of."""
    return _begin(ctx, provider_id, browser, next_page, linking=None)


@action(roles={Role.PERSON}, told="began to link an account elsewhere to yours", step_up=True)
def begin_link(ctx: Context, provider_id: UUID, *, browser: str) -> Attempt:
    """Begin to link an account at a provider to the actor's account."""
    return _begin(ctx, provider_id, browser, "/account/links", linking=ctx.actor.person_id)


@action(roles={Role.ANYONE})
def come_back(ctx: Context, provider_id: UUID, *, state: str, browser: str, is_agreed: bool) -> Attempt:
    """Take an attempt up again when the provider sends somebody back, once, in the browser it began in.

    Raises AttemptNotGood, or NotConfirmedThere where they did not agree. Of two who come with one state, the database
    lets one pass.
    """
    client = queries.client(ctx, provider_id)
    unused = update(FederatedSignIn).where(
        FederatedSignIn.state_hash == token_hash(state),
        FederatedSignIn.browser_hash == token_hash(browser),
        FederatedSignIn.provider_id == provider_id,
        FederatedSignIn.returned_at.is_(None),
        FederatedSignIn.expires_at > ctx.now,
    )
    found = ctx.db.execute(unused.values(returned_at=ctx.now).returning(FederatedSignIn.id)).scalar_one_or_none()
    if found is None:
        raise rules.AttemptNotGood
    attempt = ctx.get(FederatedSignIn, found)
    ctx.tell(subject=attempt, person_id=attempt.person_id)
    if not is_agreed:
        raise rules.NotConfirmedThere
    return Attempt(attempt.id, client, Proofs(state, attempt.nonce, attempt.verifier))


@action(roles={Role.ANYONE}, told="signed in to your account with an account elsewhere")
def sign_in(ctx: Context, attempt_id: UUID, claims: Claims, *, device: str = "") -> Arrival:
    """Let in whoever the provider says came back; or link what they came to link; or ask whether they want an account.

    Raises AddressNotVerified, AccountNotProven, AccountLocked or LinkedElsewhere.
    """
    attempt = ctx.lock(ctx.get(FederatedSignIn, attempt_id))
    if attempt.returned_at is None or attempt.arrived_at is not None or attempt.finished_at is not None:
        raise rules.AttemptNotGood
    provider = ctx.get(IdentityProvider, attempt.provider_id)
    if attempt.is_link:
        attempt.finished_at = ctx.now
        link_identity(ctx, attempt, claims)
        return Arrival(attempt.next_page, said="The account is linked. You can sign in with it from now on.")
    user = _linked(ctx, attempt, claims) or _of_address(ctx, attempt, provider, claims)
    if user is None:
        return _newcomer(ctx, attempt, claims)
    attempt.finished_at = ctx.now
    ctx.tell(person_id=user.id)
    factor_at = claims.factor_at if provider.is_trusted_with_factor else None
    return Arrival(attempt.next_page, people.let_in(ctx, user, device=device, factor_at=factor_at))


@action(roles={Role.SYSTEM})
def forget_attempts(ctx: Context) -> None:
    """Remove the attempts that are over, with whatever newcomers told who did not stay."""
    ctx.db.execute(delete(FederatedSignIn).where(FederatedSignIn.expires_at < ctx.now - rules.KEPT))


def _begin(ctx: Context, provider_id: UUID, browser: str, next_page: str, *, linking: UUID | None) -> Attempt:
    if not browser:
        raise rules.AttemptNotGood
    client = queries.client(ctx, provider_id)
    proofs = Proofs(state=new_token(), nonce=new_token(), verifier=new_token())
    attempt = FederatedSignIn(
        provider_id=provider_id,
        is_link=linking is not None,
        person_id=linking,
        state_hash=token_hash(proofs.state),
        browser_hash=token_hash(browser),
        nonce=proofs.nonce,
        verifier=proofs.verifier,
        next_page=next_page,
        expires_at=ctx.now + rules.ATTEMPT_HOLDS,
    )
    ctx.db.add(attempt)
    ctx.tell(subject=attempt, person_id=linking)
    return Attempt(attempt.id, client, proofs)


def _linked(ctx: Context, attempt: FederatedSignIn, claims: Claims) -> User | None:
    """Whose account this identity opens already."""
    wanted = select(LinkedIdentity).where(
        LinkedIdentity.provider_id == attempt.provider_id,
        LinkedIdentity.subject_index == rules.subject_index(attempt.provider_id, claims.subject),
    )
    found = ctx.db.scalars(wanted).one_or_none()
    if found is None:
        return None
    found.last_used_at = ctx.now
    return _unlocked(ctx.get(User, found.person_id))


def _of_address(ctx: Context, attempt: FederatedSignIn, provider: IdentityProvider, claims: Claims) -> User | None:
    """The account with the address that the provider verified, from now on linked; None if nobody has it.

    Raises AddressNotVerified, or AccountNotProven for an account that may be a stranger's.
    """
    if not (claims.email and claims.is_email_verified and provider.is_trusted_with_email):
        raise rules.AddressNotVerified
    user = people_queries.with_address(ctx, claims.email)
    if user is None:
        return None
    if user.verified_at is None or user.contested_at is not None:
        raise rules.AccountNotProven
    attempt.person_id = _unlocked(user).id
    link_identity(ctx, attempt, claims)
    return user


def _newcomer(ctx: Context, attempt: FederatedSignIn, claims: Claims) -> Arrival:
    attempt.person_id, attempt.arrived_at = new_id(), ctx.now
    attempt.subject_index = rules.subject_index(attempt.provider_id, claims.subject)
    attempt.email, attempt.name = claims.email, claims.name[:200]
    attempt.expires_at = ctx.now + rules.ARRIVAL_HOLDS
    return Arrival(f"/sign-up/with/{attempt.id}")


def _unlocked(user: User) -> User:
    if user.suspended_at is not None:
        raise rules.AccountLocked
    return user
