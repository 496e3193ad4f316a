"""Tables, the connection to PostgreSQL, and the guard that keeps data behind actions and queries."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    ColumnElement,
    Connection,
    DateTime,
    Dialect,
    Engine,
    Enum,
    ForeignKeyConstraint,
    LargeBinary,
    MetaData,
    Text,
    UniqueConstraint,
    Uuid,
    create_engine,
    event,
    func,
    select,
    text,
)
from sqlalchemy import Table as SqlTable
from sqlalchemy.dialects.postgresql import JSONB, psycopg
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedColumn, ORMExecuteState, Session, mapped_column
from sqlalchemy.sql.elements import KeyedColumnElement

from salus.kernel.errors import GuardError
from salus.kernel.ids import new_id

TENANT = text("current_setting('app.tenant')::uuid")


class Table(DeclarativeBase):
    """A noun that is kept. Every table belongs to a tenant, or says why not in `everywhere`.

    `rights` are what the application's database role may do with it; append-only tables say `SELECT, INSERT`.
    `rights_of_sealer` are those of the role that seals records; it has none unless a table says so.
    """

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012  (SQLAlchemy declares it as it is)
        datetime: DateTime(timezone=True),
        str: Text,
        UUID: Uuid,
        dict[str, Any]: JSONB,
        list[str]: ARRAY(Text),
        list[UUID]: ARRAY(Uuid),
        # Text and not a type of PostgreSQL's own, which could not lose a value again. The table adds the check.
        StrEnum: Enum(StrEnum, native_enum=False, length=40, values_callable=lambda states: [str(s) for s in states]),
    }

    rights: ClassVar[str] = "SELECT, INSERT, UPDATE, DELETE"
    rights_of_sealer: ClassVar[str | None] = None
    everywhere: ClassVar[str | None] = None
    """Why rows of this table are seen from every tenant (the reviewed list), or None: row-level security."""

    called: ClassVar[str] = ""
    """What people call its rows, on pages about their own data. Needed where rows are about people or mention some."""
    concerns: ClassVar[str | None] = None
    """The column that leads to the person a row is about: it holds their id, or refers to a row that is about them.

    Every table says it, also that its rows are about nobody (None, and why on the reviewed list). By it people are
    given everything about them, and what is theirs is erased.
    """
    mentions: ClassVar[tuple[str, ...]] = ()
    """Columns that lead to others who took part. A row is told to them as well, and stays when they are erased."""
    kept_because: ClassVar[str | None] = None
    """The law by which a row outlives the erasure of its person, under their id alone. None: it goes with them."""
    resource: ClassVar[str | None] = None
    """Where programs read one row, with `{id}` for its id: `/v1/payments/{id}`. None: nowhere by itself."""

    id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=-3)
    tenant_id: Mapped[UUID] = mapped_column(server_default=TENANT, sort_order=-2)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now(), sort_order=-1)

    __mapper_args__ = {"eager_defaults": True}  # noqa: RUF012

    def __init_subclass__(cls, **arguments: Any) -> None:
        super().__init_subclass__(**arguments)
        if "__table__" in vars(cls) and isinstance(cls.__table__, SqlTable):
            _stay_within_the_tenant(cls.__table__)


@event.listens_for(Table, "init", propagate=True)
def _know_the_key(_row: Table, _arguments: tuple[Any, ...], values: dict[str, Any]) -> None:
    # The key is known before the first flush, so that files, keys and gateways can be named after it.
    values.setdefault("id", new_id())


def references(table: str, **column: Any) -> MappedColumn[Any]:
    """A column holding the id of a row of `table`, in the same tenant.

    The foreign key includes the tenant: a plain one would let anyone find out whether an id exists elsewhere,
    because PostgreSQL checks foreign keys past row-level security.
    """
    return mapped_column(info={"references": table}, **column)


def one_of(column: str, words: Iterable[StrEnum]) -> CheckConstraint:
    """The column holds one of these words, whoever writes it."""
    return CheckConstraint(f"{column} IN ({', '.join(repr(word.value) for word in words)})", name=f"{column}_is_known")


SECRET_OF_THE_HOUSE = re.compile(r"(^|_)(hash|digest|index|token|secret|wrapped|challenge)(_|$)")


def is_secret_of_the_house(column: KeyedColumnElement[Any]) -> bool:
    """Whether it holds a digest, a key or a proof: about somebody, but nothing that is ever told to anyone."""
    is_bytes = isinstance(column.type, LargeBinary) and not column.info.get("encrypted")
    return is_bytes or bool(SECRET_OF_THE_HOUSE.search(column.name))


def person_behind(table: type[Table], column: str) -> ColumnElement[UUID]:
    """An expression for the id of the person that a column named in `concerns` or `mentions` leads to.

    A column that refers to another table leads to whom that row is about.
    """
    own = table.__table__.columns[column]
    for key in own.foreign_keys:
        other = next(mapper.class_ for mapper in Table.registry.mappers if mapper.local_table is key.column.table)
        if other.concerns not in {None, "id"}:
            row = other.__table__.columns
            return select(person_behind(other, other.concerns)).where(row.id == own).scalar_subquery()
    return own


def _stay_within_the_tenant(table: SqlTable) -> None:
    # What other rows may refer to. Rows that share an id (the index of one resource) are referred to by none.
    if [column.name for column in table.primary_key] == ["id"]:
        table.append_constraint(UniqueConstraint("tenant_id", "id"))
    for column in table.columns:
        target = column.info.get("references")
        if target:
            table.append_constraint(
                ForeignKeyConstraint(["tenant_id", column.name], [f"{target}.tenant_id", f"{target}.id"])
            )


def connect(url: str, *, pool_size: int = 16, name: str = "salus") -> Engine:
    """A pool of connections to PostgreSQL, which knows them by this name.

    Connections are in autocommit towards the driver, because beginning a transaction and setting its tenant then
    cost one round trip instead of two.
    """
    engine = create_engine(
        url.replace("postgresql://", "postgresql+psycopg://", 1),
        isolation_level="AUTOCOMMIT",
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=10,
        hide_parameters=True,
        connect_args={
            "connect_timeout": 5,
            "application_name": name,
            "options": "-c statement_timeout=60s -c lock_timeout=10s -c idle_in_transaction_session_timeout=120s",
        },
    )
    event.listen(engine, "begin", _begin_in_the_tenant)
    return engine


def driver_of(connection: Connection) -> Any:
    """The driver's own connection beneath SQLAlchemy's, for the hot statements: the way through costs 30 µs of CPU."""
    return connection.connection.driver_connection


def _begin_in_the_tenant(connection: Connection) -> None:
    tenant: UUID | None = connection.info.get("tenant")
    set_tenant = f"; SET LOCAL app.tenant = '{tenant}'" if tenant else ""
    driver_of(connection).execute(f"BEGIN{set_tenant}", prepare=False)


class GuardedSession(Session):
    """A session that serves only operations: reads inside a query or action, writes inside an action."""


@event.listens_for(GuardedSession, "do_orm_execute")
def _statements_need_an_operation(state: ORMExecuteState) -> None:
    context = state.session.info["context"]
    if context.performing is None:
        raise GuardError("data is read only inside an @action or a @query")
    if (state.is_insert or state.is_update or state.is_delete) and not context.may_write:
        raise GuardError(f"{context.performing.operation.name} is a query; only an @action may change data")


@event.listens_for(GuardedSession, "before_flush")
def _changes_need_an_action(session: Session, *_: Any) -> None:
    context = session.info["context"]
    changed = [*session.new, *session.deleted, *(row for row in session.dirty if session.is_modified(row))]
    if not changed:
        return
    if not context.may_write:
        raise GuardError(f"{type(changed[0]).__name__} was changed outside an @action")
    context.performing.fields.update(_changed_fields(session))


def _changed_fields(session: Session) -> Iterator[str]:
    """Names (never values) of what an action changed in rows that were there before."""
    for row in session.dirty:
        state = row._sa_instance_state
        for attribute in state.mapper.column_attrs:
            if state.attrs[attribute.key].history.has_changes():
                yield f"{state.mapper.local_table.name}.{attribute.key}"


def insertion(table: type[Table], rows: Sequence[Mapping[str, Any]]) -> tuple[str, tuple[str]]:
    """The statement that inserts rows of the same columns, and its one parameter: all of them, as JSON.

    Put together once for all, because SQLAlchemy's own way took more CPU time than PostgreSQL's work; and as JSON,
    because a parameter for each column of each row took three times as long, for two rows already (measured).
    """
    return _insertion(table, tuple(rows[0])), (json.dumps(rows, default=_plain),)


@lru_cache(maxsize=64)
def _insertion(table: type[Table], columns: tuple[str, ...]) -> str:
    dialect: Dialect = psycopg.dialect()  # type: ignore[no-untyped-call]
    named = ", ".join(columns)
    typed = ", ".join(f"{name} {table.__table__.columns[name].type.compile(dialect)}" for name in columns)
    return (
        f"INSERT INTO {table.__tablename__} ({named}) "  # noqa: S608  (names of columns, and no value)
        f"SELECT {named} FROM json_to_recordset(%s) AS new ({typed})"
    )


def _plain(value: object) -> str:
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} is not kept this way")


def protect(connection: Connection, table: type[Table]) -> None:
    """Give `table` its row-level security, and the roles of application and sealer their rights. Run by the owner."""
    name = table.__tablename__
    connection.execute(text(f"GRANT {table.rights} ON {name} TO salus_app"))
    if table.rights_of_sealer is not None:
        connection.execute(text(f"GRANT {table.rights_of_sealer} ON {name} TO salus_sealer"))
    if table.everywhere is None:
        connection.execute(text(f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY"))
        same_tenant = "tenant_id = nullif(current_setting('app.tenant', true), '')::uuid"
        connection.execute(text(f"CREATE POLICY tenant ON {name} USING ({same_tenant}) WITH CHECK ({same_tenant})"))
