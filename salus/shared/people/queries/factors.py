"""The second factors that somebody has, and what a session still lacks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.errors import NotFound
from salus.kernel.operations import WITHIN, query
from salus.shared.people import rules, sessions
from salus.shared.people.factors import keys
from salus.shared.people.factors.codes import recovery_codes_left
from salus.shared.people.models import Awaits, SecurityKey, User


@dataclass(frozen=True)
class SetUp:
    """An authenticator app that waits for its first right code."""

    secret: str
    uri: str


@dataclass(frozen=True)
class SecondStep:
    """What a session lacks, and the ways in which its person can give it at the host that was asked."""

    awaits: Awaits
    has_app: bool
    has_keys: bool
    has_recovery_codes: bool
    takes_keys: bool
    """Whether keys can be registered at this host at all."""

    @property
    def has_any(self) -> bool:
        return self.has_app or self.has_keys or self.has_recovery_codes


@dataclass(frozen=True)
class Factors:
    """The second factors of an account, for its owner."""

    app_since: datetime | None
    keys: Sequence[SecurityKey]
    recovery_codes_left: int
    is_required: bool
    """Whether its roles demand that at least one stays."""

    @property
    def total(self) -> int:
        return (self.app_since is not None) + len(self.keys)


@query(roles={Role.ANYONE})
def second_step(ctx: Context, host: str) -> SecondStep:
    """What the actor's session still lacks, and how it can be given. Raises SignInNeeded if there is no session."""
    session = sessions.current(ctx)
    takes_keys = keys.work_at(ctx, host)
    here = keys.asked_at(ctx, host).id if takes_keys else None
    totp = sessions.totp_of(ctx, session.user_id)
    return SecondStep(
        awaits=session.awaits,
        has_app=totp is not None and totp.confirmed_at is not None,
        has_keys=any(key.rp_id == here for key in sessions.keys_of(ctx, session.user_id)),
        has_recovery_codes=recovery_codes_left(ctx, session.user_id) > 0,
        takes_keys=takes_keys,
    )


@query(roles={Role.ANYONE})
def set_up(ctx: Context) -> SetUp | None:
    """The app that the actor's session is setting up; None if there is none, or it is confirmed.

    A confirmed secret is never shown again. One that waits is not shown to a session that still awaits another factor:
    whoever has only the password could otherwise confirm it and be in.
    """
    if ctx.actor.session_id is None:
        return None
    session = sessions.current(ctx)
    totp = sessions.totp_of(ctx, session.user_id)
    if session.awaits == Awaits.CODE or totp is None or totp.confirmed_at is not None:
        return None
    return SetUp(totp.secret, rules.provisioning_uri(totp.secret, ctx.get(User, session.user_id).email))


@query(roles={Role.PERSON})
def factors(ctx: Context) -> Factors:
    """The actor's own second factors."""
    user_id = ctx.actor.person_id
    totp = sessions.totp_of(ctx, user_id)
    return Factors(
        app_since=totp.confirmed_at if totp else None,
        keys=sessions.keys_of(ctx, user_id),
        recovery_codes_left=recovery_codes_left(ctx, user_id),
        is_required=rules.needs_factor(sessions.roles_held(ctx, user_id)),
    )


@query(roles={Role.PERSON})
def security_key(ctx: Context, key_id: UUID) -> SecurityKey:
    """One of the actor's own security keys."""
    found = ctx.get(SecurityKey, key_id)
    if found.user_id != ctx.actor.person_id:
        raise NotFound
    return found


@query(roles=WITHIN)
def has_factor(ctx: Context, person_id: UUID) -> bool:
    """Whether somebody has a second factor, for an operation that then asks for it."""
    return sessions.has_factor(ctx, person_id)
