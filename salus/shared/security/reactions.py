"""The watch over the records, and what follows from what it finds."""

from contextlib import suppress

from salus.kernel import progress
from salus.kernel.context import Context
from salus.kernel.errors import NotFound
from salus.kernel.keys import KeyDestroyed
from salus.kernel.records import Record, after, every
from salus.shared.security.actions import affected, clocks, events, incidents
from salus.shared.security.queries import affected as affected_queries
from salus.shared.security.queries import detection
from salus.shared.security.queries import events as event_queries
from salus.shared.security.queries import incidents as incident_queries
from salus.shared.security.rules import refusals
from salus.shared.security.rules.detection import Batch, is_touched


@every(seconds=15)
def watch(ctx: Context) -> None:
    """Lay the rules over what was recorded since, and raise an event for every burst that one of them is met by."""
    with ctx.again() as asking:
        outdated = detection.outdated_rules(asking)
    if outdated:
        with ctx.again() as own:
            events.keep_rules(own)
    while batch := _next(ctx):
        _watch(ctx, batch)
        progress.report(ctx, detection.WATCH, batch.until, batch.until)
        if batch.records < detection.MOST:
            break


@every(seconds=60)
def watch_sealing(ctx: Context) -> None:
    """Keep on record that sealing is late, while it is: the watch looks at records only."""
    with suppress(refusals.NothingLate), ctx.again() as own:
        events.note_sealing_lag(own)


@every(seconds=600)
def keep_counts(ctx: Context) -> None:
    """Count the hours that are over, so that the dashboard need not."""
    with suppress(refusals.NothingToCount), ctx.again() as own:
        events.keep_counts(own)


@every(seconds=60)
def remind(ctx: Context) -> None:
    """Remind administrators of clocks of which half, four fifths or all of the time is over."""
    with ctx.again() as asking:
        due = incident_queries.clocks_to_remind_of(asking)
    for incident_id, clock_id in due:
        # Settled since, or reminded of by another worker.
        with suppress(refusals.ClockSettled, refusals.NotYetToBeReminded), ctx.again() as own:
            clocks.remind(own, incident_queries.clock(own, incident_id, clock_id))


@after("security.raise_event")
def respond(ctx: Context, record: Record) -> None:
    """Alert, and open an incident, as the event asks for."""
    if record.subject_id is None:
        raise NotFound
    incidents.respond(ctx, event_queries.event(ctx, record.subject_id))


@after("security.open_incident")
def announce_incident(ctx: Context, record: Record) -> None:
    """Tell the administrators."""
    if record.subject_id is None:
        raise NotFound
    incidents.announce_incident(ctx, incident_queries.incident(ctx, record.subject_id))


@after("security.notify_people", long=True)
def tell_people(ctx: Context, record: Record) -> None:
    """Tell everybody on the list, each in a transaction of their own: whoever was told is not told again."""
    if record.subject_id is None:
        raise NotFound
    with ctx.again() as asking:
        waiting = affected_queries.untold(asking, record.subject_id)
    for entry_id in waiting:
        try:
            with suppress(refusals.AlreadyTold), ctx.again() as own:
                affected.tell_person(own, affected_queries.affected_person(own, entry_id))
        except KeyDestroyed:
            with ctx.again() as own:
                affected.note_unreachable(own, affected_queries.affected_person(own, entry_id))


def _next(ctx: Context) -> Batch | None:
    with ctx.again() as asking:
        return detection.unwatched(asking)


def _watch(ctx: Context, batch: Batch) -> None:
    with ctx.again() as asking:
        found = [
            (rule.id, sign)
            for rule in detection.rules(asking)
            if rule.enabled and is_touched(rule.operations, batch)
            for sign in detection.signs(asking, rule, batch)
            if not detection.is_raised(asking, rule, sign)
        ]
    for rule_id, sign in found:
        with suppress(refusals.AlreadyRaised), ctx.again() as own:
            events.raise_event(own, detection.rule(own, rule_id), sign)
