"""What people allowed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.errors import NotFound
from salus.kernel.operations import query
from salus.shared.oauth.models import Client, Permission
from salus.shared.oauth.rules.scopes import in_words


@dataclass(frozen=True)
class Allowed:
    """A program that somebody let in."""

    id: UUID
    client_id: UUID
    program: str
    scopes: list[str]
    allows: list[str]
    """The scopes in words."""
    created_at: datetime
    used_at: datetime


@query(roles={Role.PERSON})
def permissions(ctx: Context) -> Sequence[Allowed]:
    """The programs that the actor let in, last used first."""
    mine = (
        select(Permission, Client.name)
        .join(Client, Client.id == Permission.client_id)
        .where(Permission.person_id == ctx.actor.person_id, Permission.ended_at.is_(None), Client.ended_at.is_(None))
        .order_by(Permission.used_at.desc())
    )
    return [
        Allowed(
            id=held.id,
            client_id=held.client_id,
            program=program,
            scopes=held.scopes,
            allows=in_words(held.scopes),
            created_at=held.created_at,
            used_at=held.used_at,
        )
        for held, program in ctx.db.execute(mine)
    ]


@query(roles={Role.PERSON})
def permission(ctx: Context, permission_id: UUID) -> Permission:
    """One permission of the actor's, while it holds."""
    found = ctx.get(Permission, permission_id)
    if found.person_id != ctx.actor.person_id or found.ended_at is not None:
        raise NotFound
    return found


@query(roles={Role.SYSTEM})
def permitters(ctx: Context) -> Sequence[UUID]:
    """Everybody who let a program in and did not take it back."""
    return ctx.db.scalars(select(Permission.person_id).where(Permission.ended_at.is_(None)).distinct()).all()
