"""Making, rotating and revoking keys; noting their use."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import NoReturn

from sqlalchemy import select, update

from salus.kernel.actor import FOR_ORGANISATIONS, Role
from salus.kernel.context import Context
from salus.kernel.errors import NotFound, SignInNeeded
from salus.kernel.operations import action
from salus.shared.api_keys import queries, rules
from salus.shared.api_keys.models import ApiKey
from salus.shared.api_keys.queries import InKey
from salus.shared.messages import actions as messages
from salus.shared.people import limits
from salus.shared.people.limits import Limit

WRONG_KEYS = Limit("api-key", account=50, network=100, everyone=5000)


@dataclass(frozen=True)
class Made:
    """A key with its secret, shown this once."""

    key: str
    about: ApiKey


@action(roles=rules.HOLDERS, told="made an API key that acts in your name", step_up=True)
def make(
    ctx: Context, *, name: str, scopes: Sequence[str], days: int = rules.DAYS, networks: Sequence[str] = ()
) -> Made:
    """Make a key that acts in the actor's name, for their organisation, within these scopes.

    Raises NoScope, ScopeNotForKeys or NoNetwork.
    """
    secret = rules.new_secret()
    roles = ctx.actor.roles & rules.HOLDERS
    key = ApiKey(
        owner_id=ctx.actor.person_id,
        organisation_id=ctx.actor.organisation_id if roles & FOR_ORGANISATIONS else None,
        roles=sorted(roles),
        name=name,
        scopes=rules.insist_on_scopes(scopes, queries.offered(ctx)),
        networks=rules.networks_of(networks),
        secret_hash=secret.hash,
        rotated_at=ctx.now,
        expires_at=ctx.now + timedelta(days=days),
    )
    ctx.db.add(key)
    ctx.tell(subject=key, person_id=key.owner_id, scopes=key.scopes, days=days)
    messages.notify(ctx, key.owner_id, "api_keys/made", link="/account/keys")
    return Made(rules.written(key.id, secret.text), key)


@action(roles=rules.HOLDERS, told="gave your API key a new secret", step_up=True)
def rotate(ctx: Context, key: ApiKey, *, days: int = rules.DAYS) -> Made:
    """Give the actor's key a new secret; the one before works for a day longer, and one before that no more.

    Raises KeyEnded for a key that works no more.
    """
    if key.owner_id != ctx.actor.person_id:
        raise NotFound
    key = ctx.lock(key)
    if not key.works(ctx.now):
        raise rules.KeyEnded
    secret = rules.new_secret()
    key.former_hash, key.former_ends_at = key.secret_hash, min(key.expires_at, ctx.now + rules.OVERLAP)
    key.secret_hash, key.rotated_at = secret.hash, ctx.now
    key.expires_at, key.warned_at = ctx.now + timedelta(days=days), None
    ctx.tell(subject=key, person_id=key.owner_id, days=days)
    messages.notify(ctx, key.owner_id, "api_keys/rotated", link="/account/keys")
    return Made(rules.written(key.id, secret.text), key)


@action(roles=rules.HOLDERS, told="revoked your API key")
def revoke(ctx: Context, key: ApiKey) -> ApiKey:
    """End a key and all its secrets at once. Its owner may, and an administrator. Raises KeyEnded."""
    key = ctx.lock(key)
    if key.revoked_at is not None:
        raise rules.KeyEnded
    key.revoked_at, key.revoked_by = ctx.now, ctx.actor.person_id
    ctx.tell(subject=key, person_id=key.owner_id)
    if key.owner_id != ctx.actor.person_id:
        messages.notify(ctx, key.owner_id, "api_keys/revoked", link="/account/keys")
    return key


@action(roles={Role.SYSTEM}, told="reminded you of an API key that expires")
def warn(ctx: Context, key: ApiKey) -> ApiKey:
    """Tell the owner that a key is about to expire, once for each of its secrets."""
    key = ctx.lock(key)
    ctx.tell(subject=key, person_id=key.owner_id)
    if key.warned_at is None:
        key.warned_at = ctx.now
        messages.notify(ctx, key.owner_id, "api_keys/expiring", link="/account/keys")
    return key


@action(roles=rules.HOLDERS)
def note_use(ctx: Context) -> None:
    """Note when and from where the acting key was used. To be asked for at most once a minute."""
    if not isinstance(ctx.actor, InKey):
        raise SignInNeeded
    # Of many requests at once one notes it, and the others do not wait for its transaction to end.
    free = select(ApiKey.id).where(ApiKey.id == ctx.actor.key_id).with_for_update(skip_locked=True)
    used = update(ApiKey).where(ApiKey.id.in_(free.scalar_subquery()))
    ctx.db.execute(used.values(last_used_at=ctx.now, last_network=ctx.origin.network))


@action(roles={Role.ANYONE})
def refuse(ctx: Context, text: str) -> NoReturn:
    """Count a key that does not work, and say so. Raises KeyNotGood, or TooManyAttempts.

    Right keys pass however many wrong ones came: nobody guesses 256 bits, and nobody shuts others out.
    """
    presented = rules.read(text)
    limits.count(ctx, WRONG_KEYS, presented.id.bytes if presented else b"", everywhere=True)
    # Only a key that there is goes into the record, and nothing that a stranger made up.
    ctx.tell(subject=ctx.db.get(ApiKey, presented.id) if presented else None)
    raise rules.KeyNotGood
