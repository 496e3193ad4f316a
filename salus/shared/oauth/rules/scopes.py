"""Scopes: what a program may ask for, and what people are told it is."""

from collections.abc import Iterable

from salus.kernel.actor import Role
from salus.kernel.operations import EVERYTHING, OPERATIONS

OPENID = "openid"
PROFILE = "profile"
EMAIL = "email"
OFFLINE = "offline_access"

WORDS = {
    OPENID: "Know that it is you.",
    PROFILE: "Read your name.",
    EMAIL: "Read your e-mail address.",
    OFFLINE: "Stay connected while you are away, for at most 30 days.",
    EVERYTHING: "Do everything that you may do here yourself.",
}


def known() -> frozenset[str]:
    """Every scope there is. Beside those of OpenID, each covers at least one operation that somebody may ask for."""
    asked_for = (operation for operation in OPERATIONS.values() if operation.roles - {Role.SYSTEM})
    return frozenset(WORDS).union(*(operation.scopes for operation in asked_for))


def words(scope: str) -> str:
    """What a scope lets a program do, as a sentence."""
    if scope in WORDS:
        return WORDS[scope]
    if scope in OPERATIONS:
        return f"Only this: {OPERATIONS[scope].promise}"
    module, _, kind = scope.partition(":")
    verb = "Read everything that you may read" if kind == "read" else "Do everything that you may do"
    return f"{verb} in {module.replace('_', ' ')}."


def in_words(scopes: Iterable[str]) -> list[str]:
    """One sentence a scope, the widest first; what another says already is left out."""
    given = set(scopes)
    if EVERYTHING in given:
        given &= {EVERYTHING, OFFLINE}
    order = [EVERYTHING, *(scope for scope in sorted(given) if scope not in WORDS), OPENID, PROFILE, EMAIL, OFFLINE]
    return [words(scope) for scope in order if scope in given]
