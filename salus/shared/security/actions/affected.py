"""Listing whom an incident touches, and telling them."""

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.ids import new_id
from salus.kernel.operations import action
from salus.shared.messages import actions as messages
from salus.shared.security.models.incidents import AffectedPerson, Incident, IncidentScope
from salus.shared.security.queries.affected import Touched, touched_by
from salus.shared.security.rules.refusals import AlreadyTold, NobodyToTell
from salus.shared.security.schemas.incidents import Scope

AT_ONCE = 1000
"""People in one statement."""


@action(roles={Role.ADMINISTRATOR})
def list_affected(ctx: Context, incident: Incident, scope: Scope) -> IncidentScope:
    """Ask the records whose data was read or changed in this scope, and add those people to the incident's list.

    The list is kept with the question, as it was answered now. Who is on it already stays as they were added first.
    Raises NothingAsked or EndsBeforeItBegins.
    """
    ctx.lock(incident)
    found = touched_by(ctx, scope)
    asked = IncidentScope(
        incident_id=incident.id,
        asked_by=ctx.actor.person_id,
        scope=scope.model_dump(mode="json", exclude_none=True),
        found=len(found),
        added=0,
    )
    known = set(ctx.db.scalars(select(AffectedPerson.person_id).where(AffectedPerson.incident_id == incident.id)))
    new = [one for one in found if one.person_id not in known]
    asked.added = len(new)
    ctx.db.add(asked)
    ctx.db.flush()
    for start in range(0, len(new), AT_ONCE):
        ctx.db.execute(insert(AffectedPerson), [_row(one, asked) for one in new[start : start + AT_ONCE]])
    ctx.tell(subject=incident, found=len(found), added=len(new))
    return asked


@action(roles={Role.ADMINISTRATOR}, step_up=True)
def notify_people(ctx: Context, incident: Incident, *, told: str) -> Incident:
    """Tell everybody on an incident's list who was not told yet, in the background. Raises NobodyToTell.

    They get a notice and a mail that something happened, and read the words after signing in.
    """
    ctx.lock(incident)
    waiting = select(AffectedPerson.id).where(
        AffectedPerson.incident_id == incident.id,
        AffectedPerson.notified_at.is_(None),
        ~AffectedPerson.unreachable,
    )
    if ctx.db.scalar(waiting.limit(1)) is None:
        raise NobodyToTell
    incident.told, incident.notified_by, incident.notified_at = told.strip(), ctx.actor.person_id, ctx.now
    ctx.tell(subject=incident)
    return incident


@action(roles={Role.SYSTEM}, told="told you of a security incident that touched your data")
def tell_person(ctx: Context, affected: AffectedPerson) -> AffectedPerson:
    """Tell one person that an incident touched their data, once. Raises AlreadyTold."""
    ctx.lock(affected)
    if affected.notified_at is not None:
        raise AlreadyTold
    affected.notified_at = ctx.now
    messages.notify(ctx, affected.person_id, "security/affected", link=f"/what-happened/{affected.incident_id}")
    ctx.tell(subject=affected, person_id=affected.person_id, incident_id=str(affected.incident_id))
    return affected


@action(roles={Role.SYSTEM})
def note_unreachable(ctx: Context, affected: AffectedPerson) -> AffectedPerson:
    """Keep that somebody cannot be told any more, because their account was erased."""
    affected.unreachable = True
    ctx.tell(subject=affected)
    return affected


def _row(one: Touched, asked: IncidentScope) -> dict[str, object]:
    return {
        "id": new_id(),
        "incident_id": asked.incident_id,
        "scope_id": asked.id,
        "person_id": one.person_id,
        "records": one.records,
        "first_at": one.first_at,
        "last_at": one.last_at,
    }
