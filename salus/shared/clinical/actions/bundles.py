"""Transactions: everything in a bundle, or nothing of it."""

from salus.formats.fhir import patching
from salus.formats.fhir.compartments import TYPES
from salus.formats.fhir.faithful import NotJson
from salus.formats.fhir.patching import NotAPatch
from salus.formats.fhir.search import NotUnderstood, Question, read
from salus.kernel.context import Context
from salus.kernel.errors import NotFound, Refusal
from salus.kernel.ids import new_id
from salus.kernel.operations import WITHIN, action
from salus.shared.clinical import queries
from salus.shared.clinical.actions.writing import Written, create, only, patch, remove, update, update_where
from salus.shared.clinical.rules.bundles import Entry, linked, pairs, turn
from salus.shared.clinical.rules.keeping import Kept
from salus.shared.clinical.rules.refusals import Dangling, Malformed
from salus.shared.clinical.rules.sight import READERS

Answer = Written | queries.Page | Kept | Refusal | None
"""What came of an entry: what was written, found or read, why not, or nothing (it was deleted)."""


@action(roles=READERS, told="changed your clinical record", smart="*.cruds")
def transact(ctx: Context, listed: list[Entry], *, is_atomic: bool = True) -> list[Answer]:
    """Carry out all entries, and answer each in its own place.

    Of a transaction, all or none: the order is FHIR's, and references between entries by full URL, as well as those
    that are criteria, lead to what they mean. Whatever refuses one of them is raised, with its place as the field.
    Entries of a batch (not `is_atomic`) stand for themselves, in their order; a refusal is the answer to its own.
    """
    ctx.tell(entries=len(listed))
    if not is_atomic:
        return [_by_itself(ctx, entry) for entry in listed]
    ids = {entry.place: str(new_id()) for entry in listed if entry.method in {"POST", "PUT"}}
    named = _names(ctx, listed, ids)
    answers: dict[int, Answer] = {}
    led = linked(listed, named, lambda question: _one(ctx, question))
    for entry in sorted(led, key=turn):
        try:
            answers[entry.place] = carry_out(ctx, entry, fhir_id=ids.get(entry.place))
        except Refusal as refusal:
            refusal.field = f"Bundle.entry[{entry.place}]"
            raise
    return [answers[entry.place] for entry in listed]


@action(roles=WITHIN)
def carry_out(ctx: Context, entry: Entry, *, fhir_id: str | None = None) -> Answer:
    """One entry. `fhir_id` is the id that was promised to what it creates."""
    if entry.method in {"GET", "HEAD"}:
        return _looked_up(ctx, entry)
    return _written(ctx, entry, fhir_id)


def _written(ctx: Context, entry: Entry, fhir_id: str | None) -> Answer:
    resource = entry.resource
    match entry.method:
        case "POST" if resource is not None and not entry.fhir_id:
            return create(ctx, resource, unless=entry.unless, fhir_id=fhir_id)
        case "PUT" if resource is not None and entry.fhir_id:
            return update(ctx, entry.fhir_id, resource, if_version=entry.if_version)
        case "PUT" if resource is not None:
            return update_where(ctx, entry.criteria, resource, fhir_id=fhir_id)
        case "PATCH" if entry.fhir_id:
            change = patching.of_binary(resource)
            return patch(ctx, entry.resource_type, entry.fhir_id, change, if_version=entry.if_version)
        case "DELETE" if entry.fhir_id:
            return remove(ctx, entry.resource_type, entry.fhir_id, if_version=entry.if_version)
    raise Malformed("This is nothing that an entry of a bundle can ask for.")


def _looked_up(ctx: Context, entry: Entry) -> Answer:
    if entry.resource_type not in TYPES:  # what is made when it is asked for is asked for by itself
        raise NotFound
    match (entry.fhir_id, *entry.path):
        case ("",):
            return queries.search(ctx, read(entry.resource_type, pairs(entry.query)))
        case (fhir_id,):
            return queries.read(ctx, entry.resource_type, fhir_id)
        case (fhir_id, "_history", number) if number.isdecimal():
            return queries.version(ctx, entry.resource_type, fhir_id, int(number))
    raise Malformed("This is nothing that an entry of a bundle can ask for.")


def _by_itself(ctx: Context, entry: Entry) -> Answer:
    try:
        with ctx.attempt():
            return carry_out(ctx, entry)
    except Refusal as refusal:
        return refusal
    except (NotUnderstood, NotAPatch, NotJson) as error:
        return Malformed(str(error))


def _names(ctx: Context, listed: list[Entry], ids: dict[int, str]) -> dict[str, str]:
    """What the full URL of each entry will be: under the same criteria, the first of them is created for all."""
    named: dict[str, str] = {}
    promised: dict[Question, str] = {}
    for entry in listed:
        if entry.method not in {"POST", "PUT"}:
            continue
        criteria = entry.unless if entry.method == "POST" else (None if entry.fhir_id else entry.criteria)
        if criteria is not None and criteria not in promised:
            there = only(ctx, criteria)
            promised[criteria] = there.kept.fhir_id if there is not None else ids[entry.place]
        chosen = promised[criteria] if criteria is not None else entry.fhir_id or ids[entry.place]
        if entry.full_url:
            named[entry.full_url] = f"{entry.resource_type}/{chosen}"
    return named


def _one(ctx: Context, question: Question) -> str:
    """What a reference by criteria leads to."""
    matches = queries.matching(ctx, question, most=2) if question.criteria else []
    if len(matches) != 1:
        raise Dangling
    return f"{question.resource_type}/{matches[0].fhir_id}"
