"""Giving tokens to programs, and taking them back."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import select, update

from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.ids import new_id
from salus.kernel.operations import action
from salus.kernel.tenants import tenant_named
from salus.shared.oauth import queries
from salus.shared.oauth.actions.families import revoke_family
from salus.shared.oauth.actions.keys import begin_signing
from salus.shared.oauth.models import Client, ClientSecret, Family, GrantType, Permission, RefreshToken, SigningKey
from salus.shared.oauth.rules import scopes, tokens
from salus.shared.oauth.rules.clients import Credentials
from salus.shared.oauth.rules.refusals import (
    GrantReused,
    InvalidGrant,
    InvalidScope,
    UnauthorizedClient,
    UnsupportedGrantType,
)
from salus.shared.oauth.schemas.protocol import TokenRequest, Tokens
from salus.shared.people.rules import new_token, token_hash


@dataclass(frozen=True)
class _Granted:
    """What tokens are given for: in which family, within which scopes, and after which refresh token."""

    family: Family
    scopes: frozenset[str]
    parent: RefreshToken | None = None


@action(roles={Role.ANYONE}, told="gave a program a token to act for you")
def issue_tokens(ctx: Context, given: Credentials, asked: TokenRequest) -> Tokens:
    """Tokens for a code, for a refresh token, or for a program's own credentials.

    Raises InvalidClient, UnsupportedGrantType, UnauthorizedClient, InvalidGrant, InvalidScope; GrantReused, which keeps
    that the family ended, for a code or token that was used before.
    """
    client = queries.client_proven(ctx, given)
    begin = GRANTS.get(asked.grant_type)
    if begin is None:
        raise UnsupportedGrantType
    if asked.grant_type not in client.grant_types:
        raise UnauthorizedClient
    _note_use(ctx, client, given)
    granted = begin(ctx, client, asked)
    family = granted.family
    # Tokens for somebody who was suspended, or lost the role, would open nothing; better the program hears it now.
    if queries.standing(ctx, family.id, granted.scopes) is None:
        raise InvalidGrant
    ctx.tell(subject=family, person_id=family.person_id, client_id=str(client.id), grant=asked.grant_type)
    return _tokens(ctx, client, granted)


@action(roles={Role.ANYONE}, told="gave back what it could do for you")
def revoke_token(ctx: Context, given: Credentials, token: str) -> None:
    """End the family of a token that a program gives back (RFC 7009). One that is not its own changes nothing."""
    client = queries.client_proven(ctx, given)
    ctx.tell(subject=client)
    family = _family_of(ctx, token)
    if family is not None and family.client_id == client.id and family.ended_at is None:
        revoke_family(ctx, family, because="revoked")


def _for_code(ctx: Context, client: Client, asked: TokenRequest) -> _Granted:
    family = ctx.db.scalars(select(Family).where(Family.code_hash == token_hash(asked.code))).one_or_none()
    if family is None or family.client_id != client.id or family.redirect_uri != asked.redirect_uri:
        raise InvalidGrant
    # Whoever has the code alone is refused before it counts as used: they cannot end what belongs to another.
    if not tokens.fits(asked.code_verifier, family.code_challenge or "") or not _is_open(ctx, family):
        raise InvalidGrant
    unused = update(Family).where(Family.id == family.id, Family.code_used_at.is_(None))
    if ctx.db.execute(unused.values(code_used_at=ctx.now).returning(Family.id)).first() is None:
        revoke_family(ctx, family, because="reuse")
        raise GrantReused
    if family.code_expires_at is None or family.code_expires_at <= ctx.now:
        raise InvalidGrant
    return _Granted(family, frozenset(family.scopes))


def _for_refresh_token(ctx: Context, client: Client, asked: TokenRequest) -> _Granted:
    """Each refresh token is good once (RFC 9700, section 4.14.2). One that comes again tells that two hold it."""
    token = _refresh_token(ctx, asked.refresh_token)
    if token is None:
        raise InvalidGrant
    family = ctx.get(Family, token.family_id)
    if family.client_id != client.id or not _is_open(ctx, family):
        raise InvalidGrant
    wanted = frozenset(asked.scope.split() or family.scopes)
    if not scopes.are_within(wanted, family.scopes):
        raise InvalidScope
    if not _use(ctx, token):
        # One at a time, so that each sees what the one before was given.
        _forgive_or_revoke(ctx, family, ctx.lock(token))
    return _Granted(family, wanted, parent=token)


def _for_credentials(ctx: Context, client: Client, asked: TokenRequest) -> _Granted:
    """A family of one access token, which acts as the person who registered the program."""
    own = {scope for scope in client.scopes if scope not in scopes.OF_PEOPLE and scopes.fit([scope], alone=True)}
    wanted = frozenset(asked.scope.split() or own)
    if not wanted or not scopes.are_within(wanted, own):
        raise InvalidScope
    family = Family(
        client_id=client.id,
        person_id=client.registered_by,
        scopes=sorted(wanted),
        authenticated_at=ctx.now,
        ends_at=ctx.now + tokens.ACCESS_LASTS,
    )
    ctx.db.add(family)
    return _Granted(family, wanted)


GRANTS: dict[str, Callable[[Context, Client, TokenRequest], _Granted]] = {
    GrantType.AUTHORIZATION_CODE: _for_code,
    GrantType.REFRESH_TOKEN: _for_refresh_token,
    GrantType.CLIENT_CREDENTIALS: _for_credentials,
}


def _is_open(ctx: Context, family: Family) -> bool:
    return family.ended_at is None and family.ends_at > ctx.now


def _refresh_token(ctx: Context, token: str) -> RefreshToken | None:
    wanted = select(RefreshToken).where(RefreshToken.token_hash == token_hash(token))
    return ctx.db.scalars(wanted).one_or_none()


def _use(ctx: Context, token: RefreshToken) -> bool:
    """Whether the token was still good. Of many who come with it at once, the database lets one pass."""
    good = update(RefreshToken).where(
        RefreshToken.id == token.id,
        RefreshToken.used_at.is_(None),
        RefreshToken.withdrawn_at.is_(None),
        RefreshToken.expires_at > ctx.now,
    )
    return ctx.db.execute(good.values(used_at=ctx.now).returning(RefreshToken.id)).first() is not None


def _forgive_or_revoke(ctx: Context, family: Family, token: RefreshToken) -> None:
    """A token that is not good came. Where only the answer to it was lost, it may come once more.

    That is: within half a minute, and nobody used what the lost answer held, which from here on is not good any more.
    Should it come after all, there are two who hold it.
    """
    if token.used_at is None and token.withdrawn_at is None:  # too old: nobody has it but its owner
        raise InvalidGrant
    if token.used_at is not None and ctx.now - token.used_at <= tokens.ANSWER_MAY_BE_LOST:
        child = update(RefreshToken).where(
            RefreshToken.parent_id == token.id, RefreshToken.used_at.is_(None), RefreshToken.withdrawn_at.is_(None)
        )
        if ctx.db.execute(child.values(withdrawn_at=ctx.now).returning(RefreshToken.id)).first() is not None:
            return
    revoke_family(ctx, family, because="reuse")
    raise GrantReused


def _tokens(ctx: Context, client: Client, granted: _Granted) -> Tokens:
    family, key = granted.family, queries.signing_key(ctx) or begin_signing(ctx)
    if family.permission_id is not None:
        ctx.get(Permission, family.permission_id).used_at = ctx.now
    access = _access_token(ctx, key, granted)
    return Tokens(
        access_token=access,
        expires_in=int(tokens.ACCESS_LASTS.total_seconds()),
        scope=" ".join(sorted(granted.scopes)),
        refresh_token=_next_refresh_token(ctx, client, granted),
        id_token=_id_token(ctx, key, family, access) if _is_sign_in(granted) else None,
        patient=queries.patient_of(ctx, family.id, granted.scopes),
    )


def _is_sign_in(granted: _Granted) -> bool:
    return granted.parent is None and scopes.OPENID in granted.scopes


def _next_refresh_token(ctx: Context, client: Client, granted: _Granted) -> str | None:
    family = granted.family
    if scopes.OFFLINE not in family.scopes or GrantType.REFRESH_TOKEN not in client.grant_types:
        return None
    token = new_token()
    ctx.db.add(
        RefreshToken(
            family_id=family.id,
            parent_id=granted.parent.id if granted.parent else None,
            token_hash=token_hash(token),
            expires_at=min(ctx.now + tokens.REFRESH_IDLE, family.ends_at),
        )
    )
    return token


def _access_token(ctx: Context, key: SigningKey, granted: _Granted) -> str:
    family, issuer = granted.family, tokens.issuer_of(tenant_named(ctx.tenant_id))
    claims = {
        **_who_and_when(ctx, family, issuer),
        "aud": tokens.audience_of(issuer),
        "client_id": str(family.client_id),
        "scope": " ".join(sorted(granted.scopes)),
        "sid": str(family.id),
        "jti": str(new_id()),
        "nbf": int(ctx.now.timestamp()),
    }
    return tokens.signed(key, claims, of_type=tokens.ACCESS_TYPE)


def _id_token(ctx: Context, key: SigningKey, family: Family, access: str) -> str:
    claims = {
        **_who_and_when(ctx, family, tokens.issuer_of(tenant_named(ctx.tenant_id))),
        "aud": str(family.client_id),
        "at_hash": tokens.half_hash(access),
        **({"nonce": family.nonce} if family.nonce else {}),
        **queries.directory_entry(ctx, family.id, frozenset(family.scopes)),
    }
    return tokens.signed(key, claims, of_type=tokens.ID_TYPE)


def _who_and_when(ctx: Context, family: Family, issuer: str) -> dict[str, object]:
    return {
        "iss": issuer,
        "sub": str(family.person_id),
        "iat": int(ctx.now.timestamp()),
        "exp": int((ctx.now + tokens.ACCESS_LASTS).timestamp()),
        "auth_time": int(family.authenticated_at.timestamp()),
        "acr": tokens.TWO_FACTORS if family.factor_at else tokens.ONE_FACTOR,
    }


def _note_use(ctx: Context, client: Client, given: Credentials) -> None:
    if given.secret is not None:
        used = update(ClientSecret).where(ClientSecret.secret_hash == token_hash(given.secret))
        ctx.db.execute(used.where(ClientSecret.client_id == client.id).values(used_at=ctx.now))


def _family_of(ctx: Context, token: str) -> Family | None:
    access = queries.access_token(ctx, token)
    if access is not None:
        return ctx.db.get(Family, access.family_id)
    refresh = _refresh_token(ctx, token)
    return ctx.get(Family, refresh.family_id) if refresh is not None else None
