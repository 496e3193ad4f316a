"""What the operator reads: lines of ids and codes, each found again under its correlation id."""

import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import structlog

from salus.kernel import correlation, log, metrics
from tests.attacks.sinks import listening

WORDS = "Pia Lindqvist sleeps badly"


@pytest.fixture
def heard() -> Iterator[StringIO]:
    with listening() as heard:
        yield heard


def lines(heard: StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in heard.getvalue().splitlines() if line.startswith("{")]


def rest() -> None:
    raise ValueError(WORDS)


def toss() -> None:
    raise ValueError(WORDS)


def report(failing: Any) -> None:
    try:
        failing()
    except ValueError as error:
        log.report("something failed", error, operation="people.rest")


def test_what_is_not_on_the_list_does_not_get_out(heard: StringIO) -> None:
    structlog.get_logger().info("somebody came", name=WORDS, status=200)

    (line,) = lines(heard)
    assert WORDS not in heard.getvalue()
    assert (line["status"], line["count"]) == (200, 1)


def test_a_line_carries_the_id_of_what_is_done(heard: StringIO) -> None:
    with correlation.under("from-a-phone-1"):
        structlog.get_logger().info("within")
    structlog.get_logger().info("outside")

    within, outside = lines(heard)
    assert within["correlation_id"] == "from-a-phone-1"
    assert "correlation_id" not in outside


def test_a_failure_tells_kind_and_place_and_none_of_its_words(heard: StringIO) -> None:
    report(rest)

    (line,) = lines(heard)
    assert line["error"] == "ValueError"
    assert line["frames"][-1].startswith("test_log:rest:")
    assert WORDS not in heard.getvalue()


def test_a_fingerprint_is_the_same_for_one_kind_of_failure_at_one_place(heard: StringIO) -> None:
    for failing in (rest, rest, toss):
        report(failing)

    first, again, elsewhere = [line["fingerprint"] for line in lines(heard)]
    assert first == again != elsewhere
    assert metrics.ERRORS.labels("ValueError", first)._value.get() >= 2


def test_what_a_library_says_is_not_repeated(heard: StringIO) -> None:
    logging.getLogger("a library of ours").warning("%s", WORDS, exc_info=ValueError(WORDS))

    # The test listens to the library's own words as well, which go nowhere otherwise.
    (line,) = [line for line in lines(heard) if line.get("logger") == "a library of ours"]
    assert (line["level"], line["error"]) == ("warning", "ValueError")
    assert WORDS not in json.dumps(line)


def test_several_processes_share_one_file(tmp_path: Path) -> None:
    kept = tmp_path / "logs" / "log.jsonl"
    says = "import structlog; from salus.kernel import log; log.configure(); "
    says += "[structlog.get_logger().info('came', size=i) for i in range(200)]"
    told = os.environ | {"SALUS_LOG_FILE": str(kept)}
    several = [
        subprocess.Popen([sys.executable, "-c", says], env=told, stderr=subprocess.PIPE, text=True) for _ in range(3)
    ]
    on_standard_error = [process.communicate()[1] for process in several]

    assert sorted(kept.read_text().splitlines()) == sorted("".join(on_standard_error).splitlines())
    assert sum(json.loads(line)["size"] for line in kept.read_text().splitlines()) == 3 * sum(range(200))
