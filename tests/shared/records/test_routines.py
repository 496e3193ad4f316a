"""What the worker does with records by itself, and whom it alarms."""

from uuid import UUID

import pytest
from pydantic import SecretStr
from recorder import Recorder

from salus.kernel.actor import SYSTEM, Actor
from salus.kernel.context import Context
from salus.kernel.settings import settings
from salus.shared.messages import queries as messages
from salus.shared.records import queries, reactions


def verified(tenant: UUID, ada: Actor) -> list[str]:
    """The titles of Ada's notices after the worker verified the log."""
    reactions.verify(Context(SYSTEM, tenant))
    with Context(ada, tenant) as ctx:
        return [notice.title for notice in messages.notices(ctx)]


def test_the_worker_seals_what_was_recorded(tenant: UUID, recorder: Recorder) -> None:
    record_id = recorder.record()
    reactions.seal(Context(SYSTEM, tenant))

    assert recorder.is_sealed(record_id)


def test_the_worker_leaves_sealing_to_the_machine_that_holds_the_key(
    tenant: UUID, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    record_id = recorder.record()
    with monkeypatch.context() as production:
        production.setattr(settings(), "database_url", SecretStr("postgresql://elsewhere"))
        reactions.seal(Context(SYSTEM, tenant))

    assert not recorder.is_sealed(record_id)


def test_administrators_are_told_once_of_damage_and_again_of_new_damage(
    tenant: UUID, ada: Actor, recorder: Recorder, owner_sql
) -> None:
    record_id = recorder.record(purpose="as it was")
    reactions.seal(Context(SYSTEM, tenant))
    assert "Records were tampered with" not in verified(tenant, ada)

    owner_sql("UPDATE records SET purpose = 'forged' WHERE id = :id", tenant, id=record_id)
    verified(tenant, ada)
    assert verified(tenant, ada).count("Records were tampered with") == 1
    owner_sql("UPDATE records SET purpose = 'as it was' WHERE id = :id", tenant, id=record_id)
    verified(tenant, ada)
    with Context(ada, tenant) as ctx:
        checked = queries.log(ctx).last_checked
    assert checked is not None
    assert checked.is_whole
    owner_sql("UPDATE records SET purpose = 'forged' WHERE id = :id", tenant, id=record_id)
    assert verified(tenant, ada).count("Records were tampered with") == 2
