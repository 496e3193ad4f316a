"""What changes clinical records."""

from salus.shared.clinical.actions.bundles import Answer, FromElsewhere, carry_out, transact
from salus.shared.clinical.actions.forgetting import forget
from salus.shared.clinical.actions.treating import assign, unassign
from salus.shared.clinical.actions.writing import (
    Written,
    create,
    keep,
    only,
    patch,
    patch_where,
    remove,
    remove_where,
    update,
    update_where,
)

__all__ = [
    "Answer",
    "FromElsewhere",
    "Written",
    "assign",
    "carry_out",
    "create",
    "forget",
    "keep",
    "only",
    "patch",
    "patch_where",
    "remove",
    "remove_where",
    "transact",
    "unassign",
    "update",
    "update_where",
]
