"""Exports that are not quite whole still bring in what is in them."""

from pathlib import Path

from salus.exchanges.health_data.models import ImportState
from salus.exchanges.health_data.queries import imports
from salus.kernel.context import Context
from tests.exchanges.health_data.scene import Trade

ANALYST = "health/RuochenLyu__apple-health-analyst/fixtures/multi-source-export/export.zip"


def test_a_route_that_cannot_be_read_does_not_keep_the_rest_away(trade: Trade, samples: Path) -> None:
    arrived = trade.bring_in((samples / ANALYST).read_bytes())

    assert arrived.state is ImportState.DONE
    with Context(trade.seller, trade.tenant) as ctx:
        kept = {series.code: series.count for series in imports.my_series(ctx)}
    assert kept
    assert "WorkoutRoute" not in kept
