"""Who is asking, and where they are signed in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from salus.kernel.actor import ANONYMOUS, FOR_ORGANISATIONS, Actor, Role
from salus.kernel.context import Context
from salus.kernel.errors import NotFound
from salus.kernel.operations import query
from salus.shared.people import rules
from salus.shared.people.models import Awaits, Channel, Session

_SESSION = """
SELECT session.id, session.user_id, session.awaits, session.factor_at,
       session.last_seen_at < %(now)s - make_interval(secs => %(quiet_s)s) AS is_quiet,
       person.verified_at IS NOT NULL AS is_verified,
       coalesce(array_agg(held.role) FILTER (WHERE held.role IS NOT NULL), '{}') AS roles,
       (array_agg(held.organisation_id) FILTER (WHERE held.organisation_id IS NOT NULL))[1] AS organisation_id
FROM sessions AS session
JOIN users AS person ON person.id = session.user_id AND person.suspended_at IS NULL
LEFT JOIN memberships AS held ON held.user_id = person.id AND held.ended_at IS NULL
WHERE session.token_hash = %(token_hash)s AND session.channel = %(channel)s AND session.ended_at IS NULL
  AND session.ends_at > %(now)s AND session.last_seen_at + make_interval(secs => session.idle_s) > %(now)s
GROUP BY session.id, person.id
"""


@dataclass(frozen=True, slots=True)
class InSession(Actor):
    """An actor known by a session. Whoever sees one that `is_quiet` performs `actions.note_activity`."""

    is_quiet: bool = False


@dataclass(frozen=True)
class OpenSession:
    id: UUID
    created_at: datetime
    last_seen_at: datetime
    channel: Channel
    device: str
    network: str | None
    is_current: bool


@query(roles={Role.ANYONE})
def authenticate(ctx: Context, token: str | None, channel: str) -> Actor:
    """Whoever the token belongs to; anonymous for none, an unknown, an ended or an expired one.

    A token of a browser is not one of the API, nor the other way round. A session that still awaits its second factor
    belongs to nobody yet: its actor has a `session_id` and no `id`.
    """
    if not token:
        return ANONYMOUS
    asked = {"token_hash": rules.token_hash(token), "channel": channel, "now": ctx.now, "quiet_s": rules.QUIET_S}
    for found in ctx.rows(_SESSION, asked):
        if found["awaits"] != Awaits.NOTHING:
            return InSession(None, session_id=found["id"], is_quiet=found["is_quiet"])
        roles = rules.roles_of(
            found["roles"], is_verified=found["is_verified"], has_given_factor=found["factor_at"] is not None
        )
        acts_for = found["organisation_id"] if roles & FOR_ORGANISATIONS else None
        return InSession(found["user_id"], roles, acts_for, found["id"], found["factor_at"], is_quiet=found["is_quiet"])
    return ANONYMOUS


@query(roles={Role.PERSON})
def sessions(ctx: Context) -> Sequence[OpenSession]:
    """Where the actor is signed in, last used first."""
    mine = select(Session).where(
        Session.user_id == ctx.actor.person_id,
        Session.ended_at.is_(None),
        Session.ends_at > ctx.now,
        Session.last_seen_at + func.make_interval(0, 0, 0, 0, 0, 0, Session.idle_s) > ctx.now,
    )
    return [
        OpenSession(
            id=each.id,
            created_at=each.created_at,
            last_seen_at=each.last_seen_at,
            channel=each.channel,
            device=each.device,
            network=each.network,
            is_current=each.id == ctx.actor.session_id,
        )
        for each in ctx.db.scalars(mine.order_by(Session.last_seen_at.desc()))
    ]


@query(roles={Role.PERSON})
def session(ctx: Context, session_id: UUID) -> Session:
    """One of the actor's own sessions."""
    found = ctx.get(Session, session_id)
    if found.user_id != ctx.actor.person_id:
        raise NotFound
    return found
