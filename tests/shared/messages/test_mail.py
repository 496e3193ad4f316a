"""What leaves the house, and how."""

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import BinaryIO
from uuid import UUID

import pytest
from icalendar import Calendar

from salus.formats.icalendar import Entry, Method, calendar
from salus.kernel import settings as settings_module
from salus.kernel.actor import SYSTEM, Actor, Role
from salus.kernel.breaker import State, breaker
from salus.kernel.context import Context, nobody
from salus.kernel.errors import NotFound
from salus.kernel.ids import new_id
from salus.kernel.metrics import BREAKER_STATE
from salus.kernel.operations import action
from salus.shared.messages import actions as messages
from salus.shared.messages import gateways, queries, rules
from salus.shared.messages.letters import CalendarPart
from salus.shared.people import actions
from salus.shared.services.queries import services
from salus.shared.services.reactions import note_services
from salus.worker import GIVE_UP_AFTER, GIVE_UP_OUTAGE_AFTER, settle_everything
from tests.cast import PASSWORD, buyer, email_of, seller, sign_up
from tests.cast import letters as letters_to


@action(roles={Role.PERSON})
def call_together(ctx: Context, person_id: UUID, file: str) -> None:
    """An operation that asks somebody to come, as those of other modules do."""
    part = CalendarPart(Method.REQUEST, file)
    messages.write_to(ctx, person_id, "people/recovery-code-used", link="/account", calendar=part, left=3)


@action(roles={Role.PERSON})
def write_once(ctx: Context, person_id: UUID) -> None:
    messages.write_to(ctx, person_id, "people/recovery-code-used", link="/account", left=3)


class MailServer:
    """Speaks just enough SMTP (RFC 5321) to take a mail, to refuse it, or to hang."""

    def __init__(self) -> None:
        self.taken: list[EmailMessage] = []
        self.is_refusing = False
        self.knows_nobody = False
        self.speaks = threading.Event()
        """Until it is set, callers hear nothing."""
        self.speaks.set()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"smtp://127.0.0.1:{self._listening.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def close(self) -> None:
        self.speaks.set()
        # Closing alone would not wake the thread that waits for the next caller.
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join()

    def _serve(self) -> None:
        while True:
            try:
                caller, _ = self._listening.accept()
            except OSError:
                return
            # Whoever hung up meanwhile is talked to in vain.
            with suppress(OSError), caller, caller.makefile("rwb", buffering=0) as wire:
                self._talk(wire)

    def _talk(self, wire: BinaryIO) -> None:
        self.speaks.wait()
        wire.write(b"220 ready\r\n")
        while line := wire.readline():
            verb = line[:4].upper().strip()
            if verb == b"MAIL" and self.is_refusing:
                wire.write(b"451 not now\r\n")
            elif verb == b"RCPT" and self.knows_nobody:
                wire.write(b"550 no such mailbox\r\n")
            elif verb == b"DATA":
                wire.write(b"354 go on\r\n")
                lines = iter(wire.readline, b".\r\n")
                message = message_from_bytes(b"".join(lines), policy=policy.default)
                self.taken.append(message)  # type: ignore[arg-type]
                wire.write(b"250 taken\r\n")
            else:
                wire.write(b"221 bye\r\n" if verb == b"QUIT" else b"250 fine\r\n")


@pytest.fixture
def mail_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[MailServer]:
    settle_everything()
    server = MailServer()
    monkeypatch.setenv("SALUS_SMTP_URL", server.url)
    settings_module.settings.cache_clear()
    yield server
    server.close()
    monkeypatch.undo()
    settings_module.settings.cache_clear()


@pytest.fixture
def production(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("SALUS_ENVIRONMENT", "production")
    settings_module.settings.cache_clear()
    yield
    monkeypatch.undo()
    settings_module.settings.cache_clear()


def state_of_mails(tenant: UUID, owner_sql) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = owner_sql("SELECT state, attempts FROM mails ORDER BY id", tenant)
    return rows


def sign_up_by_mail(tenant: UUID) -> None:
    with nobody(tenant) as ctx:
        actions.sign_up(ctx, name="Pia", email=email_of("Pia"), password=PASSWORD)
    settle_everything()


def test_a_mail_is_sent_in_the_background(tenant: UUID, mail_server: MailServer, owner_sql) -> None:
    sign_up_by_mail(tenant)

    (sent,) = mail_server.taken
    assert (sent["To"], sent["Subject"]) == (email_of("Pia"), "Please confirm your e-mail address")
    assert sent["From"] == "Salus <no-reply@salus.invalid>"
    assert "/verify?token=" in sent.get_content()
    assert state_of_mails(tenant, owner_sql) == [("sent", 1)]


def test_a_mail_that_is_not_taken_is_sent_later(tenant: UUID, mail_server: MailServer, owner_sql) -> None:
    mail_server.is_refusing = True
    sign_up_by_mail(tenant)
    assert state_of_mails(tenant, owner_sql) == [("failed", 1)]

    mail_server.is_refusing = False
    owner_sql("UPDATE owed SET due_at = now() WHERE reaction = 'messages.send'")
    settle_everything()

    assert len(mail_server.taken) == 1
    assert state_of_mails(tenant, owner_sql) == [("sent", 2)]


def test_a_mail_server_that_hangs_is_left_alone_and_gets_every_mail_once_it_is_back(
    tenant: UUID, pia: Actor, ada: Actor, mail_server: MailServer, owner_sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateways, "TIMEOUT_S", 0.1)
    mail_server.speaks.clear()
    with Context(pia, tenant) as ctx:
        for _ in range(7):
            write_once(ctx, pia.person_id)
    settle_everything()

    circuit = breaker(f"mail:{mail_server.url.removeprefix('smtp://')}")
    assert state_of_mails(tenant, owner_sql)[-7:] == [("failed", 1)] * 5 + [("waiting", 0)] * 2
    assert BREAKER_STATE.labels(circuit.name)._value.get() == list(State).index(State.OPEN)
    note_services(Context(SYSTEM, tenant))
    with Context(ada, tenant) as ctx:
        shown = {one.service: (one.title, one.state) for one in services(ctx)}
    assert shown[circuit.name] == (circuit.name.replace("mail:", "Mail server, "), State.OPEN)

    mail_server.speaks.set()
    monkeypatch.setattr(circuit, "_clock", lambda: circuit._circuit.since + 10)
    owner_sql("UPDATE owed SET due_at = now() WHERE reaction = 'messages.send'")
    settle_everything()

    assert len(mail_server.taken) == 7
    assert {state for state, _ in state_of_mails(tenant, owner_sql)[-7:]} == {"sent"}
    assert circuit.reading().state is State.CLOSED


def test_a_mail_outlives_a_mail_server_that_is_away_for_days(tenant: UUID, mail_server: MailServer, owner_sql) -> None:
    mail_server.is_refusing = True
    sign_up_by_mail(tenant)

    def after(attempts: int) -> bool:
        """Whether it is given up once it failed so many times."""
        its = "reaction = 'messages.send' AND tenant_id = :t"
        owner_sql(f"UPDATE owed SET due_at = now(), attempts = :n - 1 WHERE {its}", t=tenant, n=attempts)
        settle_everything()
        ((given_up,),) = owner_sql(f"SELECT given_up FROM owed WHERE {its}", t=tenant)
        return bool(given_up)

    assert [after(GIVE_UP_AFTER), after(GIVE_UP_OUTAGE_AFTER)] == [False, True]
    owner_sql("DELETE FROM owed WHERE tenant_id = :t", t=tenant)


def test_an_address_that_nobody_has_is_not_written_to_again_and_says_nothing_of_the_server(
    tenant: UUID, mail_server: MailServer, owner_sql
) -> None:
    mail_server.knows_nobody = True
    sign_up_by_mail(tenant)

    assert state_of_mails(tenant, owner_sql) == [("failed", 1)]
    assert owner_sql("SELECT 1 FROM owed WHERE reaction = 'messages.send' AND tenant_id = :t", t=tenant) == []
    assert breaker(f"mail:{mail_server.url.removeprefix('smtp://')}").reading().failures == 0


def test_an_invitation_is_for_readers_and_for_their_calendars(
    tenant: UUID, pia: Actor, mail_server: MailServer, owner_sql
) -> None:
    """Two forms of one message, by RFC 6047: some programs show only what they find in such a part."""
    starts, ends = datetime(2027, 3, 1, 12, tzinfo=UTC), datetime(2027, 3, 1, 13, tzinfo=UTC)
    settle_everything()
    told = Entry("1@salus.example", starts, ends, "Europe/Helsinki", "Käynti", starts)
    with Context(pia, tenant) as ctx:
        call_together(ctx, pia.person_id, calendar([told], method=Method.REQUEST).decode())
    settle_everything()

    sent = mail_server.taken[-1]
    assert sent.get_content_type() == "multipart/alternative"
    words, file = sent.iter_parts()
    assert words.get_content_type() == "text/plain"
    assert file.get_content_type() == "text/calendar"
    assert (file.get_param("method"), file.get_param("charset")) == ("REQUEST", "utf-8")
    (event,) = Calendar.from_ical(file.get_content()).events
    assert (event["SUMMARY"], event.start) == ("Käynti", starts)
    assert b"SUMMARY".hex() not in str(owner_sql("SELECT row_to_json(mails)::text FROM mails", tenant))


def test_in_production_no_mail_leaves_this_machine_in_the_clear(
    mail_server: MailServer, production: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    letter = gateways.message(new_id(), to="pia@people.example", subject="Hello", body="Pia", at=datetime.now(UTC))
    gateways.Smtp(mail_server.url).send(letter)
    assert len(mail_server.taken) == 1

    monkeypatch.setattr(gateways, "LOOPBACK", frozenset())  # as if it were somebody else's
    with pytest.raises(gateways.MailNotTaken, match="no encryption"):
        gateways.Smtp(mail_server.url).send(letter)
    assert len(mail_server.taken) == 1


def test_a_repeated_reaction_sends_nothing_twice(tenant: UUID, mail_server: MailServer, owner_sql) -> None:
    sign_up_by_mail(tenant)

    owner_sql(
        "INSERT INTO owed (id, tenant_id, record_id, reaction)"
        " SELECT gen_random_uuid(), tenant_id, id, 'messages.send' FROM records WHERE operation = 'messages.post'",
        tenant,
    )
    settle_everything()

    assert len(mail_server.taken) == 1


def test_without_a_server_a_mail_waits_in_the_development_mailbox(tenant: UUID, owner_sql) -> None:
    sign_up_by_mail(tenant)

    assert state_of_mails(tenant, owner_sql) == [("waiting", 0)]
    with nobody(tenant) as ctx:
        (mail,) = queries.mails(ctx)
        assert queries.mail(ctx, mail.id).subject == "Please confirm your e-mail address"


@pytest.mark.usefixtures("production")
def test_production_has_no_development_mailbox(tenant: UUID) -> None:
    with pytest.raises(NotFound), nobody(tenant) as ctx:
        queries.mails(ctx)
    with pytest.raises(NotFound), nobody(tenant) as ctx:
        queries.mail(ctx, new_id())


@pytest.mark.usefixtures("production")
def test_production_does_not_pretend_that_a_mail_was_sent() -> None:
    with pytest.raises(gateways.MailNotTaken):
        gateways.post_office()


def test_the_mailbox_is_each_tenants_own(tenant: UUID, other_tenant: UUID) -> None:
    sign_up_by_mail(tenant)

    with nobody(other_tenant) as ctx:
        assert queries.mails(ctx) == []


def test_a_mail_is_kept_encrypted(tenant: UUID, owner_sql) -> None:
    sign_up(tenant, "Pia")

    kept = str(owner_sql("SELECT row_to_json(mails)::text FROM mails", tenant))
    for secret in (b"token=", b"confirm", email_of("Pia").encode()):
        assert secret.hex() not in kept


@pytest.mark.parametrize(
    ("to", "subject"),
    [
        ("pia@people.example\r\nBcc: all@people.example", "Hello"),
        ("pia@people.example", "Hello\r\nBcc: all@people.example"),
        ("pia@people.example", "Hello\nBcc: all@people.example"),
    ],
)
def test_nothing_adds_a_header_to_a_mail(tenant: UUID, to: str, subject: str) -> None:
    with nobody(tenant) as ctx, pytest.raises(ValueError, match=r"CR or LF|linefeed"):
        gateways.message(new_id(), to=to, subject=subject, body="", at=ctx.now)


def test_letters_beyond_ascii_arrive_whole(tenant: UUID) -> None:
    with nobody(tenant) as ctx:
        made = gateways.message(new_id(), to="päivi@people.example", subject="Grüße", body="ж", at=ctx.now)

    parsed = message_from_bytes(made.as_bytes(policy=policy.SMTPUTF8), policy=policy.default)
    assert (parsed["Subject"], parsed["To"]) == ("Grüße", "päivi@people.example")


def test_mails_say_what_waits_and_nothing_about_anybody(tenant: UUID) -> None:
    """Neither names nor addresses of the reader or of others, nor amounts: a mailbox is read by more than its owner."""
    seller(tenant, "Pia")
    buyer(tenant, "Bruno", organisation="Helix Research")

    every = [letter for name in ("Pia", "Bruno", "Ada") for letter in letters_to(tenant, name)]
    assert len(every) >= 4
    for letter in every:
        words = f"{letter.subject} {letter.body}"
        for telling in ("Pia", "Bruno", "Ada", "Helix", "people.example", PASSWORD, "€", "EUR"):
            assert telling not in words


@pytest.mark.parametrize(
    ("installation", "hosts", "home"),
    [
        ("http://127.0.0.1:8000", [], "http://127.0.0.1:8000"),
        ("https://salus.example", ["salus.example"], "https://salus.example"),
        ("https://salus.example", ["nord.example", "north.example"], "https://nord.example"),
        ("http://localhost:8000", ["nord.test"], "http://nord.test:8000"),
    ],
)
def test_a_link_leads_to_the_readers_own_exchange(installation: str, hosts: list[str], home: str) -> None:
    assert rules.home(installation, hosts) == home
