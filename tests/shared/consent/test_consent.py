"""A person allows one sale, knowing what they allow, and can take it back."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
import time_machine
from sqlalchemy.exc import DBAPIError

from salus.kernel.actor import SYSTEM, Actor, Role
from salus.kernel.context import Context
from salus.kernel.errors import FreshFactorNeeded, NotAllowed, NotFound
from salus.kernel.ids import new_id
from salus.kernel.operations import query
from salus.kernel.records import Record
from salus.shared.codes.rules import Purpose, PurposeProhibited, TermsContradict
from salus.shared.consent import actions, queries, reactions
from salus.shared.consent.rules.refusals import (
    AgreementNeeded,
    AlreadyAnswered,
    ConsentExpired,
    ConsentMissing,
    ConsentWithdrawn,
    NothingAsked,
    NotInForce,
    SignatureNeeded,
    TextChanged,
    TooLong,
)
from salus.shared.consent.rules.text import digest
from tests.cast import later, seller, with_factor
from tests.shared.consent.scene import DATA_SET, NORDLYS, PIA_NAME, Exchange, member, person

ADA = Actor(new_id(), frozenset({Role.PERSON, Role.ADMINISTRATOR}))


@query(roles={Role.SYSTEM})
def records_about(ctx: Context, consent_id: UUID) -> list[Record]:
    return list(ctx.db.query(Record).filter(Record.consent_id == consent_id).order_by(Record.id))


def test_what_a_person_allowed_can_be_handed_over(exchange: Exchange) -> None:
    consent_id = exchange.given()

    allowed = exchange.hand_over(consent_id)
    assert set(allowed.types) == {"HeartRate", "StepCount"}


def test_whoever_has_a_second_factor_gives_it_for_a_consent_too(tenant: UUID, exchange: Exchange) -> None:
    exchange.pia = with_factor(tenant, "Pia", seller(tenant, "Pia"))
    consent_id = exchange.ask()
    with later(minutes=6), pytest.raises(FreshFactorNeeded):
        exchange.give(consent_id)

    exchange.give(consent_id)

    assert exchange.state(consent_id) == "given"


def test_asking_is_not_a_yes(exchange: Exchange) -> None:
    with pytest.raises(ConsentMissing):
        exchange.hand_over(exchange.ask())


def test_what_was_declined_is_not_handed_over_and_cannot_be_given_after_all(exchange: Exchange) -> None:
    consent_id = exchange.ask()
    exchange.decline(consent_id)

    with pytest.raises(ConsentMissing):
        exchange.hand_over(consent_id)
    with pytest.raises(AlreadyAnswered):
        exchange.give(consent_id)


def test_a_withdrawn_consent_hands_over_nothing_and_stays_withdrawn(exchange: Exchange) -> None:
    consent_id = exchange.given()
    exchange.withdraw(consent_id, because="I changed my mind")

    with pytest.raises(ConsentWithdrawn):
        exchange.hand_over(consent_id)
    with pytest.raises(AlreadyAnswered):
        exchange.give(consent_id)
    with pytest.raises(NotInForce):
        exchange.withdraw(consent_id)


def test_a_consent_for_one_buyer_and_one_data_set_is_for_no_other(exchange: Exchange) -> None:
    consent_id = exchange.given()

    with pytest.raises(ConsentMissing):
        exchange.hand_over(consent_id, recipient_id=new_id())
    with pytest.raises(ConsentMissing):
        exchange.hand_over(consent_id, subject_id=new_id())
    with pytest.raises(ConsentMissing):
        exchange.hand_over(new_id())


def test_a_consent_lasts_for_a_year_at_most(exchange: Exchange) -> None:
    for lasting in (timedelta(days=366), timedelta(0), -timedelta(days=1)):
        with pytest.raises(TooLong):
            exchange.ask(expires_at=datetime.now(UTC) + lasting)

    exchange.given(expires_at=datetime.now(UTC) + timedelta(days=365) - timedelta(seconds=5))


def test_the_database_itself_refuses_more_than_a_year(exchange: Exchange, owner_sql) -> None:
    consent_id = exchange.ask()

    with pytest.raises(DBAPIError, match="a_year"):
        owner_sql(
            "UPDATE authorisations SET expires_at = created_at + interval '8761 hours' WHERE id = :id",
            exchange.tenant,
            id=consent_id,
        )


def test_after_its_day_a_consent_hands_over_nothing_even_before_anyone_noted_it(exchange: Exchange) -> None:
    consent_id = exchange.given(expires_at=datetime.now(UTC) + timedelta(days=1))

    with time_machine.travel(datetime.now(UTC) + timedelta(days=1, seconds=1)), pytest.raises(ConsentExpired):
        exchange.hand_over(consent_id)


def test_what_is_overdue_is_noted_as_expired_once(exchange: Exchange, owner_sql) -> None:
    given = exchange.given(expires_at=datetime.now(UTC) + timedelta(days=1))
    unanswered = exchange.ask(expires_at=datetime.now(UTC) + timedelta(days=1))
    lasting = exchange.given()

    reactions.expire_overdue(Context(SYSTEM, exchange.tenant))
    assert exchange.state(given) == "given"
    with time_machine.travel(datetime.now(UTC) + timedelta(days=2)):
        reactions.expire_overdue(Context(SYSTEM, exchange.tenant))
        reactions.expire_overdue(Context(SYSTEM, exchange.tenant))
        with pytest.raises(ConsentExpired):
            exchange.give(unanswered)
        with pytest.raises(NotInForce):
            exchange.withdraw(given)
    assert [exchange.state(one) for one in (given, unanswered, lasting)] == ["expired", "expired", "given"]
    assert owner_sql("SELECT count(*) FROM consent_events WHERE kind = 'expired'", exchange.tenant) == [(2,)]


def test_nothing_expires_before_its_day(exchange: Exchange) -> None:
    consent_id = exchange.given()

    with pytest.raises(NotInForce), Context(SYSTEM, exchange.tenant) as ctx:
        actions.expire(ctx, queries.any_consent(ctx, consent_id))


def test_a_question_nobody_answered_in_time_cannot_be_answered(exchange: Exchange) -> None:
    consent_id = exchange.ask(expires_at=datetime.now(UTC) + timedelta(days=1))

    with time_machine.travel(datetime.now(UTC) + timedelta(days=2)), pytest.raises(ConsentExpired):
        exchange.give(consent_id)


def test_a_person_agrees_to_the_text_that_is_kept_or_not_at_all(exchange: Exchange) -> None:
    consent_id = exchange.ask()

    with pytest.raises(TextChanged):
        exchange.give(consent_id, text_sha256=digest("another text"))
    assert exchange.state(consent_id) == "asked"


def test_a_text_changed_behind_everyones_back_cannot_be_agreed_to(exchange: Exchange, owner_sql) -> None:
    consent_id = exchange.ask()
    owner_sql("UPDATE authorisations SET text_sha256 = :other WHERE id = :id", exchange.tenant, **_other(consent_id))

    with pytest.raises(TextChanged):
        exchange.give(consent_id)


def _other(consent_id: UUID) -> dict[str, object]:
    return {"other": digest("another text"), "id": consent_id}


def test_a_yes_needs_the_box_and_the_name(exchange: Exchange) -> None:
    consent_id = exchange.ask()

    with pytest.raises(AgreementNeeded):
        exchange.give(consent_id, agreed=False)
    for signature in ("", "Paul", "Pia"):
        with pytest.raises(SignatureNeeded):
            exchange.give(consent_id, signature=signature)
    exchange.give(consent_id, signature="  pia   SØRENSEN ")


def test_prohibited_purposes_foolish_terms_and_empty_questions_are_not_asked(exchange: Exchange) -> None:
    with pytest.raises(PurposeProhibited):
        exchange.ask(purpose=Purpose.ADVERTISING)
    with pytest.raises(TermsContradict):
        exchange.ask(conditions=())
    with pytest.raises(NothingAsked):
        exchange.ask(types={})


def test_nobody_else_sees_answers_or_withdraws_it(exchange: Exchange) -> None:
    asked, given = exchange.ask(), exchange.given()

    for stranger in (person(), exchange.buyer, ADA):
        with Context(stranger, exchange.tenant) as ctx:
            assert queries.consents(ctx) == []
            for consent_id in (asked, given):
                with pytest.raises(NotFound):
                    queries.consent(ctx, consent_id)
    with exchange.context(exchange.pia) as ctx:
        rows = {row.id: row for row in queries.consents(ctx)}
    for deed, row in ((actions.decline, rows[asked]), (actions.withdraw, rows[given]), (queries.history, rows[given])):
        with pytest.raises(NotFound), Context(person(), exchange.tenant) as ctx:
            deed(ctx, row)
    with pytest.raises(NotFound), Context(person(), exchange.tenant) as ctx:
        actions.give(ctx, rows[asked], text_sha256=rows[asked].text_sha256, signature=PIA_NAME, agreed=True)


def test_another_tenant_finds_nothing(exchange: Exchange, other_tenant: UUID) -> None:
    consent_id = exchange.given()

    elsewhere = Exchange(other_tenant)
    elsewhere.pia, elsewhere.buyer = exchange.pia, exchange.buyer
    with pytest.raises(NotFound):
        elsewhere.withdraw(consent_id)
    with pytest.raises(ConsentMissing):
        elsewhere.hand_over(consent_id)


def test_administrators_see_states_and_nothing_of_what_was_agreed(exchange: Exchange) -> None:
    consent_id = exchange.given()

    with Context(ADA, exchange.tenant) as ctx:
        (seen,) = queries.states(ctx)
        with pytest.raises(NotFound):
            queries.receipt(ctx, consent_id)
    assert seen.state == "given"
    assert set(seen.model_dump()) == {"id", "state", "created_at", "given_at", "ended_at", "expires_at"}
    with pytest.raises(NotAllowed), exchange.context(exchange.pia) as ctx:
        queries.states(ctx)


def test_both_sides_get_a_receipt_and_the_buyers_does_not_name_the_person(exchange: Exchange) -> None:
    consent_id = exchange.given()
    with exchange.context(exchange.pia) as ctx:
        mine = queries.receipt(ctx, consent_id)
    with exchange.context(exchange.buyer) as ctx:
        theirs = queries.receipt(ctx, consent_id)
        assert queries.received(ctx) == [theirs]

    assert PIA_NAME in mine.model_dump_json()
    for hidden in (PIA_NAME, "Pia", str(exchange.pia.id)):
        assert hidden not in theirs.model_dump_json()
    assert mine.notice == theirs.notice
    assert mine.processing.types == {"HeartRate": "Heart rate", "StepCount": "Steps"}
    assert (mine.processing.data_set, mine.parties[2].id) == (DATA_SET, NORDLYS)
    assert [event.state for event in mine.events] == ["asked", "given"]


def test_there_is_no_receipt_of_what_was_never_given_nor_for_another_organisation(exchange: Exchange) -> None:
    asked, given = exchange.ask(), exchange.given()

    for actor, consent_id in ((exchange.buyer, asked), (exchange.pia, asked), (member(new_id()), given)):
        with pytest.raises(NotFound), exchange.context(actor) as ctx:
            queries.receipt(ctx, consent_id)
    with exchange.context(member(new_id())) as ctx:
        assert queries.received(ctx) == []


def test_every_step_is_proved_by_an_event_that_cannot_be_changed(exchange: Exchange) -> None:
    consent_id = exchange.given()
    exchange.withdraw(consent_id, because="too many questions")

    with exchange.context(exchange.pia) as ctx:
        found = queries.consent(ctx, consent_id)
        asked, given, withdrawn = queries.history(ctx, found)
        assert (given.words, withdrawn.words) == (PIA_NAME, "too many questions")
        assert {event.text_sha256 for event in (asked, given, withdrawn)} == {digest(found.text)}
    assert (asked.actor_id, given.actor_id) == (exchange.buyer.id, exchange.pia.id)
    assert (given.channel, given.session_id) == ("browser", exchange.pia.session_id)


def test_the_record_of_a_withdrawal_names_the_consent_and_the_person(exchange: Exchange) -> None:
    consent_id = exchange.given()
    exchange.withdraw(consent_id, because="a secret reason")

    with Context(SYSTEM, exchange.tenant) as ctx:
        told = records_about(ctx, consent_id)
    last = told[-1]
    assert [record.operation for record in told] == ["consent.ask", "consent.give", "consent.withdraw"]
    assert (last.subject_type, last.subject_id, last.person_id) == ("authorisations", consent_id, exchange.pia.id)
    assert "secret" not in str(last.facts)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE authorisations SET recipient_name = 'Somebody else'",
        "UPDATE authorisations SET expires_at = created_at + interval '1 hour'",
        "UPDATE authorisations SET text_sha256 = ''",
        "DELETE FROM authorisations",
        "UPDATE consent_events SET kind = 'declined'",
        "DELETE FROM consent_events",
        "UPDATE authorisations SET state = 'asked', given_at = NULL",
    ],
)
def test_not_even_salus_can_change_what_was_agreed(exchange: Exchange, change: str) -> None:
    exchange.given()

    with pytest.raises(DBAPIError, match=r"permission denied|cannot go from"), Context(SYSTEM, exchange.tenant) as ctx:
        run_as_salus(ctx, change)


@query(roles={Role.SYSTEM})
def run_as_salus(ctx: Context, statement: str) -> None:
    ctx._open_connection.exec_driver_sql(statement)


def test_neither_text_nor_name_nor_reason_is_kept_in_the_clear(exchange: Exchange, owner_sql) -> None:
    consent_id = exchange.given()
    exchange.withdraw(consent_id, because="private trouble")

    kept = str(owner_sql("SELECT row_to_json(a)::text FROM authorisations a", exchange.tenant))
    kept += str(owner_sql("SELECT row_to_json(e)::text FROM consent_events e", exchange.tenant))
    assert str(consent_id) in kept
    for secret in (PIA_NAME, "Your choice", "private trouble"):
        assert secret not in kept
        assert secret.encode().hex() not in kept
