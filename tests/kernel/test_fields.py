"""Money counts in whole minor units, and logs hold only what they may."""

import json

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from salus.kernel import log
from salus.kernel.fields import Money
from salus.kernel.settings import Settings


@given(st.integers(0, 10**12), st.integers(0, 10_000))
def test_a_share_is_never_off_by_more_than_half_a_cent(amount: int, basis_points: int) -> None:
    share = Money(amount, "EUR").share(basis_points)

    assert abs(share.amount * 10_000 - amount * basis_points) <= 5_000


def test_currencies_never_mix() -> None:
    with pytest.raises(ValueError, match="cannot add"):
        Money(1, "EUR") + Money(1, "USD")


def test_a_key_that_is_not_on_the_list_does_not_reach_the_log(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure()
    structlog.get_logger().warning("payment", payment_id="p1", email="pia@people.example")
    log.configure(quiet=True)

    line = json.loads(capsys.readouterr().err.strip().splitlines()[-1])
    assert line["payment_id"] == "p1"
    assert "pia" not in json.dumps(line)


def test_production_does_not_make_up_a_master_key(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.delenv("SALUS_MASTER_KEY", raising=False)
    given_settings = Settings(environment="production", home=tmp_path)

    with pytest.raises(RuntimeError, match="SALUS_MASTER_KEY"):
        given_settings.secret("master_key")


def test_a_secret_made_up_in_development_is_the_same_the_next_time(tmp_path: object) -> None:
    first = Settings(home=tmp_path).secret("gateway_key")

    assert Settings(home=tmp_path).secret("gateway_key") == first
    assert "**" in repr(Settings(master_key="very secret"))
