"""Kinds of columns: money, and text that only its owner's key opens."""

from dataclasses import dataclass
from typing import Any, Self
from uuid import UUID

from sqlalchemy import LargeBinary
from sqlalchemy import event as sql_event
from sqlalchemy.orm import MappedColumn, Session, composite, mapped_column, object_session

from salus.kernel.db import GuardedSession, Table
from salus.kernel.keys import data_key, seal, unseal

MINOR_UNITS = {"JPY": 0, "KRW": 0, "ISK": 0, "BHD": 3, "KWD": 3, "TND": 3}
"""Digits after the point by ISO 4217, where they are not two."""


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An amount in minor units (cents) of one ISO 4217 currency. Different currencies never mix."""

    amount: int
    currency: str

    def __add__(self, other: Self) -> "Money":
        self._same_currency(other)
        return Money(self.amount + other.amount, self.currency)

    def __sub__(self, other: Self) -> "Money":
        self._same_currency(other)
        return Money(self.amount - other.amount, self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.amount, self.currency)

    def share(self, basis_points: int) -> "Money":
        """This many hundredths of a per cent of it, rounded half away from zero to the minor unit."""
        scaled = abs(self.amount) * basis_points
        rounded = (scaled + 5_000) // 10_000
        return Money(rounded if self.amount >= 0 else -rounded, self.currency)

    @property
    def exponent(self) -> int:
        """Digits after the point that its currency is written with."""
        return MINOR_UNITS.get(self.currency, 2)

    def _same_currency(self, other: "Money") -> None:
        if self.currency != other.currency:
            raise ValueError(f"cannot add {other.currency} to {self.currency}")


def money(amount_column: str, currency_column: str = "currency") -> Any:
    """A `Money` attribute over two columns of the same table."""
    return composite(Money, amount_column, currency_column)


class EncryptedText:
    """A text attribute kept encrypted under the key of the person it belongs to.

    Declared beside the column that holds the ciphertext: `name = EncryptedText("name_sealed", owner="id")`. It is
    encrypted when the row is flushed, because only then is the session, and with it the key, certain.
    """

    def __init__(self, column: str, *, owner: str = "person_id") -> None:
        self.column = column
        self.owner = owner

    def __set_name__(self, table: type[Table], name: str) -> None:
        self.name = name
        registry: dict[str, EncryptedText] = table.__dict__.get("__encrypted__") or {}
        registry[name] = self
        table.__encrypted__ = registry

    def __get__(self, row: Table | None, table: type[Table]) -> Any:
        if row is None:
            return self
        pending = row.__dict__.get("_plain", {})
        if self.name in pending:
            return pending[self.name]
        sealed: bytes | None = getattr(row, self.column)
        if sealed is None:
            return None
        session = object_session(row)
        if session is None:
            raise ValueError(f"{type(row).__name__}.{self.name} can be read only while its context is open")
        return unseal(data_key(session, getattr(row, self.owner)), sealed, self.place(row)).decode()

    def __set__(self, row: Table, value: str | None) -> None:
        row.__dict__.setdefault("_plain", {})[self.name] = value
        # An empty ciphertext marks the row as changed, so that the flush comes; it is replaced there.
        setattr(row, self.column, None if value is None else b"")

    def place(self, row: Table) -> str:
        return f"{row.__tablename__}|{self.column}|{row.id}"


def sealed_column(**options: Any) -> MappedColumn[Any]:
    """The column under an `EncryptedText`."""
    return mapped_column(LargeBinary, info={"encrypted": True}, **options)


@sql_event.listens_for(GuardedSession, "before_flush")
def _seal_pending_texts(session: Session, *_: Any) -> None:
    for row in [*session.new, *session.dirty]:
        pending: dict[str, str | None] = row.__dict__.pop("_plain", {})
        for name, value in pending.items():
            field: EncryptedText = type(row).__encrypted__[name]
            if value is not None:
                owner: UUID = getattr(row, field.owner)
                setattr(row, field.column, seal(data_key(session, owner), value.encode(), field.place(row)))
