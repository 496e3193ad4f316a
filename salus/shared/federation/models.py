"""Providers, attempts to sign in with one, and who somebody is there."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from salus.kernel.db import Table, references
from salus.kernel.fields import EncryptedText, sealed_column


class IdentityProvider(Table):
    """Somebody whose accounts people may sign in with here, by OpenID Connect."""

    __tablename__ = "identity_providers"
    concerns = None
    __table_args__ = (
        Index(
            "uq_identity_providers_in_use",
            "tenant_id",
            "issuer",
            "client_id",
            unique=True,
            postgresql_where=text("retired_at IS NULL"),
        ),
    )

    name: Mapped[str]
    """What people call it: it stands on the button."""
    issuer: Mapped[str]
    """Its address as it calls itself, letter by letter (OpenID Connect Discovery 1.0, 4.3)."""
    client_id: Mapped[str]
    """What it calls us."""
    client_secret_sealed: Mapped[bytes | None] = sealed_column()
    client_secret = EncryptedText("client_secret_sealed", owner="id")
    """Empty for a provider that takes PKCE alone."""
    scopes: Mapped[str]
    is_trusted_with_email: Mapped[bool] = mapped_column(server_default=text("false"))
    """Whether an address that it calls verified opens the account of that address."""
    is_trusted_with_factor: Mapped[bool] = mapped_column(server_default=text("false"))
    """Whether a second factor that was given to it counts here."""
    retired_at: Mapped[datetime | None]


class FederatedSignIn(Table):
    """One attempt to sign in with a provider, or to link an account there.

    Whoever comes with an address that nobody has here waits in it, under their own key, until they agreed to have an
    account: `person_id` is then who they will be.
    """

    __tablename__ = "federated_sign_ins"
    called = "Attempts to sign in with a provider"
    concerns = "person_id"
    __table_args__ = (
        UniqueConstraint("tenant_id", "state_hash"),
        Index(None, "tenant_id", "expires_at"),
        CheckConstraint("NOT is_link OR person_id IS NOT NULL", name="a_link_is_somebodys"),
        CheckConstraint("(subject_index IS NULL) = (arrived_at IS NULL)", name="who_arrived_is_known"),
    )

    provider_id: Mapped[UUID] = references("identity_providers")
    is_link: Mapped[bool]
    """Whether somebody who is signed in wants to come in this way from now on."""
    person_id: Mapped[UUID | None]
    state_hash: Mapped[bytes]
    browser_hash: Mapped[bytes]
    """Of the cookie of the browser it began in: it goes on in no other."""
    nonce_sealed: Mapped[bytes] = sealed_column()
    nonce = EncryptedText("nonce_sealed", owner="provider_id")
    verifier_sealed: Mapped[bytes] = sealed_column()
    verifier = EncryptedText("verifier_sealed", owner="provider_id")
    next_page: Mapped[str]
    expires_at: Mapped[datetime]
    returned_at: Mapped[datetime | None]
    """When the provider sent them back; it sends nobody back a second time."""
    arrived_at: Mapped[datetime | None]
    """When it was known who came, without an account here."""
    subject_index: Mapped[bytes | None]
    email_sealed: Mapped[bytes | None] = sealed_column()
    email = EncryptedText("email_sealed")
    name_sealed: Mapped[bytes | None] = sealed_column()
    name = EncryptedText("name_sealed")
    finished_at: Mapped[datetime | None]


class LinkedIdentity(Table):
    """An account at a provider that opens an account here. What it is called there is kept as a keyed digest."""

    __tablename__ = "linked_identities"
    called = "Linked accounts at other providers"
    concerns = "person_id"
    __table_args__ = (
        UniqueConstraint("tenant_id", "provider_id", "subject_index"),
        Index(None, "tenant_id", "person_id"),
    )

    person_id: Mapped[UUID] = references("users")
    provider_id: Mapped[UUID] = references("identity_providers")
    subject_index: Mapped[bytes]
    email_sealed: Mapped[bytes | None] = sealed_column()
    email = EncryptedText("email_sealed")
    """As the provider told it, for its owner to know the account by."""
    last_used_at: Mapped[datetime | None]
