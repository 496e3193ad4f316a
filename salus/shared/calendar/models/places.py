"""Where appointments take place, and who and what is needed for them."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, CheckConstraint, Identity, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from salus.kernel.db import Table, one_of, references


class ResourceKind(StrEnum):
    PRACTITIONER = "practitioner"
    ROOM = "room"
    DEVICE = "device"
    PERSON = "person"
    """Whoever comes: nobody can be in two places either."""


class Location(Table):
    """A practice, or one of its places. Its zone says what its clocks show."""

    __tablename__ = "locations"
    concerns = None
    __table_args__ = (
        Index(None, "tenant_id", "organisation_id"),
        CheckConstraint("country ~ '^[A-Z]{2}$'", name="country_is_iso_3166"),
    )

    organisation_id: Mapped[UUID] = references("organisations")
    name: Mapped[str]
    address_lines: Mapped[list[str]] = mapped_column(server_default=text("'{}'"))
    postal_code: Mapped[str] = mapped_column(server_default="")
    city: Mapped[str]
    country: Mapped[str]
    subdivision: Mapped[str | None]
    """The part of an ISO 3166-2 code after the country, as in BY for DE-BY: some holidays are kept there only."""
    zone: Mapped[str]
    """An IANA name, as in Europe/Helsinki. Hours are kept as its clocks show them."""
    retired_at: Mapped[datetime | None]

    @property
    def clock(self) -> ZoneInfo:
        return ZoneInfo(self.zone)


class Resource(Table):
    """Whoever or whatever can be in one place at a time only.

    Its `number` is what claims are compared by, because PostgreSQL can exclude overlaps of numbers by itself and of
    UUIDs only with an extension. Numbers are given by the database and never twice, in no tenant.
    """

    __tablename__ = "resources"
    called = "Calendars"
    concerns = "person_id"
    rights = "SELECT, INSERT, UPDATE (organisation_id, location_id, name, closed_on_holidays, retired_at), DELETE"
    __table_args__ = (
        UniqueConstraint("tenant_id", "id", "number"),
        UniqueConstraint("tenant_id", "person_id", "kind"),
        Index(None, "tenant_id", "organisation_id"),
        one_of("kind", ResourceKind),
        CheckConstraint("(kind IN ('practitioner', 'person')) = (person_id IS NOT NULL)", name="people_are_people"),
        CheckConstraint("(kind IN ('room', 'device')) = (location_id IS NOT NULL)", name="things_have_a_place"),
        CheckConstraint("(kind IN ('room', 'device')) = (name IS NOT NULL)", name="things_have_a_name"),
        CheckConstraint("(kind = 'person') = (organisation_id IS NULL)", name="all_but_who_comes_belong_to_one"),
    )

    number: Mapped[int] = mapped_column(BigInteger, Identity(always=True))
    kind: Mapped[ResourceKind] = mapped_column(Text)
    organisation_id: Mapped[UUID | None] = references("organisations")
    location_id: Mapped[UUID | None] = references("locations")
    person_id: Mapped[UUID | None] = references("users")
    name: Mapped[str | None]
    """Of a room or a device. What people are called is kept with their accounts."""
    closed_on_holidays: Mapped[bool] = mapped_column(server_default=text("true"))
    """Whether its hours are suspended on the public holidays of their location."""
    retired_at: Mapped[datetime | None]
