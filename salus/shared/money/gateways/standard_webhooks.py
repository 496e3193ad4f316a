"""Messages signed by the Standard Webhooks scheme, version 1.0."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping
from hashlib import sha256

from salus.shared.money.gateways.contract import ForgedWebhook

TOLERANCE_S = 300
SECRET_PREFIX = "whsec_"  # noqa: S105  How the scheme marks a secret, not a secret.


def verify(raw_body: bytes, headers: Mapping[str, str], secrets: tuple[str, ...], *, now: float) -> None:
    """Raise ForgedWebhook unless one of the secrets signed these bytes within five minutes of `now`.

    What is signed is the id, the time and the raw body. A time in the future is refused as well,
    so that a message made in advance cannot be kept for later. `headers` may be written in any case.
    """
    given = {name.lower(): value for name, value in headers.items()}
    webhook_id, timestamp = given.get("webhook-id", ""), given.get("webhook-timestamp", "")
    if not (webhook_id and timestamp.isdecimal()):
        raise ForgedWebhook
    if abs(now - int(timestamp)) > TOLERANCE_S:
        raise ForgedWebhook
    signed = f"{webhook_id}.{timestamp}.".encode() + raw_body
    expected = [_signature(secret, signed) for secret in secrets]
    offered = given.get("webhook-signature", "").encode().split()
    if not any(hmac.compare_digest(signature, known) for signature in offered for known in expected):
        raise ForgedWebhook


def _signature(secret: str, signed: bytes) -> bytes:
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    return b"v1," + base64.b64encode(hmac.digest(key, signed, sha256))
