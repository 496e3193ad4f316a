"""Nobody gets at data except through an operation that names who may."""

from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Mapped

from salus.kernel import operations as kernel_operations
from salus.kernel.actor import Actor, Role
from salus.kernel.context import Context, nobody
from salus.kernel.db import Table
from salus.kernel.errors import FreshFactorNeeded, GuardError, NotAllowed, Refusal, ScopeMissing, SignInNeeded
from salus.kernel.fields import EncryptedText, sealed_column
from salus.kernel.ids import new_id
from salus.kernel.operations import EVERYTHING, WITHIN, action, admit, operation_of, query
from salus.kernel.records import Record


class Diary(Table):
    """A table for these tests alone."""

    __tablename__ = "test_diaries"

    person_id: Mapped[UUID]
    title: Mapped[str]
    secret_sealed: Mapped[bytes | None] = sealed_column()
    secret = EncryptedText("secret_sealed")


class Torn(Refusal):
    keeps = True


@action(roles={Role.SELLER})
def write_diary(ctx: Context, title: str, secret: str | None = None) -> Diary:
    diary = Diary(person_id=ctx.actor.person_id, title=title, secret=secret)
    ctx.db.add(diary)
    return diary


@action(roles={Role.SELLER})
def retitle(ctx: Context, diary: Diary, title: str) -> Diary:
    diary.title = title
    return diary


@action(roles=WITHIN)
def bind(ctx: Context, diary: Diary) -> Diary:
    diary.title += " (bound)"
    return diary


@action(roles={Role.SELLER})
def finish(ctx: Context, diary: Diary) -> Diary:
    return bind(ctx, diary)


@action(roles={Role.SELLER})
def tear(ctx: Context, diary: Diary) -> None:
    diary.title = "torn"
    raise Torn


@query(roles={Role.SELLER, Role.ADMINISTRATOR}, discloses=True)
def diary(ctx: Context, diary_id: UUID) -> Diary:
    found = ctx.get(Diary, diary_id)
    ctx.tell(person_id=found.person_id)
    return found


@action(roles={Role.SELLER}, step_up=True)
def burn(ctx: Context, diary: Diary) -> Diary:
    diary.title = "ashes"
    return diary


@query(roles={Role.ANYONE})
def sneaky_write(ctx: Context, row: Diary) -> None:
    row.title = "changed by a question"
    ctx.db.flush()


@query(roles={Role.ADMINISTRATOR})
def all_records(ctx: Context) -> list[Record]:
    return list(ctx.db.scalars(select(Record).order_by(Record.id)))


@pytest.fixture
def pia() -> Actor:
    return Actor(new_id(), frozenset({Role.PERSON, Role.SELLER}))


@pytest.fixture
def ada() -> Actor:
    return Actor(new_id(), frozenset({Role.PERSON, Role.ADMINISTRATOR}))


def records_of(tenant: UUID, ada: Actor) -> list[Record]:
    with Context(ada, tenant) as ctx:
        return all_records(ctx)


def test_an_action_leaves_a_record_with_names_of_fields_and_no_values(tenant: UUID, pia: Actor, ada: Actor) -> None:
    with Context(pia, tenant, correlation_id="c1") as ctx:
        made = write_diary(ctx, "Monday")
        retitle(ctx, made, "Tuesday")

    first, second = records_of(tenant, ada)
    assert (first.operation, first.outcome, first.subject_id) == (
        f"{__name__.split('.')[0]}.write_diary",
        "done",
        made.id,
    )
    assert (second.fields, second.actor_id, second.correlation_id) == (["test_diaries.title"], pia.id, "c1")


@pytest.mark.parametrize("minutes", [None, 5.1])
def test_what_could_do_great_harm_asks_for_a_fresh_second_factor(
    minutes: float | None, tenant: UUID, pia: Actor
) -> None:
    given_at = None if minutes is None else datetime.now(UTC) - timedelta(minutes=minutes)
    with Context(pia, tenant) as ctx:
        made = write_diary(ctx, "Monday")
    with pytest.raises(FreshFactorNeeded), Context(replace(pia, factor_at=given_at), tenant) as ctx:
        burn(ctx, made)

    with Context(replace(pia, factor_at=datetime.now(UTC)), tenant) as ctx:
        assert burn(ctx, made).title == "ashes"


@pytest.mark.parametrize(
    ("scope", "is_let_in"),
    [("M.write_diary", True), ("M:write", True), (EVERYTHING, True), ("M:read", False), ("M.bind", False), ("", False)],
)
def test_a_program_comes_in_only_where_its_scopes_lead(
    scope: str, is_let_in: bool, tenant: UUID, pia: Actor, ada: Actor
) -> None:
    program = replace(pia, scopes=frozenset({scope.replace("M", __name__.split(".")[0])}), through="key/1")
    refused = nullcontext() if is_let_in else pytest.raises(ScopeMissing)
    with refused, Context(program, tenant) as ctx:
        admit(ctx, operation_of(write_diary))

    assert [(each.outcome, each.channel) for each in records_of(tenant, ada)] == [("refused", "key/1")] * (
        not is_let_in
    )


def test_a_deed_that_fails_leaves_neither_data_nor_record(tenant: UUID, pia: Actor, ada: Actor) -> None:
    with pytest.raises(ZeroDivisionError), Context(pia, tenant) as ctx:
        write_diary(ctx, "Monday")
        1 / 0  # noqa: B018

    assert records_of(tenant, ada) == []


def test_somebody_without_the_role_is_refused_and_that_is_recorded(tenant: UUID, ada: Actor) -> None:
    with pytest.raises(NotAllowed), Context(ada, tenant) as ctx:
        write_diary(ctx, "Not mine to write")

    (refusal,) = records_of(tenant, ada)
    assert (refusal.outcome, refusal.actor_id) == ("refused", ada.id)


def test_somebody_not_signed_in_is_asked_to(tenant: UUID) -> None:
    with pytest.raises(SignInNeeded), nobody(tenant) as ctx:
        write_diary(ctx, "Who am I?")


def test_reading_somebodys_data_leaves_a_record_that_names_them(tenant: UUID, pia: Actor, ada: Actor) -> None:
    with Context(pia, tenant) as ctx:
        made = write_diary(ctx, "Monday")
    with Context(ada, tenant, purpose="complaint 17") as ctx:
        diary(ctx, made.id)

    seen = records_of(tenant, ada)[-1]
    assert (seen.outcome, seen.person_id, seen.actor_id, seen.purpose) == ("read", pia.id, ada.id, "complaint 17")


def test_data_is_out_of_reach_without_an_operation(tenant: UUID, pia: Actor) -> None:
    with Context(pia, tenant) as ctx:
        with pytest.raises(GuardError):
            _ = ctx.db
        with pytest.raises(GuardError):
            ctx._open_session.execute(select(Diary))


def test_a_question_cannot_change_anything(tenant: UUID, pia: Actor) -> None:
    with pytest.raises(GuardError), Context(pia, tenant) as ctx:
        sneaky_write(ctx, write_diary(ctx, "Monday"))


def test_a_row_changed_after_its_action_is_refused(tenant: UUID, pia: Actor) -> None:
    with pytest.raises(GuardError), Context(pia, tenant) as ctx:
        made = write_diary(ctx, "Monday")
        made.title = "changed behind everyone's back"


def test_a_bulk_update_outside_an_action_is_refused(tenant: UUID, pia: Actor) -> None:
    @query(roles={Role.ANYONE})
    def bulk(ctx: Context) -> None:
        ctx.db.execute(update(Diary).values(title="all the same"))

    with pytest.raises(GuardError), Context(pia, tenant) as ctx:
        bulk(ctx)


def test_a_step_is_not_an_operation_of_its_own(tenant: UUID, pia: Actor) -> None:
    with Context(pia, tenant) as ctx:
        made = write_diary(ctx, "Monday")
        assert finish(ctx, made).title == "Monday (bound)"
        with pytest.raises(GuardError):
            bind(ctx, made)


def test_a_refusal_that_keeps_is_committed_and_recorded(tenant: UUID, pia: Actor, ada: Actor) -> None:
    with Context(pia, tenant) as ctx:
        made = write_diary(ctx, "Monday")
    with pytest.raises(Torn), Context(pia, tenant) as ctx:
        tear(ctx, diary(ctx, made.id))

    with Context(pia, tenant) as ctx:
        assert diary(ctx, made.id).title == "torn"
    assert "refused" in [record.outcome for record in records_of(tenant, ada)]


def test_a_secret_is_kept_encrypted_and_opens_only_for_its_row(tenant: UUID, pia: Actor, owner_sql) -> None:
    with Context(pia, tenant) as ctx:
        made = write_diary(ctx, "Monday", secret="I am afraid of needles")
        other = write_diary(ctx, "Tuesday", secret="something else")

    with Context(pia, tenant) as ctx:
        assert diary(ctx, made.id).secret == "I am afraid of needles"
    ((kept,),) = owner_sql("SELECT secret_sealed FROM test_diaries WHERE id = :id", tenant, id=made.id)
    assert b"needles" not in bytes(kept)
    owner_sql("UPDATE test_diaries SET secret_sealed = :kept WHERE id = :id", tenant, kept=kept, id=other.id)
    with Context(pia, tenant) as ctx, pytest.raises(ValueError, match="does not open"):
        _ = diary(ctx, other.id).secret


def test_another_tenant_sees_nothing(tenant: UUID, other_tenant: UUID, pia: Actor) -> None:
    with Context(pia, tenant) as ctx:
        made = write_diary(ctx, "Monday")

    with pytest.raises(Refusal), Context(pia, other_tenant) as ctx:
        diary(ctx, made.id)


def test_an_operation_without_roles_cannot_even_be_written() -> None:
    with pytest.raises(TypeError):
        kernel_operations.action()  # type: ignore[call-arg]
