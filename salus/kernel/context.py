"""One actor inside one transaction."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import TracebackType
from typing import TYPE_CHECKING, Any, NamedTuple, Self, TypeVar
from uuid import UUID

from psycopg.rows import dict_row
from sqlalchemy import Connection, Engine, event, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolExhausted

from salus.kernel import correlation, metrics
from salus.kernel.actor import ANONYMOUS, Actor
from salus.kernel.db import GuardedSession, Table, connect, driver_of, insertion
from salus.kernel.errors import GuardError, NotFound, Refusal, Unavailable
from salus.kernel.ids import new_id
from salus.kernel.settings import settings

if TYPE_CHECKING:
    from salus.kernel.operations import Operation

_engines: dict[str, Engine] = {}
_called = "salus"
WAKE_CHANNEL = "salus_owed"
WORKER = "salus worker"
"""What PostgreSQL calls the connections of a worker, and so everybody knows whether there is one."""
T = TypeVar("T", bound=Table)


class Origin(NamedTuple):
    """Where a request came from, as far as records may tell: a prefix of the address, never the whole."""

    network: str | None = None
    channel: str = "system"


@dataclass
class Performance:
    """An operation while it runs, with what its record will say."""

    operation: "Operation"
    fields: set[str] = field(default_factory=set)
    facts: dict[str, Any] = field(default_factory=dict)
    subject: Table | None = None
    person_id: UUID | None = None
    consent_id: UUID | None = None


class Context:
    """Who acts, for which tenant, since when, in one transaction under one correlation id.

    Used as `with Context(actor, tenant_id) as ctx:`. The transaction commits when the block ends and rolls back when
    it raises, except for a Refusal that `keeps` what was written. `now` is fixed when the block begins.

    Raises Unavailable if the database cannot be reached.
    """

    def __init__(
        self,
        actor: Actor,
        tenant_id: UUID,
        *,
        correlation_id: str | None = None,
        origin: Origin = Origin(),
        purpose: str | None = None,
    ) -> None:
        self.actor = actor
        self.tenant_id = tenant_id
        self.correlation_id = correlation_id or new_id().hex
        self.origin = origin
        self.purpose = purpose
        self.now = datetime.now(UTC)
        self.performing: Performance | None = None
        self.performed: list[str] = []
        self.owes = False
        self._last: dict[type[Table], list[dict[str, Any]]] = {}
        self._connection: Connection | None = None
        self._session: GuardedSession | None = None
        self._outer: str | None = None

    def __enter__(self) -> Self:
        self.now = datetime.now(UTC)
        self._connection = _begin(self.tenant_id)
        self._session = GuardedSession(self._connection, expire_on_commit=False, info={"context": self})
        self._outer = correlation.switch_to(self.correlation_id)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        session, connection = self._open_session, self._open_connection
        try:
            if error is None or (isinstance(error, Refusal) and error.keeps):
                session.flush()
                for table, rows in self._last.items():
                    driver_of(connection).execute(*insertion(table, rows))
                connection.commit()
                self._wake_the_worker(connection)
            else:
                connection.rollback()
        finally:
            session.close()
            connection.close()
            self._session = self._connection = None
            correlation.switch_to(self._outer)

    @property
    def db(self) -> GuardedSession:
        """The session. Raises GuardError outside an operation."""
        if self.performing is None:
            raise GuardError("data is reached only inside an @action or a @query")
        return self._open_session

    @property
    def may_write(self) -> bool:
        return self.performing is not None and self.performing.operation.is_action

    def rows(self, statement: str, parameters: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        """Rows of one plain SQL statement with `%(name)s` parameters: for the few hot reads."""
        self.db.flush()
        with driver_of(self._open_connection).cursor(row_factory=dict_row) as cursor:
            found: list[dict[str, Any]] = cursor.execute(statement, parameters).fetchall()
        return found

    def get(self, table: type[T], row_id: UUID) -> T:
        """The row, or NotFound. Whether the actor may see it is for the query that asks."""
        row = self.db.get(table, row_id)
        if row is None:
            raise NotFound
        return row

    def lock(self, row: T) -> T:
        """Wait until nobody else changes `row`, then read it anew, and keep others out until the end."""
        found = self.db.execute(
            select(type(row)).where(type(row).id == row.id).with_for_update().execution_options(populate_existing=True)
        ).scalar_one_or_none()
        if found is None:
            raise NotFound
        return found

    def write_last(self, table: type[Table], row: dict[str, Any]) -> None:
        """Insert a row of Salus's own books just before the commit, in one statement with all others of its table.

        A deed of many steps would otherwise hold its locks for one round trip more per step.
        """
        self._last.setdefault(table, []).append(row)

    @contextmanager
    def in_vain(self) -> Iterator[None]:
        """A block that is undone at its end, with the records of what was performed in it.

        For work whose time must not tell whether it counts.
        """
        written = {table: list(rows) for table, rows in self._last.items()}
        with self.db.begin_nested() as attempt:
            yield
            attempt.rollback()
        self._last = written

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """A block of which nothing stays if it raises, while what was done before it does."""
        written = {table: list(rows) for table, rows in self._last.items()}
        with self.db.begin_nested():
            try:
                yield
            except BaseException:
                self._last = written
                raise

    def tell(
        self,
        *,
        subject: Table | None = None,
        person_id: UUID | None = None,
        consent_id: UUID | None = None,
        concerns: Iterable[UUID | None] = (),
        **facts: str | int | bool | list[str] | None,
    ) -> None:
        """Add to the record of the running operation: ids, counts and codes, never anyone's data.

        `person_id` is whose data it is about. `concerns` are the people and organisations who else wait for news of
        it, and may hear of it by webhook (those who acted do anyway).
        """
        if self.performing is None:
            raise GuardError("only a running operation leaves a record")
        self.performing.subject = subject or self.performing.subject
        self.performing.person_id = person_id or self.performing.person_id
        self.performing.consent_id = consent_id or self.performing.consent_id
        if waiting := {str(one) for one in concerns if one is not None}:
            self.performing.facts["concerns"] = sorted(waiting.union(self.performing.facts.get("concerns", ())))
        self.performing.facts.update(facts)

    def become(self, actor: Actor) -> None:
        """From here on somebody else acts: whoever the credentials turned out to belong to."""
        self.actor = actor

    def go_on_under(self, correlation_id: str) -> None:
        """From here on this belongs to what began under that id: it came by a request of its own, and answers to it."""
        if correlation_id != self.correlation_id:
            self.tell(came_under=self.correlation_id)
            self.correlation_id = correlation_id
            correlation.switch_to(correlation_id)

    def again(self, actor: Actor | None = None, *, under: str | None = None) -> "Context":
        """A fresh, unopened context under the same correlation id, or another. What is performed in it counts here."""
        fresh = Context(
            actor or self.actor,
            self.tenant_id,
            correlation_id=under or self.correlation_id,
            origin=self.origin,
            purpose=self.purpose,
        )
        fresh.performed = self.performed
        return fresh

    @property
    def _open_session(self) -> GuardedSession:
        if self._session is None:
            raise GuardError("this context is not open")
        return self._session

    @property
    def _open_connection(self) -> Connection:
        if self._connection is None:
            raise GuardError("this context is not open")
        return self._connection

    def _wake_the_worker(self, connection: Connection) -> None:
        # In a transaction of its own: NOTIFY inside the writing one would queue all commits of the database behind it.
        if self.owes:
            with suppress(Exception):  # the worker also looks by itself; the deed is done and must not look failed
                driver_of(connection).execute(f"NOTIFY {WAKE_CHANNEL}")


def nobody(tenant_id: UUID, **where: Any) -> Context:
    """A context of somebody not (yet) signed in."""
    return Context(ANONYMOUS, tenant_id, **where)


def engine(setting: str = "database_url") -> Engine:
    """The pool of one of the three database roles, named by its setting; the application's unless said."""
    if setting not in _engines:
        pool = connect(database_url(setting), pool_size=settings().pool_size, name=_called)
        _count_use(pool, setting.removesuffix("_url").removesuffix("database").removesuffix("_") or "application")
        _engines[setting] = pool
    return _engines[setting]


def call_connections(name: str) -> None:
    """How PostgreSQL calls the connections of this process (`application_name`). To be said before the first one."""
    global _called
    _called = name


def _count_use(pool: Engine, role: str) -> None:
    in_use = metrics.POOL_IN_USE.labels(role)
    metrics.POOL_SIZE.labels(role).set(settings().pool_size)
    event.listen(pool, "checkout", lambda *_: in_use.inc())
    event.listen(pool, "checkin", lambda *_: in_use.dec())


def database_url(setting: str) -> str:
    """Where PostgreSQL is, for one of the three roles: as set, or the embedded server of `home`."""
    given = getattr(settings(), setting)
    if given is not None:
        return str(given.get_secret_value())
    from salus.kernel.postgres import Embedded

    role = {"database_url": "salus_app", "owner_database_url": "salus_owner", "sealer_database_url": "salus_sealer"}
    return Embedded(settings().home / "postgres").url(role[setting])


def forget_connections(*, close: bool = True) -> None:
    """Close all pools. After a fork, forget them without closing: the connections are the parent's."""
    for pool in _engines.values():
        pool.dispose(close=close)
    _engines.clear()


def _begin(tenant_id: UUID) -> Connection:
    """A connection with an open transaction. One that had died while it was idle is replaced, once."""
    try:
        return _opened(tenant_id)
    except DBAPIError as error:
        if not error.connection_invalidated:
            raise Unavailable from error
    except PoolExhausted as error:
        raise Unavailable from error
    try:
        return _opened(tenant_id)
    except DBAPIError as error:
        raise Unavailable from error


def _opened(tenant_id: UUID) -> Connection:
    connection = engine().connect()
    try:
        connection.info["tenant"] = tenant_id
        connection.begin()
    except BaseException:
        connection.close()
        raise
    return connection
