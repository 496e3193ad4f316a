"""What is traded: what a person brought in, what they offer, who asked for it, what was delivered and read."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Computed, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from salus.kernel.db import Table, one_of, references
from salus.kernel.fields import EncryptedText, Money, money, sealed_column


class ImportState(StrEnum):
    WAITING = "waiting"
    READING = "reading"
    DONE = "done"
    REFUSED = "refused"
    """The file is not a usable export; the message says what to do."""


class Import(Table):
    """One export file on its way to becoming series. Nothing of it is visible before all of it was read."""

    __tablename__ = "health_imports"
    called = "Exports of health data, as brought in"
    concerns = "person_id"
    resource = "/v1/health-data/imports/{id}"
    __table_args__ = (
        one_of("state", ImportState),
        Index(None, "tenant_id", "person_id", "created_at"),
    )

    person_id: Mapped[UUID]
    file_id: Mapped[UUID] = references("files")
    state: Mapped[ImportState] = mapped_column(default=ImportState.WAITING)
    records: Mapped[int] = mapped_column(BigInteger, default=0)
    duplicates: Mapped[int] = mapped_column(BigInteger, default=0)
    problem: Mapped[str | None]
    notes: Mapped[list[str]] = mapped_column(default=list)
    """What was repaired or left out, in plain words."""
    exported_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class Series(Table):
    """All samples of one type that a person has, as one encrypted Parquet file."""

    __tablename__ = "health_series"
    called = "Health data, by type"
    concerns = "person_id"
    resource = "/v1/health-data/series/{id}"
    __table_args__ = (
        Index(
            "uq_health_series_current",
            "tenant_id",
            "person_id",
            "code",
            "kind",
            unique=True,
            postgresql_where=text("is_current"),
        ),
        CheckConstraint("count > 0", name="count"),
    )

    person_id: Mapped[UUID]
    import_id: Mapped[UUID] = references("health_imports")
    file_id: Mapped[UUID] = references("files")
    code: Mapped[str]
    """Apple's identifier of the type."""
    name: Mapped[str]
    area: Mapped[str]
    """What it belongs to: Heart, Sleep, Activity."""
    kind: Mapped[str]
    units: Mapped[list[str]]
    count: Mapped[int] = mapped_column(BigInteger)
    first_at: Mapped[datetime | None]
    last_at: Mapped[datetime | None]
    is_known: Mapped[bool]
    future: Mapped[int] = mapped_column(default=0)
    """Samples dated after the export was made."""
    months: Mapped[dict[str, Any]]
    """Samples per month, as `{"2026-03": 1412}`."""
    sources_sealed: Mapped[bytes | None] = sealed_column()
    sources = EncryptedText("sources_sealed")
    """Names of devices and apps, one a line, as the person called them."""
    is_shared: Mapped[bool] = mapped_column(default=False)
    """The person's switch: only a series that is on can be offered, and every one begins off."""
    is_current: Mapped[bool] = mapped_column(default=True)
    """False once a newer export brought the same type again."""


class OfferState(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    PUBLISHED = "published"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    SOLD = "sold"
    """An exclusive offer that somebody has bought."""


class Offer(Table):
    """A data set that its person offers: which types, which period, at which price, under which terms."""

    __tablename__ = "health_offers"
    called = "Offers of data"
    concerns = "person_id"
    resource = "/v1/health-data/offers/{id}"
    __table_args__ = (
        one_of("state", OfferState),
        CheckConstraint("price_cents > 0", name="price"),
        CheckConstraint("to_day >= from_day", name="period"),
        CheckConstraint("cardinality(codes) > 0", name="codes"),
        CheckConstraint("(state = 'rejected') = (reason_sealed IS NOT NULL)", name="reason"),
        Index(None, "tenant_id", "person_id"),
        Index(None, "tenant_id", "state"),
    )

    person_id: Mapped[UUID]
    title: Mapped[str]
    description: Mapped[str]
    codes: Mapped[list[str]]
    from_day: Mapped[date]
    to_day: Mapped[date]
    price_cents: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str]
    price: Mapped[Money] = money("price_cents")
    terms: Mapped[list[str]]
    """Shorthands of GA4GH Data Use Ontology codes."""
    term_values: Mapped[dict[str, Any]]
    """What a term needs to be complete, by its shorthand: the disease, the months, the countries."""
    is_exclusive: Mapped[bool] = mapped_column(default=False)
    state: Mapped[OfferState] = mapped_column(default=OfferState.DRAFT)
    reason_sealed: Mapped[bytes | None] = sealed_column()
    reason = EncryptedText("reason_sealed")
    """What an administrator wrote to the person when sending the offer back."""
    published_at: Mapped[datetime | None]


class MarketOffer(Table):
    """A published offer as everyone may see it: coarse facts, nothing of the person, not even who it is."""

    __tablename__ = "market_offers"
    concerns = None
    __table_args__ = (
        UniqueConstraint("offer_id"),
        Index(None, "words", postgresql_using="gin"),
        Index(None, "tenant_id", "price_cents", "id"),
        Index(None, "tenant_id", "published_at", "id"),
    )
    everywhere = "row-level security cannot use a text index; rows hold only what the whole market may see"

    offer_id: Mapped[UUID]
    title: Mapped[str]
    description: Mapped[str]
    codes: Mapped[list[str]]
    names: Mapped[list[str]]
    areas: Mapped[list[str]]
    terms: Mapped[list[str]]
    term_values: Mapped[dict[str, Any]]
    price_cents: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str]
    price: Mapped[Money] = money("price_cents")
    is_exclusive: Mapped[bool]
    first_month: Mapped[date]
    last_month: Mapped[date]
    month_count: Mapped[int]
    samples: Mapped[int] = mapped_column(BigInteger)
    """How many samples, to two significant digits."""
    monthly: Mapped[dict[str, Any]]
    """Samples per month and type, to two significant digits."""
    published_at: Mapped[datetime]
    facets: Mapped[list[str]] = mapped_column(ARRAY(Text))
    """Filter values as words: `t:StepCount`, `a:heart`, `d:HMB`, `x:exclusive`."""
    words: Mapped[str] = mapped_column(
        TSVECTOR,
        Computed(
            "setweight(to_tsvector('english', title), 'A') || setweight(to_tsvector('english', description), 'C')"
            " || array_to_tsvector(facets)",
            persisted=True,
        ),
        deferred=True,
    )


class RequestState(StrEnum):
    ASKED = "asked"
    AGREED = "agreed"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    PAYING = "paying"
    PAID = "paid"
    DELIVERED = "delivered"
    ENDED = "ended"
    """Consent was withdrawn or ran out: nothing more is read."""


LIVE = ("asked", "agreed", "paying", "paid", "delivered")
TAKEN = ("agreed", "paying", "paid", "delivered")


class Request(Table):
    """An organisation asks for one offer, for one purpose."""

    __tablename__ = "health_requests"
    called = "Requests for data"
    concerns = "person_id"
    mentions = ("buyer_id",)
    resource = "/v1/health-data/requests/{id}"
    __table_args__ = (
        one_of("state", RequestState),
        Index(
            "uq_health_requests_live",
            "tenant_id",
            "offer_id",
            "organisation_id",
            unique=True,
            postgresql_where=text(f"state IN {LIVE}"),
        ),
        # An exclusive offer is given to one buyer, whatever two people press at the same moment.
        Index(
            "uq_health_requests_exclusive",
            "tenant_id",
            "offer_id",
            unique=True,
            postgresql_where=text(f"is_exclusive AND state IN {TAKEN}"),
        ),
        Index(None, "tenant_id", "person_id"),
        Index(None, "tenant_id", "organisation_id"),
    )

    offer_id: Mapped[UUID] = references("health_offers")
    person_id: Mapped[UUID]
    """The seller."""
    organisation_id: Mapped[UUID]
    buyer_id: Mapped[UUID]
    purpose: Mapped[str]
    purpose_words: Mapped[str]
    price_cents: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str]
    price: Mapped[Money] = money("price_cents")
    is_exclusive: Mapped[bool]
    state: Mapped[RequestState] = mapped_column(default=RequestState.ASKED)
    authorisation_id: Mapped[UUID] = references("authorisations")
    payment_id: Mapped[UUID | None] = references("payments")
    ended_because: Mapped[str | None]


class DeliveryState(StrEnum):
    BUILDING = "building"
    READY = "ready"
    STOPPED = "stopped"


class Delivery(Table):
    """What one buyer gets for one request: files, a manifest with their hashes, and the licence."""

    __tablename__ = "health_deliveries"
    called = "Deliveries of data"
    concerns = "person_id"
    resource = "/v1/health-data/deliveries/{id}"
    __table_args__ = (one_of("state", DeliveryState), UniqueConstraint("tenant_id", "request_id"))

    request_id: Mapped[UUID] = references("health_requests")
    person_id: Mapped[UUID]
    organisation_id: Mapped[UUID]
    authorisation_id: Mapped[UUID]
    state: Mapped[DeliveryState] = mapped_column(default=DeliveryState.BUILDING)
    ready_at: Mapped[datetime | None]
    stopped_because: Mapped[str | None]


class DeliveryFile(Table):
    """One file of a delivery. Encrypted under the seller's key, so that an erasure reaches it too."""

    __tablename__ = "health_delivery_files"
    called = "Files of deliveries"
    concerns = "delivery_id"
    __table_args__ = (UniqueConstraint("tenant_id", "delivery_id", "name"),)

    delivery_id: Mapped[UUID] = references("health_deliveries")
    file_id: Mapped[UUID] = references("files")
    name: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str]
    rows: Mapped[int] = mapped_column(BigInteger)


class Download(Table):
    """One reading of one delivered file, kept up to date while it runs."""

    __tablename__ = "health_downloads"
    called = "Downloads of delivered files"
    concerns = "person_id"
    mentions = ("buyer_id",)
    __table_args__ = (Index(None, "tenant_id", "delivery_id"),)

    delivery_id: Mapped[UUID] = references("health_deliveries")
    delivery_file_id: Mapped[UUID] = references("health_delivery_files")
    person_id: Mapped[UUID]
    organisation_id: Mapped[UUID]
    buyer_id: Mapped[UUID]
    sent_bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    finished_at: Mapped[datetime | None]
    stopped_at: Mapped[datetime | None]
