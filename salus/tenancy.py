"""Opening a tenant: by the operator, who owns the tables."""

from uuid import UUID

from pydantic import SecretStr
from sqlalchemy import text

from salus.kernel.actor import SYSTEM
from salus.kernel.context import Context, database_url
from salus.kernel.db import connect
from salus.kernel.settings import Settings, settings
from salus.kernel.tenants import forget_tenants, found
from salus.shared.people import actions as people


def open_tenant(*, slug: str, name: str, hosts: list[str], with_administrator: bool = True) -> UUID:
    """The tenant called `slug`, made if there is none, and its first administrator if the settings name one."""
    owner = connect(database_url("owner_database_url"), pool_size=1)
    try:
        with owner.begin() as connection:
            known = connection.scalar(text("SELECT id FROM tenants WHERE slug = :slug"), {"slug": slug})
            tenant_id: UUID = known or found(connection, slug=slug, name=name, hosts=hosts)
    finally:
        owner.dispose()
    forget_tenants()
    given = settings()
    if with_administrator and given.admin_email and given.admin_password:
        first_administrator(tenant_id, email=given.admin_email, password=given.admin_password, secret=_secret(given))
    return tenant_id


def first_administrator(
    tenant_id: UUID, *, email: str, password: SecretStr, name: str = "Administrator", secret: str | None = None
) -> None:
    """The tenant's first administrator; nothing happens if there is one."""
    with Context(SYSTEM, tenant_id) as ctx:
        people.ensure_first_administrator(
            ctx, email=email, password=password.get_secret_value(), name=name, totp_secret=secret
        )


def _secret(given: Settings) -> str | None:
    return given.admin_totp_secret.get_secret_value() if given.admin_totp_secret else None
