"""An attack that was found, looked at and led to an incident: for tests that need one of everything."""

from contextlib import suppress
from uuid import UUID

from salus.kernel.actor import SYSTEM, Actor
from salus.kernel.context import Context
from salus.kernel.errors import Refusal
from salus.kernel.ids import new_id
from salus.shared.records import queries as records
from salus.shared.security import reactions
from salus.shared.security.actions import affected, events, incidents
from salus.shared.security.models.events import Severity
from salus.shared.security.models.incidents import Category, Incident, IncidentState
from salus.shared.security.queries import events as event_queries
from salus.shared.security.queries import incidents as incident_queries
from salus.shared.security.schemas.events import EventsSought, OfficeHoursWrite
from salus.shared.security.schemas.incidents import Declaration, Scope
from salus.worker import settle_everything


def refused(tenant: UUID, actor: Actor, times: int) -> None:
    """So many times they ask for what they may not see."""
    for _ in range(times):
        with suppress(Refusal), Context(actor, tenant) as ctx:
            records.record(ctx, new_id())


def declared(tenant: UUID, ada: Actor, words: str = "A list lay open.") -> Incident:
    with Context(ada, tenant) as ctx:
        return incidents.declare(ctx, Declaration(category=Category.DISCLOSURE, severity=Severity.HIGH, words=words))


def handled(tenant: UUID, ada: Actor, pia: Actor) -> None:
    """Pia asks for what is not hers, the watch sees it, and Ada leads an incident that touched what Ada did to Pia."""
    refused(tenant, pia, 10)
    reactions.watch(Context(SYSTEM, tenant))
    settle_everything()
    with Context(ada, tenant) as ctx:
        events.set_office_hours(ctx, OfficeHoursWrite(time_zone="Europe/Helsinki", work_days=[1, 2, 3, 4, 5]))
        (found,) = event_queries.events(ctx, EventsSought()).events
        events.acknowledge(ctx, event_queries.event(ctx, found.id), note="A mistake of a program.")
    opened = declared(tenant, ada)
    with Context(ada, tenant) as ctx:
        incident = incident_queries.incident(ctx, opened.id)
        incidents.advance(ctx, incident, state=IncidentState.CONFIRMED, because="The list was read.")
        affected.list_affected(ctx, incident, Scope(actor_id=ada.person_id))
        affected.notify_people(ctx, incident, told="A list lay open. It is closed now.")
    settle_everything()
