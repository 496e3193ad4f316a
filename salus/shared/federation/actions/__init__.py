"""What happens on the way through a provider, and what administrators do with providers."""

from salus.shared.federation.actions.attempts import begin, begin_link, come_back, forget_attempts, sign_in
from salus.shared.federation.actions.links import link_identity, open_account, unlink
from salus.shared.federation.actions.providers import add_provider, change_provider, retire_provider

__all__ = [
    "add_provider",
    "begin",
    "begin_link",
    "change_provider",
    "come_back",
    "forget_attempts",
    "link_identity",
    "open_account",
    "retire_provider",
    "sign_in",
    "unlink",
]
