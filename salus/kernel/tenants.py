"""Tenants: operators of an exchange who share one installation and see nothing of each other."""

from dataclasses import dataclass
from time import monotonic
from uuid import UUID

from sqlalchemy import Connection, insert, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from salus.kernel.context import engine
from salus.kernel.db import Table
from salus.kernel.errors import NotFound
from salus.kernel.ids import new_id

REMEMBERED_FOR_S = 30.0


class Tenant(Table):
    """One operator, found by the host names its people type in. Its `tenant_id` is its own id."""

    __tablename__ = "tenants"
    concerns = None
    everywhere = "a request must find its tenant before it can have one; rows hold a name and host names only"
    rights = "SELECT"
    rights_of_sealer = "SELECT"

    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    hosts: Mapped[list[str]] = mapped_column(ARRAY(Text))
    """Host names, without port. The tenant with none answers every host that no other names."""


@dataclass(frozen=True)
class TenantName:
    id: UUID
    slug: str
    name: str
    hosts: tuple[str, ...]


_remembered: tuple[float, list[TenantName]] = (0.0, [])


def tenants() -> list[TenantName]:
    """All tenants, as of at most half a minute ago."""
    global _remembered
    read_at, known = _remembered
    if not known or monotonic() - read_at > REMEMBERED_FOR_S:
        with engine().connect() as connection:
            rows = connection.execute(select(Tenant.id, Tenant.slug, Tenant.name, Tenant.hosts).order_by(Tenant.id))
            known = [TenantName(row.id, row.slug, row.name, tuple(row.hosts)) for row in rows]
        _remembered = (monotonic(), known)
    return known


def tenant_at(host: str) -> TenantName:
    """The tenant that answers at `host`. Raises NotFound if none does."""
    known = tenants()
    named = next((tenant for tenant in known if host in tenant.hosts), None)
    open_to_all = next((tenant for tenant in known if not tenant.hosts), None)
    found = named or open_to_all
    if found is None:
        raise NotFound("There is no exchange at this address.")
    return found


def tenant_named(tenant_id: UUID) -> TenantName:
    """The tenant with this id. Raises NotFound."""
    found = next((tenant for tenant in tenants() if tenant.id == tenant_id), None)
    if found is None:
        raise NotFound
    return found


def forget_tenants() -> None:
    """Read the list anew at the next question: one was just made."""
    global _remembered
    _remembered = (0.0, [])


def found(owner: Connection, *, slug: str, name: str, hosts: list[str]) -> UUID:
    """Make a tenant. Only the owner role may, from the command line."""
    tenant_id = new_id()
    owner.execute(insert(Tenant).values(id=tenant_id, tenant_id=tenant_id, slug=slug, name=name, hosts=hosts))
    return tenant_id
