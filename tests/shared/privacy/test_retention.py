"""What is over its time goes and leaves its proof; what the law or a judge wants stays."""

from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256
from uuid import UUID

import pytest

from salus.kernel.actor import SYSTEM, Actor
from salus.kernel.context import Context
from salus.kernel.errors import FreshFactorNeeded, NotAllowed, NotFound
from salus.shared.privacy.actions import erasures, processing, retention
from salus.shared.privacy.queries import processing as register
from salus.shared.privacy.queries import retention as queries
from salus.shared.privacy.queries.erasures import my_obstacles
from salus.shared.privacy.reactions.retention import delete_what_is_over
from salus.shared.privacy.rules import AlreadyHeld, HeldForLongerByLaw
from salus.shared.privacy.rules.processing import STANDARDS
from salus.shared.privacy.rules.whose import personal_tables
from salus.shared.privacy.schemas import ActivityWrite
from tests.cast import later, seller
from tests.shared.privacy.scene import fresh
from tests.world import Sql


def run(tenant: UUID, **delta: float) -> None:
    with later(**delta):
        delete_what_is_over(Context(SYSTEM, tenant))


@pytest.fixture
def decide(ada: Actor, tenant: UUID) -> Context:
    """An administrator with a fresh second factor."""
    return Context(fresh(ada), tenant)


def test_used_links_go_after_their_days_and_leave_their_proof(tenant: UUID, owner_sql: Sql) -> None:
    seller(tenant, "Paul")
    ids = sorted(str(row[0]) for row in owner_sql("SELECT id FROM email_tokens", tenant))
    run(tenant, days=29)
    assert owner_sql("SELECT count(*) FROM email_tokens", tenant) == [(len(ids),)]

    run(tenant, days=31)

    assert owner_sql("SELECT count(*) FROM email_tokens", tenant) == [(0,)]
    proof = "SELECT deleted, ids_digest FROM retention_runs WHERE kind = 'email_tokens'"
    digest = sha256(b"".join(UUID(one).bytes for one in ids)).digest()
    assert [(count, bytes(kept)) for count, kept in owner_sql(proof, tenant)] == [(len(ids), digest)]


def test_a_preview_says_what_a_run_would_do_and_does_nothing(decide: Context, tenant: UUID, owner_sql: Sql) -> None:
    seller(tenant, "Paul")
    with later(days=31), decide as ctx:
        shown = {one.period.kind.code: one.over for one in queries.preview(ctx)}

    assert shown["email_tokens"] > 0
    assert owner_sql("SELECT count(*) FROM retention_runs", tenant) == [(0,)]


def test_of_several_rules_the_longest_counts(decide: Context, tenant: UUID, owner_sql: Sql) -> None:
    seller(tenant, "Paul")
    with decide as ctx:
        retention.set_rule(ctx, code="email_tokens", keep_days=10, source="ours", country="FI")
        retention.set_rule(ctx, code="email_tokens", keep_days=60, source="theirs", country="DE")
    run(tenant, days=31)

    assert owner_sql("SELECT count(*) > 0 FROM email_tokens", tenant) == [(True,)]


def test_nobody_may_keep_the_accounting_of_disclosures_for_less_than_six_years(decide: Context) -> None:
    with pytest.raises(HeldForLongerByLaw), decide as ctx:
        retention.set_rule(ctx, code="health_downloads", keep_days=365, source="we would like to")


def test_a_legal_hold_stops_retention_and_erasure(decide: Context, tenant: UUID, owner_sql: Sql) -> None:
    paul = seller(tenant, "Paul")
    with decide as ctx:
        retention.put_on_hold(ctx, paul.person_id, reason="Case 17/2026")
    with pytest.raises(AlreadyHeld), decide.again() as ctx:
        retention.put_on_hold(ctx, paul.person_id, reason="Case 18/2026")
    run(tenant, days=31)

    his = "SELECT count(*) > 0 FROM email_tokens WHERE user_id = :his"
    assert owner_sql(his, tenant, his=paul.id) == [(True,)]
    with Context(paul, tenant) as ctx:
        assert my_obstacles(ctx) == ["The law asks us to keep your data for now. Please write to us."]

    with decide.again() as ctx:
        retention.lift_hold(ctx, queries.holds(ctx)[0])
    run(tenant, days=31)
    assert owner_sql(his, tenant, his=paul.id) == [(False,)]


def test_a_hold_is_on_somebody_of_this_house(decide: Context, stranger: Actor) -> None:
    with pytest.raises(NotFound), decide as ctx:
        retention.put_on_hold(ctx, stranger.person_id, reason="Case 17/2026")


def test_a_hold_ends_with_its_last_day(decide: Context, tenant: UUID) -> None:
    paul = seller(tenant, "Paul")
    with decide as ctx:
        retention.put_on_hold(ctx, paul.person_id, reason="Case 17/2026", until=(ctx.now + timedelta(days=3)).date())
    with later(days=3), Context(paul, tenant) as ctx:
        assert my_obstacles(ctx)

    with later(days=4), Context(paul, tenant) as ctx:
        assert my_obstacles(ctx) == []


def test_rules_and_holds_ask_for_a_fresh_second_factor(ada: Actor, tenant: UUID) -> None:
    stale = fresh(ada, minutes=-6)
    for deed in (
        lambda ctx: retention.set_rule(ctx, code="mails", keep_days=1, source="none"),
        lambda ctx: retention.put_on_hold(ctx, ada.person_id, reason="none"),
        lambda ctx: erasures.ask_for_somebody(ctx, ada.person_id),
    ):
        with pytest.raises(FreshFactorNeeded), Context(stale, tenant) as ctx:
            deed(ctx)


def test_every_table_about_people_is_in_the_register() -> None:
    """Whoever adds a table says for what activity its data is processed."""
    described = {table for one in STANDARDS for table in one.tables}
    about_people = {table.__tablename__ for table in _ours()}

    assert about_people - described == set()


def test_an_operator_words_the_register_and_takes_it_along(decide: Context, tenant: UUID) -> None:
    with decide as ctx:
        standard = register.activity(ctx, "accounts")
        words = {name: getattr(standard, name) for name in ActivityWrite.model_fields} | {"purpose": "=To know you"}
        processing.describe_activity(ctx, "accounts", ActivityWrite(**words))
    with decide.again() as ctx:
        exported = register.export_register(ctx, "csv")

    assert "'=To know you" in exported, "a spreadsheet would have run it"
    assert exported.count("\n") >= len(STANDARDS)


def test_only_administrators_decide_about_keeping(tenant: UUID) -> None:
    paul = seller(tenant, "Paul")
    with pytest.raises(NotAllowed), Context(paul, tenant) as ctx:
        retention.put_on_hold(ctx, paul.person_id, reason="none")
    with pytest.raises(NotAllowed), Context(paul, tenant) as ctx:
        queries.preview(ctx)


def _ours() -> Iterator[type]:
    yield from (table for table in personal_tables() if table.concerns and table.__module__.startswith("salus."))
