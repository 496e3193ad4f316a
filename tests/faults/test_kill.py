"""The server is killed in the middle of purchases, and no money is lost or doubled (see kill.py)."""

import subprocess
import sys

import pytest

from tests.faults.installation import ROOT
from tests.faults.planted import FAULTS


def kill(*options: str) -> subprocess.CompletedProcess[str]:
    """In a process of its own: what is forked must not have threads, and this one may."""
    command = [sys.executable, "-m", "tests.faults.kill", *options]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_a_server_killed_anywhere_in_a_purchase_loses_and_doubles_no_money() -> None:
    killed = kill()

    assert killed.returncode == 0, killed.stdout + killed.stderr
    assert " 0 findings" in killed.stdout


@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_a_mistake_in_the_order_of_things_would_be_found(fault: str) -> None:
    killed = kill("--planted", fault)

    assert killed.returncode == 1, killed.stderr
    assert "BROKEN" in killed.stdout
