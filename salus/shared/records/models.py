"""The transparency log of a tenant: a leaf for every record, and the signed heads of the tree they form."""

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from salus.formats.transparency import HASH_BYTES
from salus.kernel.db import Table
from salus.kernel.records import TransactionId


class Leaf(Table):
    """The place of one record in the log. Its `id` is the record's, so that a record is sealed once.

    There is no foreign key to the record: the log must outlive what it testifies to, and the key's check would lock
    and rewrite every record it seals.
    """

    __tablename__ = "leaves"
    concerns = None
    __table_args__ = (
        UniqueConstraint("tenant_id", "index"),
        CheckConstraint("index >= 0", name="index_counts_from_zero"),
        CheckConstraint(f"octet_length(leaf_hash) = {HASH_BYTES}", name="leaf_hash_is_sha256"),
    )
    rights = "SELECT"
    rights_of_sealer = "SELECT, INSERT"

    index: Mapped[int] = mapped_column(BigInteger)
    leaf_hash: Mapped[bytes]


class Checkpoint(Table):
    """What the log said of itself at one moment, signed: so many records, and this root over them."""

    __tablename__ = "checkpoints"
    concerns = None
    __table_args__ = (
        UniqueConstraint("tenant_id", "size"),
        CheckConstraint("size > 0", name="size_is_positive"),
        CheckConstraint(f"octet_length(root) = {HASH_BYTES}", name="root_is_sha256"),
    )
    rights = "SELECT"
    rights_of_sealer = "SELECT, INSERT"

    size: Mapped[int] = mapped_column(BigInteger)
    root: Mapped[bytes]
    peaks: Mapped[list[bytes]] = mapped_column(ARRAY(LargeBinary))
    """The right edge of the tree (`Frontier.peaks`), from which the next batch goes on."""
    note: Mapped[str]
    """The signed checkpoint as it is published, in the format C2SP tlog-checkpoint."""
    last_transaction: Mapped[int] = mapped_column(TransactionId())
    """Every record of an earlier transaction is sealed; of this one, those up to the last leaf's."""
