"""Everyone learns who looked at what is theirs."""

from uuid import UUID

import pytest
from recorder import Recorder

from salus.kernel.actor import Actor
from salus.kernel.context import Context
from salus.kernel.ids import new_id
from salus.shared.records import queries


def looks_at(person: Actor, tenant: UUID, **asked: object) -> queries.Looks:
    with Context(person, tenant) as ctx:
        return queries.who_looked(ctx, **asked)


def looks_of(person: Actor, tenant: UUID, operation_words: str) -> list[queries.Look]:
    return [look for look in looks_at(person, tenant).looks if look.what == f"did this: {operation_words}"]


def test_pia_sees_who_looked_in_which_role_and_what_for(
    tenant: UUID, pia: Actor, ada: Actor, recorder: Recorder
) -> None:
    recorder.record(
        operation="test.open", outcome="read", actor_id=ada.id, roles=["administrator", "person"], person_id=pia.id,
        purpose="complaint 17",
    )  # fmt: skip

    (look,) = looks_of(pia, tenant, "test.open")
    assert (look.who, look.role, look.purpose, look.outcome) == ("Ada", "administrator", "complaint 17", "read")


def test_a_look_is_told_in_plain_words(tenant: UUID, pia: Actor, ada: Actor, recorder: Recorder) -> None:
    recorder.record(operation="people.restore", actor_id=ada.id, person_id=pia.id)

    assert looks_at(pia, tenant).looks[0].sentence == "Ada unlocked your account"


def test_a_look_that_nobody_found_words_for_is_told_by_its_promise(
    tenant: UUID, pia: Actor, ada: Actor, recorder: Recorder
) -> None:
    recorder.record(operation="records.verify", actor_id=ada.id, person_id=pia.id)

    assert looks_at(pia, tenant).looks[0].what == (
        "did this: Verify the whole log: compute it anew and compare it with what was published."
    )


def test_a_buyer_looks_for_an_organisation(tenant: UUID, pia: Actor, bruno: Actor, recorder: Recorder) -> None:
    recorder.record(
        operation="test.open", actor_id=bruno.id, roles=["buyer", "person"], person_id=pia.id,
        organisation_id=bruno.organisation_id,
    )  # fmt: skip

    (look,) = looks_of(pia, tenant, "test.open")
    assert (look.who, look.role, look.organisation) == ("Bruno", "buyer", "Helix Research")


def test_what_pia_did_herself_is_told_only_when_asked(tenant: UUID, pia: Actor, recorder: Recorder) -> None:
    recorder.record(operation="test.own", actor_id=pia.id, person_id=pia.id)

    assert looks_of(pia, tenant, "test.own") == []
    assert looks_at(pia, tenant, own=True).looks[0].who == "You"


def test_what_salus_did_by_itself_is_told_only_when_asked(tenant: UUID, pia: Actor, recorder: Recorder) -> None:
    recorder.record(operation="test.system", actor_id=None, roles=["system"], person_id=pia.id)

    assert looks_of(pia, tenant, "test.system") == []
    assert looks_at(pia, tenant, salus=True).looks[0].who == "Salus"


def test_a_step_is_told_only_without_the_whole(tenant: UUID, pia: Actor, recorder: Recorder) -> None:
    step = {"operation": "messages.notify", "actor_id": new_id(), "person_id": pia.id}
    recorder.record(**step, correlation_id="told-by-the-whole")
    whole = recorder.record(**step | {"operation": "test.sell"}, correlation_id="told-by-the-whole")
    alone = recorder.record(**step, correlation_id="alone")

    assert [look.record_id for look in looks_at(pia, tenant, salus=True).looks[:2]] == [alone, whole]
    assert looks_at(pia, tenant).looks[0].record_id == whole


def test_paul_does_not_see_who_looked_at_pia(tenant: UUID, pia: Actor, paul: Actor, recorder: Recorder) -> None:
    record_id = recorder.record(operation="test.open", actor_id=new_id(), person_id=pia.id)

    assert looks_of(paul, tenant, "test.open") == []
    assert looks_at(paul, tenant, before=record_id).looks == []


def test_all_looks_are_told_page_by_page(
    tenant: UUID, pia: Actor, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("salus.shared.records.queries.looks.SHOWN", 2)
    ids = [recorder.record(operation="test.open", actor_id=new_id(), person_id=pia.id) for _ in range(5)]

    first = looks_at(pia, tenant)
    second = looks_at(pia, tenant, before=first.next)
    assert [look.record_id for look in [*first.looks, *second.looks]] == ids[:0:-1]
