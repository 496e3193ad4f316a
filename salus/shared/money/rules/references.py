"""What our payments, refunds and payouts are called at the gateway."""

from uuid import UUID


def reference(tenant_id: UUID, row_id: UUID) -> str:
    """What a payment, refund or payout is called at the gateway, which serves several tenants."""
    return f"{tenant_id}/{row_id}"


def referenced(written: str, tenant_id: UUID) -> UUID | None:
    """The id of the row, or None for a reference that this tenant has not made."""
    ours, _, row_id = written.partition("/")
    try:
        return UUID(row_id) if UUID(ours) == tenant_id else None
    except ValueError:
        return None


def is_for_another_tenant(written: str, tenant_id: UUID) -> bool:
    """Whether the reference was made here, but by another tenant than this one."""
    theirs, _, row_id = written.partition("/")
    try:
        return UUID(theirs) != tenant_id and bool(UUID(row_id))
    except ValueError:
        return False
