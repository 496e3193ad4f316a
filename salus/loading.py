"""Loading clinical records from files: by the same action as a bundle that comes to the FHIR door.

A resource keeps the id that it has in its file, and one without gets an id that is made of what it says. So what is
loaded again is the same resource. An entry that creates one does so once, and leaves what is there as it is; anything
else makes a new version of what it changes.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from salus.formats.fhir import faithful
from salus.formats.fhir.compartments import TYPES
from salus.formats.fhir.faithful import NotJson, Resource
from salus.formats.fhir.patching import NotAPatch
from salus.formats.fhir.search import NotUnderstood
from salus.kernel.actor import SYSTEM, Actor, Role
from salus.kernel.context import Context
from salus.kernel.errors import NotAllowed, NotFound, Refusal
from salus.kernel.tenants import tenants
from salus.shared.clinical import actions
from salus.shared.clinical.actions import Written
from salus.shared.clinical.rules import bundles
from salus.shared.clinical.rules.refusals import Malformed
from salus.shared.people import queries as people

KINDS = frozenset({".json", ".ndjson"})
LINES_AT_ONCE = 500
LOOKED_AT = 1 << 20
"""Bytes of a file by which its place among the others is chosen."""
PURPOSE = "Loading records from files"
DONE_BY_ENTRIES = frozenset({"transaction", "batch"})
"""Bundles whose entries say what is to be done. Of any other, the resources are kept."""
_PATIENT = re.compile(rb'"resourceType"\s*:\s*"Patient"')
_NAMES_PATIENTS = re.compile(rb'"Patient[/?]')
_PLACE = re.compile(r"Bundle\.entry\[(\d+)\].*")
_URN = "urn:uuid:"


@dataclass
class Loaded:
    """What came of it, and why some files were refused."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: list[str] = field(default_factory=list)

    def count(self, written: Written) -> None:
        if written.is_new:
            self.new += 1
        elif written.is_unchanged:
            self.unchanged += 1
        else:
            self.changed += 1


@dataclass(frozen=True)
class Portion:
    """Entries that are carried out together, and the lines they stand in where each has its own."""

    entries: list[Any]
    size: int
    """Bytes of the file."""
    lines: tuple[int, ...] = ()

    def named(self, where: str | None) -> str | None:
        """What a refusal is about, in the words of the file."""
        place = _PLACE.fullmatch(where or "") if self.lines else None
        return f"line {self.lines[int(place[1])]}" if place else where


def load(
    files: Iterable[Path], tenant_id: UUID, actor: Actor = SYSTEM, *, advance: Callable[[int], object] = lambda _: None
) -> Loaded:
    """Load these files, each bundle whole or not at all. A file that is refused keeps no other from being loaded.

    `advance` is told the bytes of what is done.
    """
    loaded = Loaded()
    for file in files:
        done = 0
        try:
            for portion in _portions(file):
                _carry_out(portion, tenant_id, actor, loaded)
                done += portion.size
                advance(portion.size)
        except (Refusal, NotJson, NotUnderstood, NotAPatch) as error:
            loaded.refused.append(f"{file}: {_words(error)}")
            advance(file.stat().st_size - done)
    return loaded


def whose(slug: str, email: str | None = None) -> tuple[UUID, Actor]:
    """The tenant that is called so, and the administrator who loads; Salus itself where none is named.

    Raises NotFound, or NotAllowed for somebody who is no administrator: they could not give patients their ids.
    """
    tenant = next((each for each in tenants() if each.slug == slug), None)
    if tenant is None:
        raise NotFound(f"There is no tenant {slug}.")
    if email is None:
        return tenant.id, SYSTEM
    with Context(SYSTEM, tenant.id) as ctx:
        actor = people.acting(ctx, email)
    if not actor.has(Role.ADMINISTRATOR):
        raise NotAllowed("Only an administrator loads records.")
    return tenant.id, actor


def files_in(folder: Path) -> list[Path]:
    """The files to be loaded, in an order in which most of what refers to others comes after them."""
    found = [folder] if folder.is_file() else [file for file in folder.rglob("*") if file.suffix in KINDS]
    return sorted(found, key=lambda file: (_rank(file), file))


def _rank(file: Path) -> int:
    """What is about nobody comes first, because bundles of patients refer to it by criteria; then patients."""
    with file.open("rb") as opened:
        content = opened.read(LOOKED_AT)
    if _PATIENT.search(content):
        return 1
    return 2 if _NAMES_PATIENTS.search(content) else 0


def _portions(file: Path) -> Iterator[Portion]:
    if file.suffix == ".ndjson":
        yield from _lines(file)
        return
    resource = _resource(faithful.parse(file.read_bytes()))
    size = file.stat().st_size
    if resource["resourceType"] != "Bundle":
        yield Portion([_to_keep(resource)], size)
        return
    entries = resource.get("entry", [])
    if not isinstance(entries, list):
        raise Malformed("Bundle.entry is a list.")
    is_done = resource.get("type") in DONE_BY_ENTRIES
    yield Portion([_only_once(entry) if is_done else _to_keep_entry(entry) for entry in entries], size)


def _lines(file: Path) -> Iterator[Portion]:
    with file.open("rb") as lines:
        numbered = enumerate(lines, 1)
        while some := list(islice(numbered, LINES_AT_ONCE)):
            written = {line: content for line, content in some if content.strip()}
            entries = [_line(line, content) for line, content in written.items()]
            yield Portion(entries, sum(len(content) for _, content in some), tuple(written))


def _line(line: int, content: bytes) -> dict[str, Any]:
    try:
        return _to_keep(_resource(faithful.parse(content)))
    except NotJson as error:
        raise Malformed(str(error), field=f"line {line}") from None


def _carry_out(portion: Portion, tenant_id: UUID, actor: Actor, loaded: Loaded) -> None:
    try:
        entries = bundles.entries({"resourceType": "Bundle", "entry": portion.entries})
        for entry in entries:
            if entry.resource_type not in TYPES:
                raise Malformed(f"{entry.resource_type} is not kept here.", field=f"Bundle.entry[{entry.place}]")
        with Context(actor, tenant_id, purpose=PURPOSE) as ctx:
            answers = actions.transact(ctx, entries)
    except Refusal as refusal:
        refusal.field = portion.named(refusal.field)
        raise
    for answer in answers:
        if isinstance(answer, Written):
            loaded.count(answer)


def _words(error: Exception) -> str:
    """What is wrong, and where. Values of what was to be loaded are never repeated."""
    where = getattr(error, "field", None)
    told = "; ".join(f"{fault.where}: {fault.message}" for fault in getattr(error, "faults", ())) or str(error)
    return f"{where}: {told}" if where else told


def _resource(found: Any) -> Resource:
    if not isinstance(found, dict) or not isinstance(found.get("resourceType"), str):
        raise Malformed("This is no resource: an object with a resourceType.")
    return found


def _only_once(entry: Any) -> Any:
    """An entry that creates without a condition puts the resource under its own id instead, if there is none."""
    request = entry.get("request") if isinstance(entry, dict) else None
    if not isinstance(request, dict) or request.get("method") != "POST" or "ifNoneExist" in request:
        return entry
    kept = _to_keep_entry(entry)
    return kept | {"request": kept["request"] | {"ifNoneMatch": "*"}}


def _to_keep_entry(entry: Any) -> Any:
    if not isinstance(entry, dict):
        raise Malformed("An entry is an object.")
    full_url = str(entry.get("fullUrl", ""))
    its = full_url.removeprefix(_URN) if full_url.startswith(_URN) else None
    return entry | _to_keep(_resource(entry.get("resource")), its)


def _to_keep(resource: Resource, its: str | None = None) -> dict[str, Any]:
    """The entry that keeps it under its id; without one, under `its`, or one that is made of what it says."""
    fhir_id = resource.get("id") or its or str(uuid5(UUID(int=0), faithful.text(resource)))
    kept = resource | {"id": fhir_id}
    return {"resource": kept, "request": {"method": "PUT", "url": f"{resource['resourceType']}/{fhir_id}"}}
