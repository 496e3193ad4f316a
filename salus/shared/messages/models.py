"""Addresses, notices and e-mails. All words in them belong to the person they are for, and open only with their key."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from salus.formats.icalendar import Method
from salus.kernel.db import Table, one_of
from salus.kernel.fields import EncryptedText, sealed_column


class MailState(StrEnum):
    WAITING = "waiting"
    """Not sent yet; where no mail server is set, it stays so and is read in the development mailbox."""
    SENT = "sent"
    FAILED = "failed"
    """The last attempt failed. The worker tries again, unless the server refused it for good."""


class Contact(Table):
    """Where a person is reached."""

    __tablename__ = "contacts"
    called = "Addresses for e-mail"
    concerns = "person_id"
    __table_args__ = (UniqueConstraint("tenant_id", "person_id"),)

    person_id: Mapped[UUID]
    address_sealed: Mapped[bytes] = sealed_column()
    address = EncryptedText("address_sealed")


class Notice(Table):
    """One thing a person was told in the application."""

    __tablename__ = "notices"
    called = "Notices"
    concerns = "person_id"
    __table_args__ = (
        Index(None, "tenant_id", "person_id", "created_at"),
        Index("ix_notices_unread", "tenant_id", "person_id", postgresql_where=text("read_at IS NULL")),
        CheckConstraint("link LIKE '/%' AND link NOT LIKE '//%'", name="link_stays_here"),
    )

    person_id: Mapped[UUID]
    template: Mapped[str]
    title_sealed: Mapped[bytes] = sealed_column()
    title = EncryptedText("title_sealed")
    link: Mapped[str]
    """The page it is about: an address of ours, with ids only."""
    read_at: Mapped[datetime | None]


class Mail(Table):
    """One e-mail, kept as it was written."""

    __tablename__ = "mails"
    called = "E-mails"
    concerns = "person_id"
    __table_args__ = (
        Index(None, "tenant_id", "created_at"),
        one_of("state", MailState),
        one_of("calendar_method", Method),
        CheckConstraint("(calendar_sealed IS NULL) = (calendar_method IS NULL)", name="calendars_have_a_method"),
        CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name="sent_mail_knows_when"),
    )

    person_id: Mapped[UUID]
    template: Mapped[str]
    address_sealed: Mapped[bytes] = sealed_column()
    address = EncryptedText("address_sealed")
    subject_sealed: Mapped[bytes] = sealed_column()
    subject = EncryptedText("subject_sealed")
    body_sealed: Mapped[bytes] = sealed_column()
    body = EncryptedText("body_sealed")
    calendar_sealed: Mapped[bytes | None] = sealed_column()
    calendar = EncryptedText("calendar_sealed")
    """A calendar file (RFC 5545) that goes with it, for the reader's calendar program."""
    calendar_method: Mapped[Method | None]
    """What the program shall do with the file; written in the file as well."""
    state: Mapped[MailState] = mapped_column(Text, server_default=MailState.WAITING)
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    sent_at: Mapped[datetime | None]
