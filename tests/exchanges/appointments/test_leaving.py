"""Whoever leaves takes a copy, and is missed by nobody who was to meet them."""

import io
import json
from collections.abc import Callable
from typing import Any
from uuid import UUID
from zipfile import ZipFile

import pytest

from salus.exchanges.appointments import queries
from salus.exchanges.appointments.queries.doctors import Search
from salus.kernel.actor import Actor
from salus.kernel.context import Context
from salus.shared.privacy.actions import copies
from salus.shared.privacy.actions import erasures as privacy
from salus.shared.privacy.queries import copies as copy_queries
from salus.worker import settle_everything
from tests.cast import PASSWORD
from tests.exchanges.appointments.life import REASON, practised
from tests.exchanges.appointments.scene import Surgery
from tests.shared.insurance.scene import answered
from tests.shared.privacy.scene import fresh

Sql = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture
def practice(tenant: UUID, ada: Actor, dora: Actor, petra: Actor) -> Surgery:
    """Petra has a visit to come, which her insurance pays; Per is offered a time; both with Dora."""
    made = practised(tenant, dora, petra, answered(tenant, ada, petra))
    settle_everything()
    return made


def erase(tenant: UUID, ada: Actor, person: Actor) -> None:
    with Context(fresh(ada), tenant) as ctx:
        asked = privacy.ask_for_somebody(ctx, person.person_id)
        privacy.carry_out_now(ctx, asked)
    settle_everything()


def notices(owner_sql: Sql, tenant: UUID, person: Actor) -> int:
    return len(owner_sql("SELECT 1 FROM notices WHERE person_id = :who", tenant, who=person.person_id))


def test_a_patients_copy_tells_of_visits_insurance_and_records_in_words(practice: Surgery, petra: Actor) -> None:
    with practice.as_(petra) as ctx:
        asked = copies.ask_copy(ctx)
    settle_everything()
    with practice.as_(petra) as ctx:
        pieces = copies.fetch_copy(ctx, copy_queries.my_copy(ctx, asked.id), current_password=PASSWORD)
        archive = ZipFile(io.BytesIO(b"".join(pieces)))

    visits = json.loads(archive.read("appointments/appointments.json"))
    (insured,) = json.loads(archive.read("appointments/insurance.json"))
    records = [json.loads(line) for line in archive.read("appointments/records.ndjson").splitlines()]

    (coming,) = [each for each in visits if each["state"] == "booked"]
    assert coming["doctor"] == "Dr Dora Lind"
    assert coming["reason"] == REASON
    assert coming["starts"][10:16] == "T10:00"
    assert insured["insurer"] == "Nordic Health"
    assert insured["member_number"] == "NH 1234 0001"
    assert {"Appointment", "Observation", "Patient"} <= {each["resourceType"] for each in records}


def test_of_an_erased_patient_nothing_stays_and_the_doctor_has_the_time_back(
    practice: Surgery, tenant: UUID, ada: Actor, dora: Actor, petra: Actor, owner_sql: Sql
) -> None:
    before = notices(owner_sql, tenant, dora)

    erase(tenant, ada, petra)

    assert notices(owner_sql, tenant, dora) == before + 1
    for table in "appointments", "waiting", "clinical_resources", "coverages", "eligibility_checks", "resources":
        column = "patient_id" if table in {"appointments", "waiting"} else "person_id"
        assert owner_sql(f"SELECT id FROM {table} WHERE {column} = :who", tenant, who=petra.person_id) == []
    live = "SELECT booking_id FROM claims WHERE resource_id = :its AND state <> 'released'"
    taken = {booking for (booking,) in owner_sql(live, tenant, its=practice.profile.resource_id)}
    known = {row for (row,) in owner_sql("SELECT id FROM offered_times", tenant)}
    assert taken <= known


def test_patients_of_an_erased_doctor_are_told_and_keep_what_was(
    practice: Surgery, tenant: UUID, ada: Actor, dora: Actor, petra: Actor, owner_sql: Sql
) -> None:
    before = notices(owner_sql, tenant, petra)

    erase(tenant, ada, dora)

    with practice.as_(petra) as ctx:
        assert queries.doctors(ctx, Search()) == []
        assert {each.doctor for each in queries.appointments(ctx)} == {"A doctor who left"}
        assert not [each for each in queries.appointments(ctx) if each.appointment.is_coming]
    assert notices(owner_sql, tenant, petra) == before + 1
    assert owner_sql("SELECT state FROM waiting", tenant) == [("ended",)]
    assert "Lind" not in str(owner_sql("SELECT public_name, about FROM doctors", tenant))
    assert owner_sql("SELECT 1 FROM clinical_versions WHERE person_id IS NULL AND version > 1", tenant) == []


def test_a_doctor_sees_the_record_no_more_once_all_visits_are_cancelled(
    practice: Surgery, petra: Actor, tenant: UUID, owner_sql: Sql
) -> None:
    live = "SELECT 1 FROM clinical_assignments WHERE patient_id = :who AND ended_at IS NULL"
    assert owner_sql(live, tenant, who=petra.person_id)
    with practice.as_(petra) as ctx:
        coming = [each.appointment for each in queries.appointments(ctx) if each.appointment.is_coming]

    for each in coming:
        practice.cancel(petra, each)

    assert owner_sql(live, tenant, who=petra.person_id) == []
    practice.book(petra, coming[0].starts_at)
    assert owner_sql(live, tenant, who=petra.person_id)
