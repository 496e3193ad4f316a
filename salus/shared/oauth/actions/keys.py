"""The keys that sign tokens."""

from sqlalchemy import delete

from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.operations import WITHIN, action
from salus.shared.oauth.models import SigningKey
from salus.shared.oauth.rules import tokens


@action(roles=WITHIN)
def begin_signing(ctx: Context) -> SigningKey:
    """The tenant's first key, which signs at once: nobody has a copy of the keys yet."""
    return _made(ctx, ahead=False)


@action(roles={Role.ADMINISTRATOR, Role.SYSTEM}, step_up=True)
def rotate_keys(ctx: Context) -> SigningKey:
    """A new key, published now, that signs in an hour. The former counts until its last token is over."""
    return _made(ctx, ahead=True)


@action(roles={Role.ADMINISTRATOR}, step_up=True)
def withdraw_keys(ctx: Context) -> SigningKey:
    """Somebody else may have the key: from here on no token counts that it signed, and a new one signs at once.

    Programs get new tokens by their refresh tokens; whoever keeps a copy of the keys must read them anew.
    """
    ctx.db.execute(delete(SigningKey))
    return _made(ctx, ahead=False)


def _made(ctx: Context, *, ahead: bool) -> SigningKey:
    public, private = tokens.new_key()
    key = SigningKey(
        tenant_id=ctx.tenant_id,
        kid=public["kid"],
        public=public,
        signs_from=ctx.now + tokens.KEY_IS_SHOWN_AHEAD if ahead else ctx.now,
    )
    key.private = private
    ctx.db.add(key)
    ctx.db.flush()
    ctx.tell(kid=key.kid)
    return key
