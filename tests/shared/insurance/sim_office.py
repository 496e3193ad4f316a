"""The simulated insurer, running, with its members and its knobs."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from salus.shared.insurance.gateways import FhirInsurer
from salus.sim import insurer as sim
from salus.sim.running import running
from tests.faults.installation import free_port
from tests.shared.insurance.insurer_contract import Outside

KEY = "key_of_the_exchange"
PAYER = "NORDIC-1"


class SimOffice(Outside):
    covered = "NH 1234 0001"
    lapsed = f"NH 1234 {sim.LAPSED}"
    excluded = f"NH 1234 {sim.EXCLUDED}"
    asks_first = f"NH 1234 {sim.ASKS_FIRST}"
    unknown = f"NH 1234 {sim.UNKNOWN}"
    takes_time = f"NH 1234 {sim.TAKES_TIME}"

    def __init__(self, client: httpx.Client) -> None:
        self.url = str(client.base_url).rstrip("/")
        self._client = client

    def turn(self, **knobs: Any) -> None:
        self._client.put("/knobs", json=knobs).raise_for_status()

    @contextmanager
    def turned(self, **knobs: Any) -> Iterator[None]:
        self.turn(**knobs)
        yield
        self.turn()

    def silence(self) -> Any:
        return self.turned(hang_ms=10_000)

    def failure(self) -> Any:
        return self.turned(fail_rate=1)

    def absence(self) -> FhirInsurer:
        return FhirInsurer(f"http://127.0.0.1:{free_port()}", PAYER, KEY, is_ours=True)

    def stranger(self) -> FhirInsurer:
        return FhirInsurer(self.url, PAYER, "somebody else's", is_ours=True)

    def lies(self) -> list[str]:
        return list(sim.Lie)

    def lie(self, which: str) -> Any:
        return self.turned(lie=which)


@contextmanager
def open_office() -> Iterator[SimOffice]:
    headers = {"authorization": f"Bearer {KEY}"}
    with (
        running(sim.create_app(secret_key=KEY)) as url,
        httpx.Client(base_url=url, headers=headers, trust_env=False) as client,
    ):
        yield SimOffice(client)
