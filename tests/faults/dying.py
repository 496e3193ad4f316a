"""Processes that kill themselves at the n-th moment at which a process can die and it matters.

Such moments are just before and just after everything that reaches outside the process: a statement to PostgreSQL, a
call to the gateway, a file put into its place. What is counted is patched in the dying process alone.
"""

import os
import pickle
import re
import signal
import traceback
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import httpx
import psycopg
from psycopg.pq import TransactionStatus

T = TypeVar("T")


class Killed(Exception):
    """The process was killed by SIGKILL."""


def in_new_process(work: Callable[[], T]) -> T:
    """Do something in a fork of this process, and hand its result back.

    This process must have no connection to a database or a gateway, and no thread. Raises Killed, or RuntimeError with
    the traceback of what went wrong there.
    """
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        with os.fdopen(write, "wb") as answer:
            pickle.dump(_outcome(work), answer)
        os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as answer:
        content = answer.read()
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        raise Killed
    worked, result = pickle.loads(content)  # noqa: S301  (from our own child)
    if not worked:
        raise RuntimeError(result)
    return result  # type: ignore[no-any-return]


class Moments:
    """Counts the moments with one of these marks in their names as they pass, and dies at one of them.

    The name of the last moment is left in `note`.
    """

    def __init__(self, marks: tuple[str, ...], *, die_at: int, note: Path) -> None:
        self._marks, self._note = marks, note
        self._left = die_at

    def pass_by(self, name: str) -> None:
        if any(mark in name for mark in self._marks):
            self._left -= 1
        if not self._left:
            self._note.write_text(name)
            os.kill(os.getpid(), signal.SIGKILL)

    def watch(self) -> None:
        """From here on every moment counts, in this process and for good."""
        for method in ("execute", "executemany"):
            self._surround(psycopg.Cursor, method, _statement)
        self._surround(psycopg.Connection, "commit", _end("COMMIT"))
        self._surround(psycopg.Connection, "rollback", _end("ROLLBACK"))
        self._surround(httpx.Client, "send", lambda _client, call: f"{call.method} {call.url.path}")
        self._surround(Path, "replace", lambda _path, _target: "file put into its place")

    def _surround(self, kind: type, method: str, name_of: Callable[..., str]) -> None:
        itself = getattr(kind, method)

        @wraps(itself)
        def surrounded(one: Any, *arguments: Any, **options: Any) -> Any:
            name = name_of(one, *arguments[:1])
            if not name:
                return itself(one, *arguments, **options)
            self.pass_by(f"before {name}")
            result = itself(one, *arguments, **options)
            self.pass_by(f"after {name}")
            return result

        setattr(kind, method, surrounded)


def _outcome(work: Callable[[], object]) -> tuple[bool, object]:
    try:
        return True, work()
    except BaseException:
        return False, traceback.format_exc()


def _statement(_cursor: object, query: object) -> str:
    """What it does to which table."""
    words = query.decode() if isinstance(query, bytes) else str(query)
    table = re.search(r"\b(?:FROM|INTO|UPDATE)\s+(?!SKIP\b)(\w+)", words)
    return f"{words.split(maxsplit=1)[0].strip(';')} {table.group(1) if table else ''}".strip()


def _end(name: str) -> Callable[[psycopg.Connection[Any]], str]:
    def name_of(connection: psycopg.Connection[Any]) -> str:
        # Ending what has not begun sends nothing.
        return name if connection.info.transaction_status != TransactionStatus.IDLE else ""

    return name_of
