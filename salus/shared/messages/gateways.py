"""The post office: SMTP where a server is set, and otherwise nothing, because mails are read at `/dev/mail`."""

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from typing import Protocol
from urllib.parse import unquote, urlsplit
from uuid import UUID

from salus.kernel.breaker import breaker
from salus.kernel.errors import Refusal, Unavailable
from salus.kernel.settings import settings
from salus.shared.messages.letters import CalendarPart

TIMEOUT_S = 10
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


PERMANENT = 500
"""Replies from here on are for good: the same again SHOULD NOT be asked (RFC 5321, 4.2.1)."""


class MailNotTaken(Unavailable):
    message = "The mail server did not take the e-mail."


class MailRefused(Refusal):
    """The server says for good that it takes no such e-mail: the mailbox is unknown, or the words are. It works."""

    message = "The mail server does not take this e-mail, now or later."


class PostOffice(Protocol):
    def send(self, message: EmailMessage) -> None:
        """Hand the message over.

        Raises MailNotTaken if the server does not answer or says later, MailRefused if it says never, and CircuitOpen
        or Busy where it was not asked at all.
        """


class Smtp:
    """A mail server by its address: `smtp://user:password@host:587` (with STARTTLS) or `smtps://…`.

    Only in development, or to this machine itself, are mails sent in the clear where the server offers nothing else.
    """

    def __init__(self, url: str) -> None:
        self.url = urlsplit(url)

    @property
    def place(self) -> str:
        """Where it is, without the password that its address may hold."""
        return self.url.netloc.rpartition("@")[2]

    def send(self, message: EmailMessage) -> None:
        with breaker(f"mail:{self.place}").call():
            try:
                with self._connection() as server:
                    server.send_message(message)
            except (OSError, smtplib.SMTPException) as error:
                raise (MailRefused if _is_for_good(error) else MailNotTaken) from error

    @contextmanager
    def _connection(self) -> Iterator[smtplib.SMTP]:
        host, user = self.url.hostname or "", unquote(self.url.username or "")
        trusted = ssl.create_default_context()
        if self.url.scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(host, self.url.port or 465, timeout=TIMEOUT_S, context=trusted)
        else:
            server = smtplib.SMTP(host, self.url.port or 587, timeout=TIMEOUT_S)
        with server:
            if self.url.scheme == "smtp":
                server.ehlo_or_helo_if_needed()
                if server.has_extn("starttls"):
                    server.starttls(context=trusted)
                elif not (settings().is_development or host in LOOPBACK):
                    raise MailNotTaken("The mail server offers no encryption.")
            if user:
                # smtplib refuses by itself to log in where the server offers no way that it knows.
                server.login(user, unquote(self.url.password or ""))
            yield server


def _is_for_good(error: OSError) -> bool:
    """Whether it is about this e-mail, and not about the server or how it is reached."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= PERMANENT for code, _ in error.recipients.values())
    return isinstance(error, smtplib.SMTPDataError) and error.smtp_code >= PERMANENT


def post_office() -> PostOffice | None:
    """The mail server of this installation; None in development without one.

    Raises MailNotTaken in production without one: the worker then keeps the mail and tries again.
    """
    if settings().smtp_url:
        return Smtp(settings().smtp_url)
    if settings().is_development:
        return None
    raise MailNotTaken("No mail server is set (SALUS_SMTP_URL).")


def message(
    mail_id: UUID, *, to: str, subject: str, body: str, at: datetime, calendar: CalendarPart | None = None
) -> EmailMessage:
    """An e-mail as servers want it. Raises ValueError for a subject or an address that would add a header.

    Its Message-ID is the mail's own id, so a mail server can drop one that a crash made us hand over twice. A calendar
    file is another form of the same message (RFC 6047, 2.2): a program that can shows it in the place of the words.
    """
    name, sender = parseaddr(settings().mail_from)
    local, _, domain = to.rpartition("@")
    made = EmailMessage(policy=SMTP)
    made["From"] = Address(name, addr_spec=sender)
    made["To"] = Address(username=local, domain=domain)
    made["Subject"] = subject
    made["Date"] = format_datetime(at)
    made["Message-ID"] = f"<{mail_id}@{sender.rpartition('@')[2]}>"
    made["Auto-Submitted"] = "auto-generated"
    made.set_content(body)
    if calendar is not None:
        # Some servers let only seven bits through, and change lines on the way.
        parameters = {"method": calendar.method.value}
        made.add_alternative(calendar.file, subtype="calendar", cte="base64", params=parameters)
    return made
