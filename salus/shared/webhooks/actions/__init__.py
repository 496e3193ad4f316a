"""What is done with webhooks, by their owners and by Salus itself."""

from salus.shared.webhooks.actions.deliveries import forget, note_attempt, owe, redeliver, send_test, take
from salus.shared.webhooks.actions.subscriptions import (
    Issued,
    TooManySubscriptions,
    end,
    pause,
    resume,
    rotate_secret,
    subscribe,
)

__all__ = [
    "Issued",
    "TooManySubscriptions",
    "end",
    "forget",
    "note_attempt",
    "owe",
    "pause",
    "redeliver",
    "resume",
    "rotate_secret",
    "send_test",
    "subscribe",
    "take",
]
