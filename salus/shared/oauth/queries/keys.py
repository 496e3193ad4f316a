"""Keys that sign tokens, and what programs read before their first request."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select

from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.operations import WITHIN, query
from salus.kernel.tenants import tenant_named
from salus.shared.oauth.models import ClientKind, GrantType, SigningKey
from salus.shared.oauth.rules import scopes, tokens

METHODS = {ClientKind.PUBLIC: ["none"], ClientKind.CONFIDENTIAL: ["client_secret_basic", "client_secret_post"]}


@query(roles=WITHIN)
def signing_key(ctx: Context) -> SigningKey | None:
    """The key that signs now; None where nothing was ever signed."""
    return tokens.signs_at(ctx.db.scalars(select(SigningKey)).all(), ctx.now)


@query(roles=WITHIN)
def published_keys(ctx: Context) -> Sequence[SigningKey]:
    """The keys whose signatures count now, or will in a moment."""
    return tokens.published_at(ctx.db.scalars(select(SigningKey)).all(), ctx.now)


@query(roles={Role.SYSTEM})
def needs_new_key(ctx: Context) -> bool:
    """Whether the latest key has signed for long enough."""
    latest = ctx.db.scalar(select(func.max(SigningKey.signs_from)))
    return latest is not None and ctx.now - latest > tokens.KEY_SIGNS


@query(roles={Role.ANYONE})
def jwks(ctx: Context) -> dict[str, Any]:
    """The public keys by which anybody can check a token of this exchange (RFC 7517)."""
    return {"keys": [key.public for key in published_keys(ctx)]}


@query(roles={Role.ANYONE})
def discovery(ctx: Context) -> dict[str, Any]:
    """Where everything is and what is understood (OpenID Connect Discovery 1.0, RFC 8414)."""
    issuer = tokens.issuer_of(tenant_named(ctx.tenant_id))
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/oauth/authorize",
        "token_endpoint": f"{issuer}/oauth/token",
        "userinfo_endpoint": f"{issuer}/oauth/userinfo",
        "jwks_uri": f"{issuer}/oauth/jwks",
        "revocation_endpoint": f"{issuer}/oauth/revoke",
        "introspection_endpoint": f"{issuer}/oauth/introspect",
        "service_documentation": f"{issuer}/docs",
        "scopes_supported": sorted(scopes.known()),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": [str(kind) for kind in GrantType],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": [tokens.ALGORITHM],
        "token_endpoint_auth_methods_supported": [*METHODS[ClientKind.CONFIDENTIAL], *METHODS[ClientKind.PUBLIC]],
        "revocation_endpoint_auth_methods_supported": [*METHODS[ClientKind.CONFIDENTIAL], *METHODS[ClientKind.PUBLIC]],
        "introspection_endpoint_auth_methods_supported": METHODS[ClientKind.CONFIDENTIAL],
        "code_challenge_methods_supported": ["S256"],
        "prompt_values_supported": ["none", "login", "consent"],
        "acr_values_supported": [tokens.ONE_FACTOR, tokens.TWO_FACTORS],
        "claims_supported": ["sub", "auth_time", "acr", "nonce", "name", "email", "email_verified", "fhirUser"],
        "authorization_response_iss_parameter_supported": True,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
    }


@query(roles={Role.ANYONE}, smart="*.cruds")
def smart_configuration(ctx: Context) -> dict[str, Any]:
    """The same for programs that speak FHIR (SMART App Launch 2.2, "Conformance")."""
    known = discovery(ctx)
    told = (
        "issuer", "jwks_uri", "authorization_endpoint", "token_endpoint", "revocation_endpoint",
        "introspection_endpoint", "scopes_supported", "response_types_supported", "grant_types_supported",
        "code_challenge_methods_supported", "token_endpoint_auth_methods_supported",
    )  # fmt: skip
    return {name: known[name] for name in told} | {
        "capabilities": [
            "launch-standalone",
            "context-standalone-patient",
            "client-public",
            "client-confidential-symmetric",
            "sso-openid-connect",
            "permission-offline",
            "permission-patient",
            "permission-user",
            "permission-v1",
            "permission-v2",
        ]
    }
