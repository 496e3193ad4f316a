"""People let programs in."""

from sqlalchemy import select

from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.operations import action
from salus.kernel.tenants import tenant_named
from salus.shared.messages import actions as messages
from salus.shared.oauth import queries
from salus.shared.oauth.models import Family, Permission
from salus.shared.oauth.queries import Authorization
from salus.shared.oauth.rules import clients, tokens
from salus.shared.oauth.schemas.protocol import AuthorizationRequest
from salus.shared.people.rules import new_token, token_hash


@action(roles={Role.PERSON}, told="decided what a program may do for you")
def decide(ctx: Context, request: AuthorizationRequest, *, is_allowed: bool) -> str:
    """Allow a program what it asks for, or not. Returns the address to which the browser takes the answer.

    The request is looked at anew: it came through the person's browser, and time has passed.
    """
    asked = queries.authorization(ctx, request)
    ctx.tell(person_id=ctx.actor.person_id, client_id=str(asked.client.id), allowed=is_allowed)
    if asked.leads_to is not None:
        return asked.leads_to
    if not is_allowed:
        return _answer(ctx, asked, error="access_denied")
    return _with_code(ctx, asked, _permit(ctx, asked))


@action(roles={Role.PERSON}, told="came back through a program that you let in")
def allow_again(ctx: Context, asked: Authorization) -> str:
    """What `decide` does, for a request that the person allowed before."""
    if not asked.is_allowed_already:
        raise ValueError("this was not allowed before")
    return _with_code(ctx, asked, _permit(ctx, asked))


def _permit(ctx: Context, asked: Authorization) -> Permission:
    """The person's permission, with what is asked for now added to it. They are told of everything new."""
    held = select(Permission).where(
        Permission.person_id == ctx.actor.person_id,
        Permission.client_id == asked.client.id,
        Permission.ended_at.is_(None),
    )
    permission = ctx.db.scalars(held.with_for_update()).one_or_none()
    before = permission.scopes if permission is not None else []
    if permission is None:
        permission = Permission(person_id=ctx.actor.person_id, client_id=asked.client.id)
        ctx.db.add(permission)
    permission.scopes, permission.used_at = sorted({*before, *asked.scopes}), ctx.now
    if permission.scopes != before:
        messages.notify(ctx, ctx.actor.person_id, "oauth/let-in", link="/account/programs", program=asked.client.name)
    ctx.tell(subject=permission, person_id=ctx.actor.person_id, scopes=asked.scopes)
    return permission


def _with_code(ctx: Context, asked: Authorization, permission: Permission) -> str:
    """Begin a family by its code, which only whoever holds the verifier can use, within a minute."""
    if asked.authenticated_at is None:
        raise ValueError("nobody allows anything before they signed in")
    code = new_token()
    ctx.db.add(
        Family(
            client_id=asked.client.id,
            person_id=permission.person_id,
            permission_id=permission.id,
            scopes=asked.scopes,
            authenticated_at=asked.authenticated_at,
            factor_at=ctx.actor.factor_at,
            nonce=asked.request.nonce or None,
            code_hash=token_hash(code),
            redirect_uri=asked.request.redirect_uri,
            code_challenge=asked.request.code_challenge,
            code_expires_at=ctx.now + tokens.CODE_LASTS,
            ends_at=ctx.now + tokens.FAMILY_LASTS,
        )
    )
    return _answer(ctx, asked, code=code)


def _answer(ctx: Context, asked: Authorization, **answer: str) -> str:
    issuer = tokens.issuer_of(tenant_named(ctx.tenant_id))
    return clients.answer_address(asked.request.redirect_uri, state=asked.request.state, iss=issuer, **answer)
