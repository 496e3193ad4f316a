"""Administrators hear of what is grave, at once, and not again and again."""

from uuid import UUID

from salus.kernel.actor import Actor
from salus.kernel.context import Context
from salus.shared.messages import queries as messages
from salus.shared.security.models.events import Response, Severity
from salus.shared.security.queries import incidents
from salus.worker import settle_everything
from tests.cast import letters
from tests.shared.security.alarm import declared, refused
from tests.shared.security.watchman import Watchman


def notices(tenant: UUID, actor: Actor) -> list[str]:
    settle_everything()
    with Context(actor, tenant) as ctx:
        return [notice.title for notice in messages.notices(ctx)]


def test_an_event_that_asks_for_it_alerts_by_notice_and_mail(
    tenant: UUID, ada: Actor, pia: Actor, watchman: Watchman
) -> None:
    refused(tenant, pia, 10)
    watchman.watch()

    assert "Security alert: Refused again and again" in notices(tenant, ada)
    letter = next(letter for letter in letters(tenant, "Ada") if letter.subject.startswith("Security alert"))
    assert f"/security/events/{watchman.events()[0].id}" in letter.body
    assert "Pia" not in letter.body
    assert not any(title.startswith("Security alert") for title in notices(tenant, pia))


def test_one_that_does_not_ask_for_it_stays_quiet(tenant: UUID, ada: Actor, pia: Actor, watchman: Watchman) -> None:
    watchman.tune("refusals", severity=Severity.LOW, response=Response.EVENT)
    refused(tenant, pia, 10)

    assert watchman.watch() == ["refusals"]
    assert not any(title.startswith("Security alert") for title in notices(tenant, ada))


def test_of_one_rule_and_key_there_is_one_alert_an_hour(
    tenant: UUID, ada: Actor, pia: Actor, paul: Actor, watchman: Watchman, owner_sql
) -> None:
    refused(tenant, pia, 10)
    watchman.watch()
    # As if an hour ago: the same goes on in another window, and is another event.
    owner_sql(
        "UPDATE security_events SET last_at = last_at - interval '1 day', first_at = first_at - interval '1 day', "
        "window_started_at = window_started_at - interval '1 day'",
        tenant,
    )
    refused(tenant, pia, 1)
    assert watchman.watch() == ["refusals", "refusals"]
    assert notices(tenant, ada).count("Security alert: Refused again and again") == 1

    refused(tenant, paul, 10)
    watchman.watch()

    assert notices(tenant, ada).count("Security alert: Refused again and again") == 2


def test_an_event_opens_one_incident_until_that_is_over(
    tenant: UUID, ada: Actor, pia: Actor, watchman: Watchman, owner_sql
) -> None:
    watchman.tune("refusals", severity=Severity.HIGH, response=Response.INCIDENT)
    refused(tenant, pia, 10)
    watchman.watch()
    settle_everything()
    owner_sql(
        "UPDATE security_events SET last_at = last_at - interval '1 day', first_at = first_at - interval '1 day', "
        "window_started_at = window_started_at - interval '1 day'",
        tenant,
    )
    refused(tenant, pia, 1)
    watchman.watch()
    settle_everything()

    with Context(ada, tenant) as ctx:
        (opened,) = incidents.incidents(ctx)
        assert opened.severity == Severity.HIGH
        assert opened.event_id == watchman.events()[0].id
        assert "Refused again and again" in incidents.story(ctx, opened.id).words


def test_a_new_incident_is_announced_to_every_administrator(tenant: UUID, ada: Actor) -> None:
    opened = declared(tenant, ada)

    assert f"A security incident was opened: {opened.reference}" in notices(tenant, ada)
    assert letters(tenant, "Ada")[0].subject == f"A security incident was opened: {opened.reference}"


def test_events_and_incidents_are_deeds_that_other_systems_may_hear_of(
    tenant: UUID, ada: Actor, pia: Actor, watchman: Watchman, owner_sql
) -> None:
    refused(tenant, pia, 10)
    watchman.watch()
    declared(tenant, ada)

    told = owner_sql(
        "SELECT operation, subject_type FROM records WHERE outcome = 'done' "
        "AND operation IN ('security.raise_event', 'security.open_incident') ORDER BY id",
        tenant,
    )
    assert told == [("security.raise_event", "security_events"), ("security.open_incident", "incidents")]
