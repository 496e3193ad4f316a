"""Whoever changes what was recorded is found out, even with the rights of the owner or of the whole server."""

import shutil
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from recorder import Recorder

from salus.formats.checkpoint import Checkpoint
from salus.formats.transparency import Frontier
from salus.kernel.context import database_url
from salus.kernel.ids import new_id
from salus.kernel.postgres import Embedded
from salus.shared.records import rules, sealing
from salus.shared.records.gateways import signing_key
from salus.shared.records.sealing import seal
from salus.shared.records.verification import Fault, Verification, verify

Villain = psycopg.Connection[Any]


@pytest.fixture(params=["owner", "superuser"])
def villain(request: pytest.FixtureRequest, home: Path, tenant: UUID) -> Iterator[Villain]:
    """Somebody who took over the owner's role, or the whole server."""
    server = Embedded(home / "postgres")
    url = database_url("owner_database_url") if request.param == "owner" else server.url("salus_admin")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SELECT set_config('app.tenant', %s, false)", [str(tenant)])
        yield connection


@pytest.fixture
def sealed(tenant: UUID, recorder: Recorder) -> list[UUID]:
    """Thirty records under three checkpoints."""
    ids = []
    for _ in range(3):
        ids += [recorder.record() for _ in range(10)]
        seal(tenant)
    assert verify(tenant).is_whole
    return ids


def found_of(found: Verification, fault: Fault) -> list[UUID | None]:
    return [finding.record_id for finding in found.findings if finding.fault is fault]


def test_an_edited_record_is_found(tenant: UUID, sealed: list[UUID], villain: Villain) -> None:
    villain.execute("UPDATE records SET actor_id = %s WHERE id = %s", [new_id(), sealed[4]])

    found = verify(tenant)
    assert found_of(found, Fault.EDITED) == [sealed[4]]
    assert f"Record {sealed[4]} at place 4 is not what was sealed" in found.findings[0].words


COLUMNS = {
    "created_at": "created_at + interval '1 microsecond'",
    "operation": "'consent.withdraw'",
    "outcome": "'refused'",
    "actor_roles": "'{seller,person}'",
    "organisation_id": "actor_id",
    "subject_type": "'consents'",
    "subject_id": "actor_id",
    "person_id": "actor_id",
    "consent_id": "actor_id",
    "purpose": "''",
    "correlation_id": "'other'",
    "channel": "'web'",
    "network": "'10.0.0.0/24'",
    "fields": "'{}'",
    "facts": """'{"types": 3.0, "why": "é"}'""",
    "transaction": "(transaction::text::bigint - 1)::text::xid8",
}


@pytest.mark.parametrize("column", COLUMNS)
def test_no_column_can_be_changed_unseen(tenant: UUID, sealed: list[UUID], villain: Villain, column: str) -> None:
    villain.execute(f"UPDATE records SET {column} = {COLUMNS[column]} WHERE id = %s", [sealed[7]])

    assert sealed[7] in found_of(verify(tenant), Fault.EDITED)


def test_an_edited_record_with_its_leaf_is_found(tenant: UUID, sealed: list[UUID], villain: Villain) -> None:
    villain.execute("UPDATE records SET outcome = 'read' WHERE id = %s", [sealed[14]])
    _forge_leaf(villain, sealed[14])

    found = verify(tenant)
    assert found_of(found, Fault.REWRITTEN) == [sealed[10]]
    assert "places 10 to 19" in found.findings[0].words


def test_deleted_records_are_found_each(tenant: UUID, sealed: list[UUID], villain: Villain) -> None:
    villain.execute("DELETE FROM records WHERE id = ANY(%s)", [[sealed[3], sealed[21]]])

    assert found_of(verify(tenant), Fault.DELETED) == [sealed[3], sealed[21]]


def test_records_that_changed_places_are_found(tenant: UUID, sealed: list[UUID], villain: Villain) -> None:
    villain.execute("UPDATE leaves SET index = 100 WHERE id = %s", [sealed[11]])
    villain.execute("UPDATE leaves SET index = 11 WHERE id = %s", [sealed[12]])
    villain.execute("UPDATE leaves SET index = 12 WHERE id = %s", [sealed[11]])

    found = verify(tenant)
    assert found_of(found, Fault.REORDERED) == [sealed[11]]
    assert found.faults[Fault.REWRITTEN] == 1


def test_records_that_changed_identities_are_found(tenant: UUID, sealed: list[UUID], villain: Villain) -> None:
    spare = new_id()
    for old, new in [(sealed[1], spare), (sealed[2], sealed[1]), (spare, sealed[2])]:
        villain.execute("UPDATE records SET id = %s WHERE id = %s", [new, old])

    assert found_of(verify(tenant), Fault.EDITED) == [sealed[1], sealed[2]]


def test_a_record_put_in_behind_the_seal_is_found(
    tenant: UUID, sealed: list[UUID], villain: Villain, recorder: Recorder
) -> None:
    slipped = recorder.record(villain)
    villain.execute(
        "UPDATE records SET transaction = (SELECT transaction FROM records WHERE id = %s) WHERE id = %s",
        [sealed[5], slipped],
    )
    seal(tenant)

    assert found_of(verify(tenant), Fault.INSERTED) == [slipped]


def test_a_record_that_evades_the_sealer_is_found(tenant: UUID, villain: Villain, recorder: Recorder) -> None:
    evading = recorder.record(villain)
    villain.execute("UPDATE records SET transaction = '9000000000000'::xid8 WHERE id = %s", [evading])

    assert verify(tenant).faults[Fault.INSERTED] == 1


def test_a_cut_tail_is_found(tenant: UUID, sealed: list[UUID], villain: Villain) -> None:
    villain.execute("DELETE FROM records WHERE id = ANY(%s)", [sealed[25:]])
    villain.execute("DELETE FROM leaves WHERE index >= 25 AND tenant_id = %s", [tenant])

    found = verify(tenant)
    assert found_of(found, Fault.TRUNCATED) == [sealed[24]]
    assert "places 25 to 29" in found.findings[0].words


def test_a_cut_tail_is_found_when_only_the_records_are_cut(tenant: UUID, sealed: list[UUID], villain: Villain) -> None:
    villain.execute("DELETE FROM records WHERE id = ANY(%s)", [sealed[25:]])

    assert found_of(verify(tenant), Fault.DELETED) == sealed[25:]


def test_a_tail_cut_off_with_its_seals_is_found(tenant: UUID, sealed: list[UUID], villain: Villain) -> None:
    villain.execute("DELETE FROM records WHERE id = ANY(%s)", [sealed[20:]])
    villain.execute("DELETE FROM leaves WHERE index >= 20 AND tenant_id = %s", [tenant])
    villain.execute("DELETE FROM checkpoints WHERE size > 20 AND tenant_id = %s", [tenant])

    found = verify(tenant)
    assert found_of(found, Fault.TRUNCATED) == [sealed[19]]
    assert "ends after 20 records, but 30 were published" in found.findings[0].words


def test_a_whole_log_thrown_away_is_found(tenant: UUID, sealed: list[UUID], villain: Villain) -> None:
    for table in ("records", "leaves", "checkpoints"):
        villain.execute(f"DELETE FROM {table} WHERE tenant_id = %s", [tenant])

    found = verify(tenant)
    assert found.faults == {Fault.TRUNCATED: 1}
    assert "ends after 0 records, but 30 were published" in found.findings[0].words


def test_a_history_written_anew_and_signed_again_is_found(tenant: UUID, sealed: list[UUID], villain: Villain) -> None:
    villain.execute("UPDATE records SET person_id = NULL, outcome = 'refused' WHERE id = %s", [sealed[13]])
    _forge_leaf(villain, sealed[13])
    _sign_again(villain, tenant)

    found = verify(tenant)
    assert found.faults == {Fault.REWRITTEN: 2}
    assert found_of(found, Fault.REWRITTEN) == [sealed[10], sealed[20]]


def test_a_history_sealed_anew_in_other_batches_is_found(tenant: UUID, sealed: list[UUID], villain: Villain) -> None:
    villain.execute("DELETE FROM records WHERE id = %s", [sealed[0]])
    villain.execute("DELETE FROM leaves WHERE tenant_id = %s", [tenant])
    villain.execute("DELETE FROM checkpoints WHERE tenant_id = %s", [tenant])
    _seal_without_looking(tenant)

    assert verify(tenant).faults[Fault.REWRITTEN] == 2


def test_a_checkpoint_signed_by_somebody_else_is_found(tenant: UUID, sealed: list[UUID], villain: Villain) -> None:
    stranger = signing_key(new_id())
    ((name, root),) = villain.execute(
        "SELECT 'salus/' || slug, root FROM checkpoints c JOIN tenants t ON t.id = c.tenant_id WHERE size = 20 "
        "AND t.id = %s",
        [tenant],
    ).fetchall()
    note = Checkpoint(name, 20, root).sign(stranger)
    villain.execute("UPDATE checkpoints SET note = %s WHERE size = 20 AND tenant_id = %s", [note, tenant])

    assert verify(tenant).faults == {Fault.UNSIGNED: 1}


def test_a_missing_checkpoint_is_found(tenant: UUID, sealed: list[UUID], villain: Villain) -> None:
    villain.execute("DELETE FROM checkpoints WHERE size = 20 AND tenant_id = %s", [tenant])

    assert verify(tenant).faults == {Fault.REWRITTEN: 1}


def test_a_changed_edge_is_found(tenant: UUID, sealed: list[UUID], villain: Villain) -> None:
    villain.execute("UPDATE checkpoints SET peaks[1] = peaks[2] WHERE size = 20 AND tenant_id = %s", [tenant])

    assert verify(tenant).faults == {Fault.EDITED: 1}


def test_everything_that_is_wrong_is_said_at_once(tenant: UUID, sealed: list[UUID], villain: Villain) -> None:
    villain.execute("UPDATE records SET outcome = 'read' WHERE id = %s", [sealed[2]])
    villain.execute("DELETE FROM records WHERE id = %s", [sealed[8]])
    villain.execute("UPDATE records SET outcome = 'read' WHERE id = %s", [sealed[17]])
    _forge_leaf(villain, sealed[17])
    villain.execute("DELETE FROM leaves WHERE index >= 25 AND tenant_id = %s", [tenant])

    faults = verify(tenant).faults
    assert faults == {Fault.EDITED: 1, Fault.DELETED: 1, Fault.REWRITTEN: 1, Fault.TRUNCATED: 1, Fault.INSERTED: 4}


def test_a_published_file_that_was_changed_or_lost_is_found(
    tenant: UUID, sealed: list[UUID], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = home / "checkpoints" / f"{tenant}.txt"
    kept = file.with_suffix(".kept")
    shutil.copy(file, kept)
    file.write_text(file.read_text().replace("\n20\n", "\n19\n"))
    assert verify(tenant).faults[Fault.UNSIGNED] == 1

    monkeypatch.setattr("salus.shared.records.verification.published.PUBLISHED_WITHIN_S", -1)
    file.unlink()
    assert verify(tenant).faults == {Fault.UNPUBLISHED: 3}


def test_a_log_of_nothing_is_whole(tenant: UUID) -> None:
    found = verify(tenant)

    assert (found.is_whole, found.size, found.root) == (True, 0, b64encode(Frontier().root).decode())


def test_the_sealers_role_can_verify_too(tenant: UUID, sealed: list[UUID]) -> None:
    assert verify(tenant, setting="sealer_database_url").size == 30


def _forge_leaf(villain: Villain, record_id: UUID) -> None:
    ((entry,),) = villain.execute(f"SELECT {rules.ENTRY_SQL} FROM records r WHERE id = %s", [record_id]).fetchall()
    villain.execute("UPDATE leaves SET leaf_hash = %s WHERE id = %s", [rules.leaf(entry), record_id])


def _sign_again(villain: Villain, tenant: UUID) -> None:
    """With the stolen key."""
    ((slug,),) = villain.execute("SELECT slug FROM tenants WHERE id = %s", [tenant]).fetchall()
    for (size,) in villain.execute("SELECT size FROM checkpoints WHERE tenant_id = %s", [tenant]).fetchall():
        hashes = villain.execute(
            "SELECT leaf_hash FROM leaves WHERE tenant_id = %s AND index < %s ORDER BY index", [tenant, size]
        ).fetchall()
        frontier = Frontier().extend(leaf for (leaf,) in hashes)
        villain.execute(
            "UPDATE checkpoints SET root = %s, peaks = %s, note = %s WHERE tenant_id = %s AND size = %s",
            [
                frontier.root,
                list(frontier.peaks),
                Checkpoint(f"salus/{slug}", size, frontier.root).sign(signing_key(tenant)),
                tenant,
                size,
            ],
        )


def _seal_without_looking(tenant: UUID) -> None:
    """With the stolen key and a sealer that does not ask what was published."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sealing._Log, "_require_what_was_published", lambda _log: None)
        seal(tenant)
