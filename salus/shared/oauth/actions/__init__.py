"""Registering programs, letting them in, giving them tokens, and ending all of it."""

from salus.shared.oauth.actions.authorizations import allow_again, decide
from salus.shared.oauth.actions.clients import end_client, register_client, replace_secret
from salus.shared.oauth.actions.families import end_permission, end_permissions, forget_families, revoke_family
from salus.shared.oauth.actions.keys import begin_signing, rotate_keys, withdraw_keys
from salus.shared.oauth.actions.tokens import issue_tokens, revoke_token

__all__ = [
    "allow_again",
    "begin_signing",
    "decide",
    "end_client",
    "end_permission",
    "end_permissions",
    "forget_families",
    "issue_tokens",
    "register_client",
    "replace_secret",
    "revoke_family",
    "revoke_token",
    "rotate_keys",
    "withdraw_keys",
]
