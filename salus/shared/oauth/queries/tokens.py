"""For whom a token speaks."""

from datetime import datetime
from typing import Any
from uuid import UUID

from salus.kernel.actor import ANONYMOUS, FOR_ORGANISATIONS, Actor, Role
from salus.kernel.context import Context
from salus.kernel.operations import EVERYTHING, WITHIN, query
from salus.kernel.tenants import tenant_named
from salus.shared.oauth.models import ClientKind
from salus.shared.oauth.queries.clients import client_proven
from salus.shared.oauth.queries.keys import published_keys
from salus.shared.oauth.rules import scopes, tokens
from salus.shared.oauth.rules.clients import Credentials
from salus.shared.oauth.rules.refusals import InvalidClient
from salus.shared.oauth.rules.tokens import AccessToken
from salus.shared.oauth.schemas.protocol import Introspection, UserInfo
from salus.shared.people import queries as people
from salus.shared.people.rules import ADMINISTRATORS_LONGEST, roles_of

# Everything that can end a token is asked for in one statement and at every request, so whatever ends, ends at once.
_STANDING = """
SELECT family.person_id, family.client_id, family.factor_at, family.permission_id IS NULL AS acts_alone,
       client.role, client.organisation_id AS of_client, person.verified_at IS NOT NULL AS is_verified,
       coalesce(array_agg(held.role) FILTER (WHERE held.role IS NOT NULL), '{}') AS roles,
       (array_agg(held.organisation_id) FILTER (WHERE held.organisation_id IS NOT NULL))[1] AS organisation_id
FROM oauth_families AS family
JOIN oauth_clients AS client ON client.id = family.client_id AND client.ended_at IS NULL
JOIN users AS person ON person.id = family.person_id AND person.suspended_at IS NULL
LEFT JOIN memberships AS held ON held.user_id = person.id AND held.ended_at IS NULL
WHERE family.id = %(family_id)s AND family.ended_at IS NULL AND family.ends_at > %(now)s
GROUP BY family.id, client.id, person.id
"""


@query(roles=WITHIN)
def standing(ctx: Context, family_id: UUID, allowed: frozenset[str]) -> Actor | None:
    """For whom a program acts by a family of tokens, within these scopes; None once anything of it has ended."""
    for found in ctx.rows(_STANDING, {"family_id": family_id, "now": ctx.now}):
        roles = _own_role(found) if found["acts_alone"] else _roles(found, ctx.now)
        if scopes.speaks_of_patient(allowed):
            # Let into one record: whoever treats others as well shows a program of theirs nobody else's.
            roles -= {Role.DOCTOR, Role.OVERBOOKER, Role.ADMINISTRATOR}
        if not roles:
            return None
        return Actor(
            found["person_id"],
            roles,
            found["organisation_id"] if roles & FOR_ORGANISATIONS else None,
            factor_at=found["factor_at"],
            scopes=allowed,
            through=f"client/{found['client_id']}",
        )
    return None


@query(roles=WITHIN)
def patient_of(ctx: Context, family_id: UUID, allowed: frozenset[str]) -> str | None:
    """The id of the Patient whose record a program is let into, if it asks for one and the person is a patient."""
    if scopes.LAUNCH not in allowed and not scopes.speaks_of_patient(allowed):
        return None
    actor = standing(ctx, family_id, allowed)
    return str(actor.id) if actor is not None and actor.has(Role.PATIENT) else None


@query(roles=WITHIN)
def directory_entry(ctx: Context, family_id: UUID, allowed: frozenset[str]) -> dict[str, str]:
    """The claim `fhirUser`: the address of the resource that is the person. Nothing for whoever has none."""
    actor = standing(ctx, family_id, allowed) if scopes.FHIR_USER in allowed else None
    kinds = {Role.PATIENT: "Patient", Role.DOCTOR: "Practitioner"}
    for role, kind in kinds.items():
        if actor is not None and actor.has(role):
            return {"fhirUser": f"{tokens.issuer_of(tenant_named(ctx.tenant_id))}/fhir/{kind}/{actor.id}"}
    return {}


@query(roles={Role.ANYONE})
def authenticate(ctx: Context, token: str) -> Actor:
    """For whom an access token speaks; anonymous for one that is not good, or not any more."""
    good = access_token(ctx, token)
    return (good and standing(ctx, good.family_id, good.scopes)) or ANONYMOUS


@query(roles={Role.ANYONE})
def introspect(ctx: Context, given: Credentials, token: str) -> Introspection:
    """What a program's own access token still says (RFC 7662). Raises InvalidClient.

    Nothing is said of the tokens of others, nor of refresh tokens: nobody but the program itself has a use for those.
    """
    client = client_proven(ctx, given)
    if client.kind == ClientKind.PUBLIC:
        raise InvalidClient
    good = access_token(ctx, token)
    if good is None or good.client_id != str(client.id) or standing(ctx, good.family_id, good.scopes) is None:
        return Introspection.nothing()
    told = {name: good.claims[name] for name in ("scope", "client_id", "exp", "iat", "sub", "aud", "iss", "jti")}
    return Introspection(active=True, token_type="Bearer", **told)  # noqa: S106


@query(roles={Role.PERSON}, scope=scopes.OPENID)
def userinfo(ctx: Context) -> UserInfo:
    """Who the person is that let the program in, as far as its scopes allow."""
    me, allowed = people.me(ctx), ctx.actor.scopes or frozenset()
    told = UserInfo(sub=str(me.id))
    if not allowed.isdisjoint({scopes.PROFILE, EVERYTHING}):
        told.name = me.name
    if not allowed.isdisjoint({scopes.EMAIL, EVERYTHING}):
        told.email, told.email_verified = me.email, me.is_verified
    return told


@query(roles=WITHIN)
def access_token(ctx: Context, token: str) -> AccessToken | None:
    """An access token of this exchange that is not over; None for anything else."""
    issuer = tokens.issuer_of(tenant_named(ctx.tenant_id))
    return tokens.read(token, published_keys(ctx), issuer=issuer, now=ctx.now)


def _own_role(found: dict[str, Any]) -> frozenset[Role]:
    """What a program may be with its own credentials: what it was registered as, while whoever did it still is that."""
    role = Role(found["role"])
    held = roles_of(found["roles"], is_verified=found["is_verified"], has_given_factor=True)
    acts_for = found["organisation_id"] if role in FOR_ORGANISATIONS else None
    is_still = role in held and acts_for == found["of_client"]
    return frozenset({Role.ANYONE, Role.PERSON, role}) if is_still else frozenset()


def _roles(found: dict[str, Any], now: datetime) -> frozenset[Role]:
    """What the person may be through a program: as in a session that began when they let it in."""
    factor_at: datetime | None = found["factor_at"]
    roles = roles_of(found["roles"], is_verified=found["is_verified"], has_given_factor=factor_at is not None)
    if factor_at is None or now - factor_at > ADMINISTRATORS_LONGEST:
        roles -= {Role.ADMINISTRATOR}
    return roles
