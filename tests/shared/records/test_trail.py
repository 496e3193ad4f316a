"""Administrators find what was done; nobody else does."""

import csv
import io
import json
from uuid import UUID

import pytest
from recorder import Recorder

from salus.kernel.actor import Actor
from salus.kernel.context import Context
from salus.kernel.errors import NotAllowed, NotFound
from salus.kernel.ids import new_id
from salus.shared.people import actions as people
from salus.shared.records import queries
from salus.shared.records.schemas import Export, Sought
from salus.shared.records.sealing import seal
from tests.cast import administrator


def found(ada: Actor, tenant: UUID, **sought: object) -> queries.Trail:
    with Context(ada, tenant) as ctx:
        return queries.records(ctx, Sought(**sought))


def test_what_somebody_did_is_found_with_their_name(tenant: UUID, pia: Actor, ada: Actor) -> None:
    with Context(pia, tenant) as ctx:
        people.rename(ctx, "Pia Lind")

    trail = found(ada, tenant, actor_id=pia.id, operation="people.rename")
    (deed,) = trail.deeds
    assert (trail.actor(deed), deed.role_words, deed.outcome) == ("Pia L.", "seller", "done")
    assert deed.words == "Change the actor's own name."


@pytest.mark.parametrize("name", ["operation", "outcome", "actor_id", "person_id", "correlation_id"])
def test_a_filter_leaves_out_what_does_not_fit(tenant: UUID, ada: Actor, recorder: Recorder, name: str) -> None:
    told = {
        "operation": "test.fits", "outcome": "refused", "actor_id": new_id(), "person_id": new_id(),
        "correlation_id": "fits",
    }  # fmt: skip
    wanted = recorder.record(**told)
    recorder.record()

    assert [deed.id for deed in found(ada, tenant, **{name: told[name]}).deeds] == [wanted]


def test_days_count_as_a_whole(tenant: UUID, ada: Actor, recorder: Recorder) -> None:
    wanted = recorder.record(operation="test.today")
    with Context(ada, tenant) as ctx:
        today = ctx.now.date()

    assert [d.id for d in found(ada, tenant, operation="test.today", since=today, until=today).deeds] == [wanted]
    assert found(ada, tenant, operation="test.today", until=today.replace(year=today.year - 1)).deeds == []


def test_pages_go_on_where_the_last_ended(
    tenant: UUID, ada: Actor, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("salus.shared.records.queries.trail.SHOWN", 3)
    with recorder.transaction() as together:
        ids = [recorder.record(together, operation="test.many") for _ in range(5)]
    ids += [recorder.record(operation="test.many") for _ in range(2)]

    seen, before = [], None
    while True:
        trail = found(ada, tenant, operation="test.many", before=before)
        seen += [deed.id for deed in trail.deeds]
        before = trail.next
        if before is None:
            break
    assert seen == ids[::-1]


def test_a_record_shows_what_was_done_in_the_same_go(tenant: UUID, ada: Actor, recorder: Recorder) -> None:
    first = recorder.record(correlation_id="one-request")
    second = recorder.record(correlation_id="one-request")
    recorder.record()
    with Context(ada, tenant) as ctx:
        before = queries.record(ctx, second)
    seal(tenant)

    with Context(ada, tenant) as ctx:
        story = queries.record(ctx, second)
    assert [deed.id for deed in story.siblings.deeds] == [second, first]
    assert before.place is None
    assert story.place is not None


def test_somebody_whose_account_is_erased_has_no_name_but_stays_on_record(
    tenant: UUID, ada: Actor, recorder: Recorder
) -> None:
    recorder.record(actor_id=new_id(), operation="test.gone")

    trail = found(ada, tenant, operation="test.gone")
    assert trail.actor(trail.deeds[0]) == "An erased account"


def test_an_export_runs_nothing_in_a_spreadsheet_and_is_itself_recorded(
    tenant: UUID, ada: Actor, recorder: Recorder
) -> None:
    recorder.record(operation="test.export", purpose='=HYPERLINK("http://evil")')
    with Context(ada, tenant) as ctx:
        table = queries.export(ctx, Export(operation="test.export"))
    with Context(ada, tenant) as ctx:
        whole = json.loads(queries.export(ctx, Export(operation="test.export", form="json")))

    (row,) = csv.DictReader(io.StringIO(table))
    assert row["purpose"] == '\'=HYPERLINK("http://evil")'
    assert whole[0]["purpose"] == '=HYPERLINK("http://evil")'
    assert [deed.facts["rows"] for deed in found(ada, tenant, operation="records.export").deeds] == [1, 1]


def test_a_seller_reads_no_records(tenant: UUID, pia: Actor) -> None:
    with pytest.raises(NotAllowed), Context(pia, tenant) as ctx:
        queries.records(ctx, Sought())


def test_an_administrator_elsewhere_finds_nothing(tenant: UUID, other_tenant: UUID, recorder: Recorder) -> None:
    record_id = recorder.record(operation="test.here")
    elsewhere = administrator(other_tenant)

    assert found(elsewhere, other_tenant, operation="test.here").deeds == []
    with pytest.raises(NotFound), Context(elsewhere, other_tenant) as ctx:
        queries.record(ctx, record_id)
