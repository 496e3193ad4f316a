"""Whoever asks to be erased is gone: from tables and from files; what the law keeps says nothing of them any more."""

from collections.abc import Callable, Iterator
from email.message import EmailMessage
from uuid import UUID

import pytest

from salus.exchanges.health_data.queries import deliveries, requests
from salus.kernel.actor import SYSTEM, Actor
from salus.kernel.context import Context
from salus.kernel.keys import KeyDestroyed
from salus.kernel.settings import settings
from salus.shared.consent import queries as consent
from salus.shared.messages import gateways as post
from salus.shared.money import queries as money
from salus.shared.people import queries as people
from salus.shared.people.rules import PasswordNotRight
from salus.shared.privacy.actions import erasures as actions
from salus.shared.privacy.models import Erasure, ErasureState
from salus.shared.privacy.queries import erasures as queries
from salus.shared.privacy.reactions.erasures import carry_out_due
from salus.shared.privacy.rules import (
    CONFIRMATION,
    ErasureUnderWay,
    NotMeant,
    ObligationsOpen,
    TooLateToCancel,
)
from salus.shared.records import queries as records
from salus.shared.records import sealing, verification
from salus.shared.records.schemas import Sought
from salus.worker import settle_everything
from tests.cast import PASSWORD, email_of, later, seller, sign_up, signed_in
from tests.shared.money.till import IBAN
from tests.shared.privacy.scene import MARKS, Life, fresh, live, pay_out
from tests.shared.privacy.search import everything_readable, marks_in
from tests.world import Sql, till_of

HERS = [*MARKS.values(), email_of("Pia"), IBAN.replace(" ", "")]


class Mailbox:
    """A mail server that keeps what it is given."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []

    def send(self, message: EmailMessage) -> None:
        self.mails.append(message)


def ask(life: Life, confirmation: str = CONFIRMATION, password: str = PASSWORD) -> Erasure:
    with life.as_pia() as ctx:
        return actions.ask_erasure(ctx, confirmation=confirmation, current_password=password)


def carry_out(life: Life) -> None:
    """What the worker does when the two weeks are over."""
    settle_everything()
    with later(days=14, minutes=1):
        carry_out_due(Context(SYSTEM, life.tenant))
    settle_everything()


@pytest.fixture(scope="module")
def mailbox() -> Iterator[Mailbox]:
    box = Mailbox()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(post, "post_office", lambda: box)
        yield box


@pytest.fixture(scope="module")
def before(found_tenant: Callable[[str], UUID], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Life]:
    """Pia's life, with all she earned paid out."""
    tenant = found_tenant("Leavingland")
    with till_of(tenant) as till:
        life = live(tenant, till, tmp_path_factory.mktemp("leaving"))
        pay_out(life)
        yield life


@pytest.fixture(scope="module")
def erased(before: Life, mailbox: Mailbox) -> Life:
    """The same, after she asked and the two weeks went by."""
    assert marks_in(everything_readable(before.tenant), HERS) == HERS
    sealing.seal(before.tenant)
    ask(before)
    carry_out(before)
    return before


def test_nothing_of_hers_is_found_in_any_table(erased: Life) -> None:
    assert marks_in(everything_readable(erased.tenant), HERS) == []


def test_her_files_are_gone_from_the_store(erased: Life, owner_sql: Sql) -> None:
    owners = {row[0] for row in owner_sql("SELECT owner_id FROM files", erased.tenant)}
    kept = {str(row[0]) for row in owner_sql("SELECT id FROM files WHERE state = 'kept'", erased.tenant)}
    blobs = [path.name for path in (settings().home / "files" / erased.tenant.hex).glob("??/*")]

    assert erased.pia.id not in owners
    assert {str(UUID(name)) for name in blobs} == kept


def test_what_is_encrypted_for_her_never_opens_again(erased: Life) -> None:
    with Context(SYSTEM, erased.tenant) as ctx:
        kept = consent.any_consent(ctx, erased.sold.authorisation_id)

        with pytest.raises(KeyDestroyed):
            _ = kept.person_name


def test_the_books_still_balance_and_the_log_is_whole(erased: Life) -> None:
    with erased.as_ada() as ctx:
        assert set(money.trial_balance(ctx).balances.values()) == {0}
        assert money.drifted_accounts(ctx) == []
    sealing.seal(erased.tenant)

    assert verification.verify(erased.tenant).is_whole


def test_the_proof_of_her_consents_stays_under_her_number(erased: Life, owner_sql: Sql) -> None:
    states = "SELECT state, count(*) FROM authorisations WHERE person_id = :her GROUP BY state"

    assert owner_sql(states, erased.tenant, her=erased.pia.id) == [("withdrawn", 2)]


def test_whoever_had_her_data_is_told_to_delete_it(erased: Life, owner_sql: Sql) -> None:
    told = "SELECT person_id FROM notices WHERE template = 'privacy/delete-your-copy'"

    assert owner_sql(told, erased.tenant) == [(erased.trade.buyer.id,)]


def test_she_gets_one_last_letter_that_leaves_nothing_behind(erased: Life, mailbox: Mailbox) -> None:
    last = [mail for mail in mailbox.mails if mail["To"] == email_of("Pia")][-1]

    assert last["Subject"] == "Everything about you is erased"


def test_she_is_signed_out_and_can_make_a_new_account(erased: Life, owner_sql: Sql) -> None:
    assert owner_sql("SELECT count(*) FROM sessions WHERE user_id = :her", erased.tenant, her=erased.pia.id) == [(0,)]
    sign_up(erased.tenant, "Pia")

    assert signed_in(erased.tenant, "Pia").id != erased.pia.id


def test_administrators_see_that_it_was_done_and_what_went(erased: Life) -> None:
    with erased.as_ada() as ctx:
        done = next(one for one in queries.erasures(ctx) if one.person_id == erased.pia.id)

    assert done.state == ErasureState.DONE
    assert done.removed["health_series"] > 0
    assert done.recipients == [erased.trade.buyer.organisation_id]


def test_all_that_others_look_at_still_opens(erased: Life) -> None:
    """Names that nobody can read any more must not close a list to everybody else."""
    with erased.as_ada() as ctx:
        assert erased.pia.id not in {one.id for one in people.people(ctx)}
        assert "An erased account" in records.records(ctx, Sought(person_id=erased.pia.id)).names.values()
        assert money.latest_payments(ctx)
    with Context(erased.trade.buyer, erased.tenant) as ctx:
        assert requests.requests(ctx) == []
        assert deliveries.library(ctx) == []
        assert all(money.invoice_document(ctx, one.id) for one in money.invoices(ctx))
        assert consent.received(ctx)


@pytest.fixture
def own(tenant: UUID, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Life]:
    """A life of one's own for tests that stop before the end."""
    with till_of(tenant) as till:
        yield live(tenant, till, tmp_path_factory.mktemp("own"))


def test_somebody_who_is_owed_money_is_told_what_to_do_first(own: Life) -> None:
    with pytest.raises(ObligationsOpen, match="Ask for a payout under Earnings first"):
        ask(own)


def test_a_slip_or_a_wrong_password_erases_nobody(tenant: UUID) -> None:
    paul = seller(tenant, "Paul")
    with pytest.raises(NotMeant), Context(paul, tenant) as ctx:
        actions.ask_erasure(ctx, confirmation="yes", current_password=PASSWORD)
    with pytest.raises(PasswordNotRight), Context(paul, tenant) as ctx:
        actions.ask_erasure(ctx, confirmation=CONFIRMATION, current_password="not hers")


def test_until_the_two_weeks_are_over_one_may_change_ones_mind(tenant: UUID, owner_sql: Sql) -> None:
    paul = seller(tenant, "Paul")
    with Context(paul, tenant) as ctx:
        asked = actions.ask_erasure(ctx, confirmation=CONFIRMATION, current_password=PASSWORD)
    with pytest.raises(ErasureUnderWay), Context(paul, tenant) as ctx:
        actions.ask_erasure(ctx, confirmation=CONFIRMATION, current_password=PASSWORD)
    with later(days=13):
        carry_out_due(Context(SYSTEM, tenant))
        with Context(paul, tenant) as ctx:
            actions.cancel_erasure(ctx, queries.one_of_mine(ctx, asked.id))
    with later(days=15):
        carry_out_due(Context(SYSTEM, tenant))

    assert owner_sql("SELECT state FROM privacy_erasures", tenant) == [("cancelled",)]
    with pytest.raises(TooLateToCancel), Context(paul, tenant) as ctx:
        actions.cancel_erasure(ctx, queries.one_of_mine(ctx, asked.id))


def test_an_administrator_need_not_wait_if_the_person_wants_it_at_once(
    ada: Actor, tenant: UUID, owner_sql: Sql
) -> None:
    paul = seller(tenant, "Paul")
    with Context(fresh(ada), tenant) as ctx:
        asked = actions.ask_for_somebody(ctx, paul.person_id)
    with Context(fresh(ada), tenant) as ctx:
        actions.carry_out_now(ctx, queries.erasure(ctx, asked.id))
    settle_everything()

    assert owner_sql("SELECT state FROM privacy_erasures", tenant) == [("done",)]
