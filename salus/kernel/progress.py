"""How far long work has come. No deed of anybody's, so it leaves no record; the rows mean nothing once it is done."""

from uuid import UUID

from sqlalchemy import BigInteger, UniqueConstraint, delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from salus.kernel.context import Context
from salus.kernel.db import Table
from salus.kernel.ids import new_id


class Progress(Table):
    """So much of so much was done of the work on one thing."""

    __tablename__ = "progress"
    concerns = None
    __table_args__ = (UniqueConstraint("tenant_id", "subject_id"),)

    subject_id: Mapped[UUID]
    done: Mapped[int] = mapped_column(BigInteger)
    total: Mapped[int] = mapped_column(BigInteger)

    @property
    def percent(self) -> int:
        return min(100, self.done * 100 // self.total) if self.total else 0


def report(ctx: Context, subject_id: UUID, done: int, total: int) -> None:
    """Say how far the work is, visibly at once: in a transaction of its own."""
    row = insert(Progress).values(id=new_id(), subject_id=subject_id, done=done, total=total)
    newest = row.on_conflict_do_update(
        index_elements=["tenant_id", "subject_id"], set_={"done": row.excluded.done, "total": row.excluded.total}
    )
    with ctx.again() as own:
        own._open_connection.execute(newest)


def forget(ctx: Context, subject_id: UUID) -> None:
    """The work is done, or will never be: in the transaction of whoever finds that out."""
    ctx._open_connection.execute(delete(Progress).where(Progress.subject_id == subject_id))


def of(ctx: Context, subject_id: UUID) -> Progress:
    """How far it is: nothing of nothing before it began. Inside an operation that may see the thing itself."""
    found = ctx.db.scalar(select(Progress).where(Progress.subject_id == subject_id))
    return found or Progress(subject_id=subject_id, done=0, total=0)
