"""Which keys there are, and who a key acts for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import or_, select

from salus.kernel.actor import FOR_ORGANISATIONS, Actor, Role
from salus.kernel.context import Context
from salus.kernel.errors import NotFound
from salus.kernel.operations import OPERATIONS, query
from salus.shared.api_keys import rules
from salus.shared.api_keys.models import SOON, ApiKey
from salus.shared.api_keys.rules import Area
from salus.shared.people import queries as people
from salus.shared.people.queries import Standing
from salus.shared.people.rules import roles_of

SHOWN = 200


@dataclass(frozen=True, slots=True)
class InKey(Actor):
    """An actor known by a key. Whoever sees one that `is_quiet` performs `actions.note_use`."""

    key_id: UUID | None = None
    is_quiet: bool = False


@dataclass(frozen=True)
class HeldKey:
    """A key, and who holds it."""

    key: ApiKey
    owner_id: UUID
    owner: str


@query(roles={Role.ANYONE})
def authenticate(ctx: Context, text: str, address: str) -> InKey | None:
    """Whoever this key acts for; None for one that does not work, or not from this address.

    It acts for its owner with the roles they hold now, of those they had when it was made; without any, for nobody.
    """
    presented = rules.read(text)
    key = ctx.db.get(ApiKey, presented.id) if presented else None
    if presented is None or key is None or not key.works(ctx.now):
        return None
    is_former_good = key.former_ends_at is not None and key.former_ends_at > ctx.now
    if not rules.is_one_of(presented.secret, [key.secret_hash, key.former_hash if is_former_good else None]):
        return None
    standing = people.standing(ctx, key.owner_id) if rules.is_inside(address, key.networks) else None
    roles = _roles_in_force(key, standing)
    if not roles:
        return None
    return InKey(
        key.owner_id,
        # The second factor was given when the key was made. It is never a fresh one: `factor_at` stays None.
        roles_of(roles, is_verified=True, has_given_factor=True),
        organisation_id=key.organisation_id,
        scopes=frozenset(key.scopes),
        through=f"key/{key.id}",
        key_id=key.id,
        is_quiet=key.last_used_at is None or key.last_used_at < ctx.now - rules.QUIET,
    )


@query(roles=rules.HOLDERS)
def keys(ctx: Context) -> Sequence[ApiKey]:
    """The actor's own keys, newest first, those that ended too."""
    mine = select(ApiKey).where(ApiKey.owner_id == ctx.actor.person_id)
    return ctx.db.scalars(mine.order_by(ApiKey.id.desc()).limit(SHOWN)).all()


@query(roles=rules.HOLDERS)
def key(ctx: Context, key_id: UUID) -> ApiKey:
    """One of the actor's own keys; to an administrator, any of the tenant."""
    found = ctx.get(ApiKey, key_id)
    if found.owner_id != ctx.actor.person_id and not ctx.actor.has(Role.ADMINISTRATOR):
        raise NotFound
    return found


@query(roles=rules.HOLDERS)
def offered(ctx: Context) -> list[Area]:
    """What the actor can give a key."""
    return rules.areas(OPERATIONS.values(), ctx.actor.roles & rules.HOLDERS)


@query(roles={Role.ADMINISTRATOR})
def held_keys(ctx: Context) -> list[HeldKey]:
    """The newest two hundred keys of the tenant and who holds them, those that still work first."""
    is_over = or_(ApiKey.revoked_at.is_not(None), ApiKey.expires_at <= ctx.now)
    found = ctx.db.scalars(select(ApiKey).order_by(is_over, ApiKey.id.desc()).limit(SHOWN)).all()
    names: Mapping[UUID, str] = {owner: people.name(ctx, owner) for owner in {key.owner_id for key in found}}
    return [HeldKey(key, key.owner_id, names[key.owner_id]) for key in found]


@query(roles={Role.SYSTEM})
def expiring(ctx: Context) -> Sequence[ApiKey]:
    """Keys that expire within a week and whose owners were not told yet."""
    soon = select(ApiKey).where(
        ApiKey.revoked_at.is_(None),
        ApiKey.warned_at.is_(None),
        ApiKey.expires_at > ctx.now,
        ApiKey.expires_at <= ctx.now + SOON,
    )
    return ctx.db.scalars(soon.order_by(ApiKey.expires_at).limit(SHOWN)).all()


def _roles_in_force(key: ApiKey, standing: Standing | None) -> frozenset[Role]:
    if standing is None:
        return frozenset()
    roles = {Role(role) for role in key.roles} & standing.held
    # Whoever moved on to another organisation left this one's data behind.
    return frozenset(roles if standing.organisation_id == key.organisation_id else roles - FOR_ORGANISATIONS)
