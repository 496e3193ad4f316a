"""The processor misbehaves exactly as asked, and stops when asked."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest


def test_a_processor_that_is_down_can_be_brought_back(shop: Any) -> None:
    shop.turn(down=True)
    assert shop.client.get("/v1/balance").status_code == 503
    assert shop.client.get("/healthz").status_code == 503

    shop.turn()

    assert shop.client.get("/v1/balance").status_code == 200


def test_a_failed_request_does_nothing(shop: Any) -> None:
    shop.turn(next_n_fail=2)

    answers = [shop.ask("/v1/payments", shop.order(), "same").status_code for _ in range(3)]

    assert answers == [500, 500, 201]
    assert len(shop.client.get("/v1/payments").json()["payments"]) == 1


def test_a_held_back_answer_was_worked_for(shop: Any) -> None:
    shop.turn(hang_ms=1000)
    with pytest.raises(httpx.ReadTimeout):
        shop.client.post(
            "/v1/payments", json=shop.order(), headers={"idempotency-key": "same"}, timeout=httpx.Timeout(0.2)
        )

    shop.turn()
    payments = shop.client.get("/v1/payments").json()["payments"]

    assert len(payments) == 1
    assert shop.ask("/v1/payments", shop.order(), "same").json()["id"] == payments[0]["id"]


def test_latency_comes_before_the_work(shop: Any) -> None:
    shop.turn(latency_ms=150)

    started = time.monotonic()
    shop.client.get("/v1/balance")

    assert time.monotonic() - started >= 0.15


@pytest.mark.parametrize("wrong", [{"down": "perhaps"}, {"fail_rate": 2}, {"webhooks": {"delay": 5}}, {"lag_ms": 1}])
def test_a_knob_that_does_not_exist_is_refused(shop: Any, wrong: dict[str, Any]) -> None:
    assert shop.client.put("/knobs", json=wrong).status_code == 422


@contextmanager
def processor(home: Path, port: int) -> Iterator[tuple[subprocess.Popen[bytes], httpx.Client]]:
    """A processor in a process of its own, killed at the end if it still lives."""
    process = subprocess.Popen(
        [sys.executable, "-m", "salus.sim", "--port", str(port), "--home", str(home)],
        env={**os.environ, "SALUS_GATEWAY_KEY": "sk", "SALUS_GATEWAY_WEBHOOK_SECRET": "c2VjcmV0"},
    )
    headers = {"authorization": "Bearer sk"}
    with process, httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=headers, trust_env=False) as client:
        try:
            wait_until_ready(client)
            yield process, client
        finally:
            process.kill()


def wait_until_ready(client: httpx.Client) -> None:
    for _ in range(200):
        try:
            client.get("/healthz").raise_for_status()
        except httpx.ConnectError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("the processor did not start")


def test_a_killed_processor_forgets_nothing(shop: Any, tmp_path: Path, free_port: int) -> None:
    made = []
    for _ in range(2):
        with processor(tmp_path, free_port) as (process, client):
            answer = client.post("/v1/payments", json=shop.order(), headers={"idempotency-key": "same"})
            made.append(answer.json())
            process.kill()

    assert answer.status_code == 201
    assert made[0] == made[1]


@pytest.mark.parametrize("ask_to_stop", [signal.SIGTERM, signal.SIGINT])
def test_the_processor_stops_when_asked_even_while_it_holds_an_answer_back(
    tmp_path: Path, free_port: int, ask_to_stop: signal.Signals
) -> None:
    with processor(tmp_path, free_port) as (process, client):
        client.put("/knobs", json={"hang_ms": 60_000})
        with pytest.raises(httpx.ReadTimeout):
            client.get("/v1/balance", timeout=0.2)
        process.send_signal(ask_to_stop)

        process.wait(timeout=10)
