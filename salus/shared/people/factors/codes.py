"""Codes: those of an authenticator app, and those for the day it is lost."""

from collections.abc import Callable
from uuid import UUID

from sqlalchemy import func, select, update

from salus.kernel.context import Context
from salus.shared.people import limits, rules
from salus.shared.people.models import RecoveryCode, Totp


def insist_on_code(ctx: Context, totp: Totp, code: str) -> None:
    """Use up a code of the app. Raises CodeNotRight or TooManyAttempts."""
    step = rules.step_of(totp.secret, code, ctx.now)
    _insist(ctx, totp.user_id, lambda: step is not None and _use(ctx, totp, step), rules.CodeNotRight)


def insist_on_recovery_code(ctx: Context, user_id: UUID, code: str) -> int:
    """Use up a recovery code; how many are left. Raises RecoveryCodeNotRight or TooManyAttempts."""
    _insist(ctx, user_id, lambda: _use_recovery_code(ctx, user_id, code), rules.RecoveryCodeNotRight)
    return recovery_codes_left(ctx, user_id)


def recovery_codes_left(ctx: Context, user_id: UUID) -> int:
    unused = select(func.count()).where(RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None))
    return ctx.db.execute(unused).scalar_one()


def _insist(ctx: Context, user_id: UUID, is_used_up: Callable[[], bool], refusal: type[rules.CodeNotRight]) -> None:
    """One attempt, counted. Both kinds of codes share one counter: changing between them wins no guesses."""
    account = user_id.bytes
    limits.admit(ctx, limits.CODES, account)
    is_right = is_used_up()
    limits.count(ctx, limits.CODES, account, everywhere=not is_right)
    if not is_right:
        raise refusal
    limits.forget(ctx, limits.CODES, account)


def _use(ctx: Context, totp: Totp, step: int) -> bool:
    """Whether the step was still unused. Of many who come with one code at once, the database lets one pass."""
    unused = update(Totp).where(Totp.id == totp.id, Totp.last_step < step).values(last_step=step)
    return ctx.db.execute(unused.returning(Totp.id)).first() is not None


def _use_recovery_code(ctx: Context, user_id: UUID, code: str) -> bool:
    unused = update(RecoveryCode).where(
        RecoveryCode.user_id == user_id,
        RecoveryCode.code_hash == rules.recovery_hash(code),
        RecoveryCode.used_at.is_(None),
    )
    return ctx.db.execute(unused.values(used_at=ctx.now).returning(RecoveryCode.id)).first() is not None
