"""Programs, what people allowed them, and the tokens that came of it. Of a secret or token only its SHA-256 is kept."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from salus.kernel.actor import FOR_ORGANISATIONS, Role
from salus.kernel.db import Table, references
from salus.kernel.fields import EncryptedText, sealed_column


class ClientKind(StrEnum):
    """Whether a program can keep a secret (RFC 6749, section 2.1)."""

    PUBLIC = "public"
    """An app on somebody's device: whatever it holds, its owner can read."""
    CONFIDENTIAL = "confidential"
    """A system on a server."""


class GrantType(StrEnum):
    """What tokens are given for. No implicit grant, no password grant: RFC 9700, sections 2.1.2 and 2.4."""

    AUTHORIZATION_CODE = "authorization_code"
    REFRESH_TOKEN = "refresh_token"  # noqa: S105
    CLIENT_CREDENTIALS = "client_credentials"


REGISTERING = FOR_ORGANISATIONS | {Role.ADMINISTRATOR}
"""In which roles somebody may register a program: for their organisation, or for the whole exchange."""

KINDS = ", ".join(f"'{kind}'" for kind in ClientKind)
GRANT_TYPES = ", ".join(f"'{kind}'" for kind in GrantType)
ROLES = ", ".join(f"'{role}'" for role in sorted(REGISTERING))


class Client(Table):
    """A program that may ask people to let it act for them, or act as whoever registered it."""

    __tablename__ = "oauth_clients"
    called = "Programs that were registered"
    concerns = None
    mentions = ("registered_by",)
    __table_args__ = (
        CheckConstraint(f"kind IN ({KINDS})", name="kind"),
        CheckConstraint(f"grant_types <@ ARRAY[{GRANT_TYPES}] AND grant_types <> '{{}}'", name="grant_types"),
        CheckConstraint(f"role IN ({ROLES})", name="role"),
        CheckConstraint("scopes <> '{}'", name="scopes"),
        CheckConstraint(
            "(role = 'administrator') = (organisation_id IS NULL)", name="all_but_the_operators_act_for_an_organisation"
        ),
        CheckConstraint(
            "('authorization_code' = ANY (grant_types)) = (redirect_uris <> '{}')", name="codes_need_somewhere_to_go"
        ),
        CheckConstraint(
            "kind = 'confidential' OR NOT 'client_credentials' = ANY (grant_types)", name="acts_alone_with_a_secret"
        ),
        Index(None, "tenant_id", "registered_by"),
        Index(None, "tenant_id", "organisation_id"),
    )

    name: Mapped[str]
    """As people read it when they are asked. Whoever registered it chose it."""
    kind: Mapped[ClientKind] = mapped_column(Text)
    grant_types: Mapped[list[str]]
    redirect_uris: Mapped[list[str]]
    scopes: Mapped[list[str]]
    """The most it may ask for."""
    registered_by: Mapped[UUID] = references("users")
    role: Mapped[Role] = mapped_column(Text)
    """In which role it was registered. With its own credentials it acts in this role and no other."""
    organisation_id: Mapped[UUID | None] = references("organisations")
    ended_at: Mapped[datetime | None]


class ClientSecret(Table):
    """One secret of a confidential client. While it is replaced, two are good."""

    __tablename__ = "oauth_client_secrets"
    concerns = None
    __table_args__ = (UniqueConstraint("tenant_id", "secret_hash"), Index(None, "tenant_id", "client_id"))

    client_id: Mapped[UUID] = references("oauth_clients")
    secret_hash: Mapped[bytes]
    expires_at: Mapped[datetime | None]
    """When it stops, because another took its place; None for the latest."""
    used_at: Mapped[datetime | None]


class Permission(Table):
    """What a person allowed a program, until they take it back."""

    __tablename__ = "oauth_permissions"
    called = "Programs that were let in"
    concerns = "person_id"
    __table_args__ = (
        Index(
            "uq_oauth_permissions_held",
            "tenant_id",
            "person_id",
            "client_id",
            unique=True,
            postgresql_where="ended_at IS NULL",
        ),
        CheckConstraint("scopes <> '{}'", name="scopes"),
    )

    person_id: Mapped[UUID] = references("users")
    client_id: Mapped[UUID] = references("oauth_clients")
    scopes: Mapped[list[str]]
    used_at: Mapped[datetime]
    """When the program last got a token by it."""
    ended_at: Mapped[datetime | None]


class Family(Table):
    """Everything that came from one authorization: its code and its tokens. It ends as a whole."""

    __tablename__ = "oauth_families"
    called = "Sign-ins of programs"
    concerns = "person_id"
    __table_args__ = (
        UniqueConstraint("tenant_id", "code_hash"),
        CheckConstraint("(permission_id IS NULL) = (code_hash IS NULL)", name="codes_come_from_people"),
        CheckConstraint("(code_hash IS NULL) = (redirect_uri IS NULL)", name="code_knows_where"),
        CheckConstraint("(code_hash IS NULL) = (code_challenge IS NULL)", name="code_has_a_challenge"),
        CheckConstraint("(code_hash IS NULL) = (code_expires_at IS NULL)", name="code_expires"),
        Index(None, "tenant_id", "person_id"),
        Index(None, "tenant_id", "client_id"),
        Index(None, "tenant_id", "ends_at"),
    )

    client_id: Mapped[UUID] = references("oauth_clients")
    person_id: Mapped[UUID] = references("users")
    """For whom its tokens act."""
    permission_id: Mapped[UUID | None] = references("oauth_permissions")
    """None for a client's own credentials."""
    scopes: Mapped[list[str]]
    authenticated_at: Mapped[datetime]
    """When the person last proved who they are, before they allowed it (`auth_time`)."""
    factor_at: Mapped[datetime | None]
    """When that was with their second factor."""
    nonce: Mapped[str | None]
    code_hash: Mapped[bytes | None]
    redirect_uri: Mapped[str | None]
    code_challenge: Mapped[str | None]
    code_expires_at: Mapped[datetime | None]
    code_used_at: Mapped[datetime | None]
    ends_at: Mapped[datetime]
    """When it ends whatever happens."""
    ended_at: Mapped[datetime | None]
    """When it was revoked."""


class RefreshToken(Table):
    """One link in the chain of a family's refresh tokens. The latest is the only one that is good."""

    __tablename__ = "oauth_refresh_tokens"
    called = "Tokens of programs"
    concerns = "family_id"
    __table_args__ = (
        UniqueConstraint("tenant_id", "token_hash"),
        Index(None, "tenant_id", "family_id"),
        Index(
            "uq_oauth_refresh_tokens_child",
            "tenant_id",
            "parent_id",
            unique=True,
            postgresql_where="withdrawn_at IS NULL",
        ),
    )

    family_id: Mapped[UUID] = references("oauth_families")
    parent_id: Mapped[UUID | None] = references("oauth_refresh_tokens")
    """The token it was given for. Each has at most one child that is good."""
    token_hash: Mapped[bytes]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    """When another took its place, because the answer that held it was lost."""


class SigningKey(Table):
    """A key pair that signs tokens from `signs_from` on, until the next one does."""

    __tablename__ = "oauth_signing_keys"
    concerns = None
    rights = "SELECT, INSERT, DELETE"
    __table_args__ = (UniqueConstraint("tenant_id", "kid"), Index(None, "tenant_id", "signs_from"))

    kid: Mapped[str]
    """The thumbprint of the public key (RFC 7638)."""
    public: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """As JSON Web Key."""
    private_sealed: Mapped[bytes] = sealed_column()
    private = EncryptedText("private_sealed", owner="tenant_id")
    """As PEM, under the tenant's own key."""
    signs_from: Mapped[datetime]
