"""Prometheus's own tool, by which its rules and metrics are checked."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

OURS = Path(__file__).parents[1] / ".tools" / "promtool"


@pytest.fixture(scope="session")
def promtool() -> str:
    """Where it is: `bin/check` fetches it. Without it, tests that ask for it are skipped; with CI=true they fail."""
    found = os.environ.get("PROMTOOL") or shutil.which("promtool") or shutil.which(OURS)
    if found is None:
        if os.environ.get("CI") == "true":
            pytest.fail("promtool is missing; CI must check the alerts")
        pytest.skip("no promtool: alerts and metrics were not checked")
    return found


def run(promtool: str, *words: str, given: str | None = None) -> str:
    """What it says. Fails the test if it complains."""
    done = subprocess.run([promtool, *words], input=given, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr
