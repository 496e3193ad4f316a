"""Accounts, the organisations that buyers and doctors act for, and the roles people have."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from salus.kernel.actor import FOR_ORGANISATIONS, Role
from salus.kernel.db import Table, one_of, references
from salus.kernel.fields import EncryptedText, sealed_column
from salus.shared.people.models.kinds import OrganisationKind, Proves, Review


class User(Table):
    """A person with an account. Name and address open only with the person's own key."""

    __tablename__ = "users"
    called = "Accounts, with name and e-mail address"
    concerns = "id"
    kept_because = "Its id is the pseudonym in books and records. Nothing but the id stays: GDPR art. 17(3)(b) and (e)."
    __table_args__ = (UniqueConstraint("tenant_id", "email_index"),)

    email_sealed: Mapped[bytes] = sealed_column()
    email = EncryptedText("email_sealed", owner="id")
    email_index: Mapped[bytes]
    """Keyed digest of the address, by which an account is found."""
    name_sealed: Mapped[bytes] = sealed_column()
    name = EncryptedText("name_sealed", owner="id")
    password_hash: Mapped[str | None]
    """None for somebody who came with an account elsewhere and has not chosen a password."""
    password_needs_factor: Mapped[bool] = mapped_column(server_default=text("false"))
    """Whether the password is shorter than one must be that is all there is."""
    verified_at: Mapped[datetime | None]
    """When the person proved that the e-mail address is theirs."""
    contested_at: Mapped[datetime | None]
    """When somebody signed up with this address again before it was proven. Its password may be a stranger's: from then
    on only choosing a new one, by a link sent to the address, makes the account anybody's."""
    suspended_at: Mapped[datetime | None]
    suspended_because_sealed: Mapped[bytes | None] = sealed_column()
    suspended_because = EncryptedText("suspended_because_sealed", owner="id")


class Organisation(Table):
    """Whom buyers act for. Its members may buy once an administrator has approved it."""

    __tablename__ = "organisations"
    called = "Organisations"
    concerns = None
    mentions = ("reviewed_by",)
    __table_args__ = (
        one_of("kind", OrganisationKind),
        one_of("review", Review),
        CheckConstraint("country ~ '^[A-Z]{2}$'", name="country_is_iso_3166"),
        CheckConstraint("(review = 'pending') = (reviewed_at IS NULL)", name="review_knows_when"),
        CheckConstraint("review <> 'rejected' OR reason_sealed IS NOT NULL", name="rejection_has_a_reason"),
    )

    name: Mapped[str]
    kind: Mapped[OrganisationKind] = mapped_column(Text)
    country: Mapped[str]
    registration_number: Mapped[str]
    website: Mapped[str] = mapped_column(server_default="")
    documents: Mapped[list[str]] = mapped_column(server_default=text("'{}'"))
    """What it named as proof: an entry in a register, a licence, an accreditation."""
    review: Mapped[Review] = mapped_column(Text, server_default=Review.PENDING)
    reason_sealed: Mapped[bytes | None] = sealed_column()
    reason = EncryptedText("reason_sealed", owner="id")
    reviewed_at: Mapped[datetime | None]
    reviewed_by: Mapped[UUID | None] = references("users")


HELD = [Role.SELLER, Role.BUYER, Role.PATIENT, Role.DOCTOR, Role.OVERBOOKER, Role.ADMINISTRATOR]
"""The roles that people have; the others come with being here at all."""
IN_ORGANISATION = f"role IN ({', '.join(repr(role.value) for role in sorted(FOR_ORGANISATIONS))})"


class Membership(Table):
    """A role somebody has, until it ends. Buyers and doctors have theirs in an organisation."""

    __tablename__ = "memberships"
    called = "Roles"
    concerns = "user_id"
    mentions = ("reviewed_by",)
    __table_args__ = (
        Index(
            "uq_memberships_held",
            "tenant_id",
            "user_id",
            "role",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index(None, "tenant_id", "organisation_id"),
        one_of("role", HELD),
        one_of("review", Review),
        CheckConstraint(
            f"({IN_ORGANISATION}) = (organisation_id IS NOT NULL)", name="some_are_held_in_an_organisation"
        ),
        CheckConstraint("(review = 'pending') = (reviewed_at IS NULL)", name="review_knows_when"),
        CheckConstraint("review <> 'rejected' OR reason_sealed IS NOT NULL", name="rejection_has_a_reason"),
    )

    user_id: Mapped[UUID] = references("users")
    role: Mapped[Role] = mapped_column(Text)
    organisation_id: Mapped[UUID | None] = references("organisations")
    review: Mapped[Review] = mapped_column(Text, server_default=Review.PENDING)
    """Of a seller: the person. A buyer's own is approved by whoever let them in; the organisation's is what counts."""
    reason_sealed: Mapped[bytes | None] = sealed_column()
    reason = EncryptedText("reason_sealed", owner="user_id")
    reviewed_at: Mapped[datetime | None]
    reviewed_by: Mapped[UUID | None] = references("users")
    ended_at: Mapped[datetime | None]


class Invitation(Table):
    """An open door into an organisation, for the owner of one mailbox.

    The person who will come in has an id already (`person_id`), so that the address can be kept under their own key.
    """

    __tablename__ = "invitations"
    called = "Invitations"
    concerns = "person_id"
    mentions = ("invited_by",)
    __table_args__ = (
        UniqueConstraint("tenant_id", "token_hash"),
        UniqueConstraint("tenant_id", "person_id"),
        one_of("role", sorted(FOR_ORGANISATIONS)),
    )

    organisation_id: Mapped[UUID] = references("organisations")
    invited_by: Mapped[UUID] = references("users")
    person_id: Mapped[UUID]
    role: Mapped[Role] = mapped_column(Text, server_default=Role.BUYER)
    """What they will be there: the same as whoever invites them."""
    email_sealed: Mapped[bytes] = sealed_column()
    email = EncryptedText("email_sealed")
    token_hash: Mapped[bytes]
    expires_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]


class EmailToken(Table):
    """A link sent by e-mail: works once, and not for long. Kept as SHA-256."""

    __tablename__ = "email_tokens"
    called = "Links sent by e-mail"
    concerns = "user_id"
    __table_args__ = (UniqueConstraint("tenant_id", "token_hash"), one_of("proves", Proves))

    user_id: Mapped[UUID] = references("users")
    proves: Mapped[Proves] = mapped_column(Text)
    token_hash: Mapped[bytes]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
