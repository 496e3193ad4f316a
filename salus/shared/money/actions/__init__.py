"""What is done with money."""

from salus.shared.money.actions.ledger import post, reverse

__all__ = ["post", "reverse"]
