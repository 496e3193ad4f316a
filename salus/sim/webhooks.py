"""Tells the receiver what happened, again and again until it says that it heard (the Standard Webhooks scheme)."""

from __future__ import annotations

import base64
import hmac
import json
import time
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from threading import Event as Signal
from threading import Thread

import httpx

from salus.sim.faults import ProcessorFaults
from salus.sim.models import Event
from salus.sim.processor import Processor
from salus.sim.store import Delivery, Store

SECRET_PREFIX = "whsec_"  # noqa: S105  How the scheme marks a secret, not a secret.
LOOK_EVERY_S = 0.02
COMPANY_S = 2.0
"""How long a lone event waits for another to be reordered with."""
LONGEST_WAIT_S = 60.0
HEAR_WITHIN_S = 5.0


def signature(secret: str, webhook_id: str, timestamp: int, body: bytes) -> str:
    """The `webhook-signature` header over id, timestamp and the exact bytes of the body."""
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    signed = hmac.digest(key, f"{webhook_id}.{timestamp}.".encode() + body, sha256)
    return "v1," + base64.b64encode(signed).decode()


def payload(event: Event) -> bytes:
    return json.dumps(
        {
            "id": event.id,
            "type": event.type,
            "sequence": event.sequence,
            "timestamp": event.created_at.isoformat(),
            "data": event.data,
        }
    ).encode()


class Courier:
    """A thread that lets payouts arrive and delivers what is due. The wait doubles with each failed delivery."""

    def __init__(
        self, store: Store, processor: Processor, faults: ProcessorFaults, *, url: str, secret: str, first_wait_s: float
    ) -> None:
        self._store = store
        self._processor = processor
        self._faults = faults
        self._url = url
        self._secret = secret
        self._first_wait_s = first_wait_s
        self._stopping = Signal()
        self._thread = Thread(target=self._run, name="courier", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Finish the delivery under way; what is still to be delivered waits for the next start."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        with httpx.Client(timeout=HEAR_WITHIN_S, trust_env=False) as client, ThreadPoolExecutor(8) as pool:
            while not self._stopping.wait(LOOK_EVERY_S):
                self._processor.settle_payouts()
                for delivery in self._due() if self._url else []:
                    if self._stopping.is_set():
                        break
                    self._deliver(client, pool, delivery)

    def _due(self) -> list[Delivery]:
        waiting = self._store.undelivered()
        now = time.time()
        if self._faults.knobs.webhooks.reorder:
            alone = len(waiting) == 1 and waiting[0].attempts == 0
            if alone and now - waiting[0].event.created_at.timestamp() < COMPANY_S:
                return []
            # Only the newest goes; the next look decides again, so an event born meanwhile still overtakes.
            return [delivery for delivery in reversed(waiting) if delivery.due_at <= now][:1]
        return [delivery for delivery in waiting if delivery.due_at <= now]

    def _deliver(self, client: httpx.Client, pool: ThreadPoolExecutor, delivery: Delivery) -> None:
        copies = 1 + self._faults.knobs.webhooks.duplicate
        heard = list(pool.map(lambda _: self._send(client, delivery.event), range(copies)))
        if any(heard):
            self._store.delivered(delivery.event)
        else:
            wait = min(self._first_wait_s * 2**delivery.attempts, LONGEST_WAIT_S)
            self._store.retry(delivery.event, time.time() + wait)

    def _send(self, client: httpx.Client, event: Event) -> bool:
        """Whether the receiver said it heard."""
        if self._faults.drops():
            return False
        secret = self._secret
        if self._faults.knobs.webhooks.corrupt_signature:
            secret = base64.b64encode(b"not the secret of the receiver").decode()
        body, timestamp = payload(event), int(time.time())
        headers = {
            "content-type": "application/json",
            "webhook-id": event.id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": signature(secret, event.id, timestamp, body),
        }
        try:
            return client.post(self._url, content=body, headers=headers).is_success
        except httpx.HTTPError:
            return False
