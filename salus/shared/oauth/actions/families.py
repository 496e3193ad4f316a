"""Ending what programs were given."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, select

from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.errors import NotFound
from salus.kernel.operations import WITHIN, action
from salus.shared.oauth.models import Family, Permission, RefreshToken, SigningKey
from salus.shared.oauth.queries.keys import published_keys

KEPT = timedelta(days=7)
"""How long a family that ended is kept, so that a stolen token of it is still known for what it is."""


@action(roles=WITHIN, told="ended what a program could do for you")
def revoke_family(ctx: Context, family: Family, *, because: str) -> Family:
    """All tokens that came from one authorization are good for nothing from here on.

    `because` is a code: `reuse` of a token or code says that somebody else has it too, `revoked` that the program gave
    it back, `withdrawn` that the person took it back.
    """
    family.ended_at = family.ended_at or ctx.now
    ctx.tell(subject=family, person_id=family.person_id, client_id=str(family.client_id), because=because)
    return family


@action(roles={Role.PERSON}, told="took back what a program could do for you")
def end_permission(ctx: Context, permission: Permission) -> Permission:
    """Take back what a program may do. Its tokens are good for nothing at once."""
    if permission.person_id != ctx.actor.person_id:
        raise NotFound
    _end(ctx, permission)
    return permission


@action(roles={Role.SYSTEM}, told="took back what programs could do for you")
def end_permissions(ctx: Context, person_id: UUID) -> None:
    """End all of a person's permissions: whoever knew the old password may have let a program in."""
    held = select(Permission).where(Permission.person_id == person_id, Permission.ended_at.is_(None))
    for permission in ctx.db.scalars(held).all():
        _end(ctx, permission)
    ctx.tell(person_id=person_id)


@action(roles={Role.SYSTEM})
def forget_families(ctx: Context) -> None:
    """Remove what ended a week ago and more, and keys whose signatures count no more."""
    over = select(Family.id).where((Family.ends_at < ctx.now - KEPT) | (Family.ended_at < ctx.now - KEPT))
    ctx.db.execute(delete(RefreshToken).where(RefreshToken.family_id.in_(over)))
    ctx.db.execute(delete(Family).where(Family.id.in_(over)))
    needed = [key.id for key in published_keys(ctx)]
    ctx.db.execute(delete(SigningKey).where(SigningKey.id.not_in(needed)))


def _end(ctx: Context, permission: Permission) -> None:
    permission.ended_at = permission.ended_at or ctx.now
    ctx.tell(subject=permission, person_id=permission.person_id, client_id=str(permission.client_id))
    theirs = select(Family).where(Family.permission_id == permission.id, Family.ended_at.is_(None))
    for family in ctx.db.scalars(theirs).all():
        revoke_family(ctx, family, because="withdrawn")
