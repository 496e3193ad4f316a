"""Transactions: everything in a bundle, or nothing of it."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple, Protocol

from salus.formats.fhir import parameters, patching
from salus.formats.fhir.compartments import TYPES
from salus.formats.fhir.faithful import NotJson
from salus.formats.fhir.patching import NotAPatch
from salus.formats.fhir.search import NotUnderstood, Question, read
from salus.kernel.context import Context
from salus.kernel.errors import NotFound, Refusal
from salus.kernel.ids import new_id
from salus.kernel.operations import WITHIN, action
from salus.shared.clinical import queries
from salus.shared.clinical.actions.writing import (
    Written,
    create,
    only,
    patch,
    patch_where,
    remove,
    remove_where,
    update,
    update_where,
)
from salus.shared.clinical.rules.bundles import Entry, insist_on_one_each, linked, pairs, turn
from salus.shared.clinical.rules.keeping import Kept
from salus.shared.clinical.rules.refusals import Dangling, Malformed
from salus.shared.clinical.rules.sight import READERS


class Elsewhere(Protocol):
    """What makes the resources of a type that is not kept here, and looks by itself at who asks."""

    def read(self, ctx: Context, fhir_id: str, /) -> object: ...
    def search(self, ctx: Context, question: Question, /) -> object: ...


class FromElsewhere(NamedTuple):
    """What was read or found there."""

    found: object


Answer = Written | queries.Page | Kept | FromElsewhere | Refusal | None
"""What came of an entry: what was written, found or read, why not, or nothing (it was deleted)."""
NOWHERE: Mapping[str, Elsewhere] = {}


@action(roles=READERS, told="changed your clinical record", smart="*.cruds")
def transact(
    ctx: Context, listed: list[Entry], *, is_atomic: bool = True, elsewhere: Mapping[str, Elsewhere] = NOWHERE
) -> list[Answer]:
    """Carry out all entries, and answer each in its own place.

    `elsewhere` makes resources of the types that are not kept here, for the entries that look for them.
    Of a transaction, all or none: the order is FHIR's, and references between entries by full URL, as well as those
    that are criteria, lead to what they mean. Whatever refuses one of them is raised, with its place as the field.
    Entries of a batch (not `is_atomic`) stand for themselves, in their order; a refusal is the answer to its own.
    """
    ctx.tell(entries=len(listed))
    if not is_atomic:
        return [_by_itself(ctx, entry, elsewhere) for entry in listed]
    insist_on_one_each(listed)
    ids = {entry.place: str(new_id()) for entry in listed if entry.method in {"POST", "PUT"}}
    deletions = [entry for entry in listed if entry.method == "DELETE"]
    answers = _in_turn(ctx, deletions, ids, elsewhere)
    # What is deleted answers no criteria any more, whoever refers to it by them.
    named = _names(ctx, listed, ids)
    led = linked([entry for entry in listed if entry.method != "DELETE"], named, lambda question: _one(ctx, question))
    answers |= _in_turn(ctx, sorted(led, key=turn), ids, elsewhere)
    return [answers[entry.place] for entry in listed]


def _in_turn(
    ctx: Context, entries: Iterable[Entry], ids: dict[int, str], elsewhere: Mapping[str, Elsewhere]
) -> dict[int, Answer]:
    answers: dict[int, Answer] = {}
    for entry in entries:
        try:
            answers[entry.place] = carry_out(ctx, entry, fhir_id=ids.get(entry.place), elsewhere=elsewhere)
        except Refusal as refusal:
            refusal.field = f"Bundle.entry[{entry.place}]"
            raise
    return answers


@action(roles=WITHIN)
def carry_out(
    ctx: Context, entry: Entry, *, fhir_id: str | None = None, elsewhere: Mapping[str, Elsewhere] = NOWHERE
) -> Answer:
    """One entry. `fhir_id` is the id that was promised to what it creates."""
    if entry.method in {"GET", "HEAD"}:
        return _looked_up(ctx, entry) if entry.resource_type in TYPES else _looked_up_in(elsewhere, ctx, entry)
    return _written(ctx, entry, fhir_id)


def _written(ctx: Context, entry: Entry, fhir_id: str | None) -> Answer:
    resource = entry.resource
    if not entry.fhir_id and entry.method != "POST":
        return _written_where(ctx, entry, fhir_id)
    match entry.method:
        case "POST" if resource is not None and not entry.fhir_id:
            return create(ctx, resource, unless=entry.unless, fhir_id=fhir_id)
        case "PUT" if resource is not None:
            only_new = entry.if_none_match == "*"
            return update(ctx, entry.fhir_id, resource, if_version=entry.if_version, only_new=only_new)
        case "PATCH":
            change = patching.of_binary(resource)
            return patch(ctx, entry.resource_type, entry.fhir_id, change, if_version=entry.if_version)
        case "DELETE":
            return remove(ctx, entry.resource_type, entry.fhir_id, if_version=entry.if_version)
    raise Malformed("This is nothing that an entry of a bundle can ask for.")


def _written_where(ctx: Context, entry: Entry, fhir_id: str | None) -> Answer:
    match entry.method:
        case "PUT" if entry.resource is not None:
            return update_where(ctx, entry.criteria, entry.resource, fhir_id=fhir_id)
        case "PATCH":
            return patch_where(ctx, entry.criteria, patching.of_binary(entry.resource))
        case "DELETE":
            return remove_where(ctx, entry.criteria)
    raise Malformed("This is nothing that an entry of a bundle can ask for.")


def _looked_up(ctx: Context, entry: Entry) -> Answer:
    match (entry.fhir_id, *entry.path):
        case ("",):
            return queries.search(ctx, read(entry.resource_type, pairs(entry.query)))
        case (fhir_id,):
            return queries.read(ctx, entry.resource_type, fhir_id)
        case (fhir_id, "_history", number) if number.isdecimal():
            return queries.version(ctx, entry.resource_type, fhir_id, int(number))
        case (fhir_id, kind) if entry.resource_type == "Patient" and "patient" in parameters.of(kind):
            return queries.search(ctx, read(kind, [*pairs(entry.query), ("patient", f"Patient/{fhir_id}")]))
    raise Malformed("This is nothing that an entry of a bundle can ask for.")


def _looked_up_in(elsewhere: Mapping[str, Elsewhere], ctx: Context, entry: Entry) -> FromElsewhere:
    its = elsewhere.get(entry.resource_type)
    if its is None or entry.path:
        raise NotFound
    if entry.fhir_id:
        return FromElsewhere(its.read(ctx, entry.fhir_id))
    return FromElsewhere(its.search(ctx, read(entry.resource_type, pairs(entry.query))))


def _by_itself(ctx: Context, entry: Entry, elsewhere: Mapping[str, Elsewhere]) -> Answer:
    try:
        with ctx.attempt():
            return carry_out(ctx, entry, elsewhere=elsewhere)
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
