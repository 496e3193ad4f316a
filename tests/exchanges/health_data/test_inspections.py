"""Nobody opens a person's health data unseen, not even an administrator."""

import pytest

from salus.exchanges.health_data.actions import inspections
from salus.exchanges.health_data.rules import NothingKept
from salus.kernel.actor import Actor
from salus.kernel.context import Context
from salus.kernel.errors import NotAllowed
from salus.shared.records import queries as records
from tests.cast import letters
from tests.exchanges.health_data.scene import Trade

REASON = "Complaint 3107: the import stopped at 80 per cent."


def test_an_administrator_opens_health_data_for_a_reason_that_the_person_reads(trade: Trade, ada: Actor) -> None:
    trade.bring_in()

    with Context(ada, trade.tenant) as ctx:
        opened = dict(inspections.open_health_data(ctx, trade.seller.person_id, reason=REASON))

    assert opened["Steps"].count > 0
    assert any("opened your health data" in letter.subject for letter in letters(trade.tenant, "Pia"))
    with Context(trade.seller, trade.tenant) as ctx:
        looks = records.who_looked(ctx)
    assert any(look.purpose == REASON and look.who == "Ada" for look in looks.looks)


def test_nobody_else_opens_anything(trade: Trade, bruno: Actor, paul: Actor) -> None:
    trade.bring_in()

    for other in (bruno, paul):
        with pytest.raises(NotAllowed), Context(other, trade.tenant) as ctx:
            inspections.open_health_data(ctx, trade.seller.person_id, reason=REASON)


def test_where_there_is_no_data_nothing_is_opened_and_nobody_is_told(trade: Trade, ada: Actor) -> None:
    with pytest.raises(NothingKept), Context(ada, trade.tenant) as ctx:
        inspections.open_health_data(ctx, trade.seller.person_id, reason=REASON)

    assert not any("opened" in letter.subject for letter in letters(trade.tenant, "Pia"))
