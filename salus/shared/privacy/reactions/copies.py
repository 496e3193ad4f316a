"""Making copies of everything about somebody, and removing them after their days."""

import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, Any
from uuid import UUID
from zipfile import ZIP_DEFLATED, ZipFile

from salus.formats.readable import Section, page
from salus.kernel import progress
from salus.kernel.actor import Actor, Role
from salus.kernel.context import Context
from salus.kernel.records import Record, after, every
from salus.kernel.settings import settings
from salus.kernel.tenants import tenant_named
from salus.shared.consent import queries as consent
from salus.shared.privacy.actions import copies as actions
from salus.shared.privacy.models import CopyState
from salus.shared.privacy.queries import copies, holdings, retention
from salus.shared.privacy.queries import processing as register
from salus.shared.privacy.rules.letters import LEAD, SOURCES, explained
from salus.shared.privacy.rules.parts import PARTS, Exported
from salus.shared.privacy.rules.whose import personal_tables
from salus.shared.records import queries as records


@after("privacy.ask_copy", long=True)
def make_copy(ctx: Context, record: Record) -> None:
    """Make the archive and keep it. Dies half way: begins anew, and nothing readable was left behind."""
    if record.subject_id is None:
        return
    with ctx.again() as own:
        copy = copies.copy_to_make(own, record.subject_id)
    if copy.state != CopyState.WAITING:
        return
    # A file without a name: whatever becomes of this process, its content goes with it.
    with tempfile.TemporaryFile(dir=settings().home) as file:
        _Archive(ctx, copy.person_id, lambda done, total: progress.report(ctx, copy.id, done, total)).write(file)
        file.seek(0)
        with ctx.again() as own:
            actions.finish_copy(own, copy, file)


@every(seconds=3600)
def remove_old_copies(ctx: Context) -> None:
    """Remove copies whose days are over."""
    with ctx.again() as own:
        for copy in copies.copies_over(own):
            actions.remove_copy(own, copy)


class _Archive:
    """Writes everything about one person into a zip file, one short transaction after the other."""

    def __init__(self, ctx: Context, person_id: UUID, on_progress: Callable[[int, int], None]) -> None:
        self._ctx, self._person_id, self._on_progress = ctx, person_id, on_progress
        self._counted: list[tuple[str, str, int]] = []

    def write(self, file: IO[bytes]) -> None:
        steps = (self._rows, self._files, self._consents, self._readable)
        with ZipFile(file, "w", ZIP_DEFLATED) as archive:
            for done, step in enumerate(steps):
                self._on_progress(done, len(steps))
                step(archive)

    @contextmanager
    def _as_they(self) -> Iterator[Context]:
        """What they may see themselves is asked in their own name, so that it is no more than that."""
        roles = frozenset({Role.ANYONE, Role.PERSON})
        with self._ctx.again(Actor(self._person_id, roles)) as ctx:
            yield ctx

    def _rows(self, archive: ZipFile) -> None:
        """`data.json`: by table, every row about them. Written row by row, because records can be many."""
        with archive.open("data.json", "w", force_zip64=True) as out:
            out.write(b"{")
            for place, table in enumerate(personal_tables()):
                out.write(f"{',' if place else ''}\n{json.dumps(table.__tablename__)}: [".encode())
                count = 0
                with self._ctx.again() as ctx:
                    for row in holdings.rows_of(ctx, self._person_id, table):
                        out.write(
                            f"{',' if count else ''}\n{json.dumps(row, ensure_ascii=False, default=str)}".encode()
                        )
                        count += 1
                out.write(b"]")
                self._counted.append((table.__tablename__, explained(table), count))
            out.write(b"\n}\n")

    def _files(self, archive: ZipFile) -> None:
        taken: set[UUID] = set()
        for part in PARTS.values():
            with self._ctx.again() as ctx:
                found = holdings.files_of_part(ctx, self._person_id, part)
            for one in found:
                taken |= {one.file_id} if one.file_id else set()
                _add(archive, one)
        with self._ctx.again() as ctx:
            rest = copies.remaining_files(ctx, self._person_id, taken)
        for one in rest:
            _add(archive, one)

    def _consents(self, archive: ZipFile) -> None:
        with self._as_they() as ctx:
            for one in consent.consents(ctx):
                archive.writestr(f"consents/{one.id}.txt", one.text)
                if one.given_at is not None:
                    receipt = consent.receipt(ctx, one.id)
                    archive.writestr(f"consents/{one.id}.receipt.json", receipt.model_dump_json(indent=1))

    def _readable(self, archive: ZipFile) -> None:
        operator = tenant_named(self._ctx.tenant_id).name
        archive.writestr("index.html", page("Everything about you", LEAD.format(operator=operator), self._sections()))

    def _sections(self) -> Iterator[Section]:
        yield Section(
            "What is in this archive",
            ["Everything that is kept about you, kind by kind. data.json holds all of it, for programs to read."],
            ["Kind", "What it is", "Rows"],
            [one for one in self._counted if one[2]],
        )
        yield from self._who()
        with self._ctx.again() as ctx:
            activities, rules = register.activities(ctx), retention.periods(ctx)
        yield Section(
            "What it is used for", ["The purposes, and the law they rest on."], ["Activity", "Purpose", "Legal basis"],
            [(one.title, one.purpose, one.legal_basis) for one in activities],
        )  # fmt: skip
        yield Section(
            "How long it is kept", [], ["What", "How long", "Why"],
            [(one.title, one.retention, one.legal_basis) for one in activities]
            + [(one.words, f"{one.keep_days} days", one.source) for one in rules],
        )  # fmt: skip
        yield Section("Where it comes from", SOURCES)

    def _who(self) -> Iterator[Section]:
        with self._as_they() as ctx:
            recipients = copies.my_recipients(ctx)
        yield Section(
            "Who was given your data",
            ["Organisations you allowed to have data, also where you took it back later."],
            ["Organisation", "Data", "From", "Until"],
            [(one.name, one.what, one.since, one.until) for one in recipients],
        )
        yield Section(
            "Who looked", ["Everyone else who read or changed something about you, newest first."],
            ["When (UTC)", "What", "Why"], self._looks(),
        )  # fmt: skip

    def _looks(self) -> Iterator[tuple[Any, ...]]:
        before = None
        while True:
            with self._as_they() as ctx:
                looks = records.who_looked(ctx, before=before)
            for look in looks.looks:
                yield f"{look.at:%Y-%m-%d %H:%M}", look.sentence, look.purpose
            if looks.next is None:
                return
            before = looks.next


def _add(archive: ZipFile, one: Exported) -> None:
    with archive.open(one.path, "w", force_zip64=True) as out:
        for piece in one.pieces:
            out.write(piece)
