"""A practice in which everything has happened at least once, made by the actions that people use."""

from uuid import UUID

from salus.kernel.actor import Actor
from salus.kernel.context import Context
from salus.shared.clinical import actions as clinical
from salus.shared.insurance.models import Coverage
from tests.cast import patient
from tests.exchanges.appointments.queue import Queue
from tests.exchanges.appointments.scene import Surgery, next_monday, on
from tests.shared.clinical.scene import observation

REASON = "A cough that does not end"


def practised(tenant: UUID, dora: Actor, petra: Actor, coverage: Coverage) -> Surgery:
    """Petra has a visit with Dora that her insurance pays, and a record; Per is offered a time that she gave back."""
    surgery = Surgery(tenant, dora)
    surgery.book(petra, on(next_monday(2), "10:00"), reason=REASON, coverage_id=coverage.id)
    queue = Queue(surgery, petra)
    queue.joined_by(patient(tenant, "Per"))
    queue.becomes_free()
    with Context(dora, tenant) as ctx:
        clinical.create(ctx, observation(str(petra.person_id)))
    return surgery
