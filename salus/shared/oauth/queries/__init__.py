"""Which programs there are, what they were allowed, and for whom a token speaks."""

from salus.shared.oauth.queries.authorizations import Authorization, authorization
from salus.shared.oauth.queries.clients import choice_of_scopes, client, client_proven, clients, secrets_of
from salus.shared.oauth.queries.keys import (
    discovery,
    jwks,
    needs_new_key,
    published_keys,
    signing_key,
    smart_configuration,
)
from salus.shared.oauth.queries.permissions import Allowed, permission, permissions, permitters
from salus.shared.oauth.queries.tokens import (
    access_token,
    authenticate,
    directory_entry,
    introspect,
    patient_of,
    standing,
    userinfo,
)

__all__ = [
    "Allowed",
    "Authorization",
    "access_token",
    "authenticate",
    "authorization",
    "choice_of_scopes",
    "client",
    "client_proven",
    "clients",
    "directory_entry",
    "discovery",
    "introspect",
    "jwks",
    "needs_new_key",
    "patient_of",
    "permission",
    "permissions",
    "permitters",
    "published_keys",
    "secrets_of",
    "signing_key",
    "smart_configuration",
    "standing",
    "userinfo",
]
