"""A search as SQL. Nothing of what was asked stands in the statement: values go along as numbers and ids."""

import base64
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from salus.formats.fhir import moments
from salus.formats.fhir.compartments import LEADING
from salus.formats.fhir.criteria import amount, stretch, words
from salus.formats.fhir.indexing import ANY, PRESENT, WHOSE, word
from salus.formats.fhir.moments import ALWAYS
from salus.formats.fhir.parameters import Kind, Parameter
from salus.formats.fhir.search import ITS_ID, LAST_UPDATED, Criterion, Question
from salus.kernel.actor import Actor, Role
from salus.shared.clinical.rules.keeping import digest
from salus.shared.clinical.rules.refusals import Malformed
from salus.shared.clinical.rules.sight import SEES_ALL

Asked = tuple[str, dict[str, Any]]
_IN_WORDS = "EXISTS (SELECT FROM clinical_words AS word WHERE word.id = resource.id AND word.word_digest = ANY({}))"
_MOMENT = """EXISTS (SELECT FROM clinical_moments AS moment
    WHERE moment.id = resource.id AND moment.parameter_digest = ANY({parameter}) AND {compared})"""
_AMOUNT = """EXISTS (SELECT FROM clinical_amounts AS amount
    WHERE amount.id = resource.id AND amount.parameter_digest = ANY({parameter}) AND {compared})"""
_KEY = """(SELECT {chosen} FROM clinical_moments AS moment
    WHERE moment.id = resource.id AND moment.parameter_digest = ANY({names}))"""
_SIZE = """(SELECT {chosen}(amount.value) FROM clinical_amounts AS amount
    WHERE amount.id = resource.id AND amount.parameter_digest = ANY({names}))"""
_COMPARED: dict[str, str] = {
    "eq": "{from_} >= {low} AND {to} <= {high}",
    "ne": "NOT ({from_} >= {low} AND {to} <= {high})",
    "gt": "{to} > {high}",
    "ge": "{to} >= {low}",
    "lt": "{from_} < {low}",
    "le": "{from_} <= {high}",
    "sa": "{from_} > {high}",
    "eb": "{to} < {low}",
    "ap": "{to} >= {low} AND {from_} <= {high}",
}


class Conditions:
    """Joins and conditions that grow criterion by criterion."""

    def __init__(self, tenant_id: UUID, question: Question) -> None:
        self._tenant_id = tenant_id
        self._question = question
        self._type = question.resource_type
        self._joins: list[str] = []
        self._where: list[str] = []
        self._values: dict[str, Any] = {}

    def add(self, criterion: Criterion) -> None:
        """Raises Malformed for a value that its kind of parameter cannot have."""
        parameter = criterion.parameter
        if criterion.modifier == "missing":
            present = self._digests(PRESENT, parameter.looked_up)
            self._where.append(("NOT " if criterion.values == ("true",) else "") + _IN_WORDS.format(self._put(present)))
        elif parameter is ITS_ID:
            self.is_one_of(criterion.values)
        elif parameter is LAST_UPDATED:
            self._where.append(self._either(criterion, self._last_updated))
        elif parameter.kind is Kind.DATE:
            self._where.append(self._either(criterion, self._date))
        elif parameter.kind in {Kind.QUANTITY, Kind.NUMBER}:
            self._where.append(self._either(criterion, self._quantity))
        else:
            written = [text for value in criterion.values for text in words(parameter, criterion.modifier, value)]
            digests = [self._digest(name, text) for name in parameter.looked_up for text in written]
            self._has_word(digests, negated=criterion.modifier == "not")

    def refers_to(self, parameter: Parameter, named: Iterable[str]) -> None:
        self._has_word([self._digest(name, one) for one in named for name in parameter.looked_up])

    def is_one_of(self, ids: Iterable[str]) -> None:
        self._where.append(f"resource.fhir_id = ANY({self._put(list(ids), cast='::text[]')})")

    def seen_by(self, actor: Actor, sight: str, parameters: dict[str, Any]) -> None:
        """Only what the actor sees. For patients, their own word leads there without passing by anybody else's."""
        self._where.append(sight)
        self._values |= parameters
        only_own = actor.has(Role.PATIENT) and not actor.roles & (SEES_ALL | {Role.DOCTOR})
        if only_own and (self._type in LEADING or self._type == "Patient"):
            self._has_word([self._digest(WHOSE, str(actor.person_id))])

    def page(self, select: str, most: int) -> Asked:
        order, after = self._order()
        where = [*self._where, *after]
        most_of = self._put(most)
        return f"{self._statement(select, where)} ORDER BY {order} LIMIT {most_of}{self._offset()}", self._values

    def counted(self) -> Asked:
        return self._statement("SELECT count(*) AS total", self._where), self._values

    def cursor(self, last: dict[str, Any], shown: int) -> str:
        """The place after the last that was shown, for the link to the next page."""
        place = str(int(place_of(self._question.cursor) or "0") + shown) if self._question.sort else last["id"].hex
        return cursor_at(place)

    def _statement(self, select: str, where: list[str]) -> str:
        if not self._joins:
            self._has_word([self._digest(ANY, "")])
        joins = " ".join(self._joins)
        conditions = " AND ".join(["resource.deleted_at IS NULL", *where])
        return (
            f"{select} FROM clinical_resources AS resource {joins} "
            f"LEFT JOIN person_keys AS key ON key.person_id = resource.sealed_for WHERE {conditions}"
        )

    def _order(self) -> tuple[str, list[str]]:
        """How rows are ordered, and what keeps those out that were shown."""
        if not self._question.sort:
            place = place_of(self._question.cursor)
            return "resource.id", [f"resource.id > {self._put(_uuid(place))}"] if place else []
        orders = []
        for parameter, is_downwards in self._question.sort:
            way = "DESC NULLS LAST" if is_downwards else "ASC NULLS LAST"
            orders.append(f"{self._key(parameter, is_downwards)} {way}")
        return ", ".join([*orders, "resource.id"]), []

    def _key(self, parameter: Parameter, is_downwards: bool) -> str:
        if parameter is ITS_ID:
            return "resource.fhir_id"
        if parameter is LAST_UPDATED:
            return "resource.written_at"
        if parameter.kind is not Kind.DATE:
            sizes = self._put([self._of(f"{name}|") for name in parameter.looked_up])
            return _SIZE.format(chosen="max" if is_downwards else "min", names=sizes)
        chosen = "max(moment.high)" if is_downwards else "min(moment.low)"
        names = self._put([self._of(name) for name in parameter.looked_up])
        return _KEY.format(chosen=chosen, names=names)

    def _offset(self) -> str:
        place = place_of(self._question.cursor) if self._question.sort else ""
        if place and not place.isdigit():
            raise Malformed("This is no place that we gave out.")
        return f" OFFSET {self._put(int(place))}" if place else ""

    def _has_word(self, digests: list[int], *, negated: bool = False) -> None:
        if len(digests) == 1 and not negated:
            # One word stands at most once for a resource, so a join finds none twice, and may lead the way.
            name, its = f"word_{len(self._joins)}", self._put(digests[0])
            self._joins.append(
                f"JOIN clinical_words AS {name} ON {name}.id = resource.id AND {name}.word_digest = {its}"
            )
        else:
            self._where.append(("NOT " if negated else "") + _IN_WORDS.format(self._put(digests)))
            if negated and not self._joins:
                self._has_word([self._digest(ANY, "")])

    def _either(self, criterion: Criterion, compared: Callable[[Parameter, str], str]) -> str:
        return f"({' OR '.join(compared(criterion.parameter, value) for value in criterion.values)})"

    def _date(self, parameter: Parameter, value: str) -> str:
        how, asked = stretch(parameter, value)
        names = self._put([self._of(name) for name in parameter.looked_up])
        compared = self._compare(how, "moment.low", "moment.high", asked.low, asked.high)
        return _MOMENT.format(parameter=names, compared=compared)

    def _last_updated(self, parameter: Parameter, value: str) -> str:
        how, asked = stretch(parameter, value)
        low, high = (_moment(micros) for micros in asked)
        return self._compare(how, "resource.written_at", "resource.written_at", low, high)

    def _quantity(self, parameter: Parameter, value: str) -> str:
        asked = amount(parameter, value)
        names = self._put([self._of(f"{name}|{asked.unit}") for name in parameter.looked_up])
        compared = self._compare(asked.how, "amount.value", "amount.value", asked.low, asked.high)
        return _AMOUNT.format(parameter=names, compared=compared)

    def _compare(self, how: str, from_: str, to: str, low: Any, high: Any) -> str:
        return _COMPARED[how].format(from_=from_, to=to, low=self._put(low), high=self._put(high))

    def _digests(self, name: str, values: Iterable[str]) -> list[int]:
        return [self._digest(name, value) for value in values]

    def _digest(self, name: str, value: str) -> int:
        return digest(self._tenant_id, word(self._type, name, value))

    def _of(self, name: str) -> int:
        return digest(self._tenant_id, f"{self._type}|{name}")

    def _put(self, value: Any, *, cast: str = "") -> str:
        """The place of a value in the statement. A list may be empty, so only who made it knows of what it is."""
        name = f"v{len(self._values)}"
        self._values[name] = value
        cast = cast or {list: "::bigint[]", int: "::bigint", float: "::float8"}.get(type(value), "")
        return f"%({name})s{cast}"


def _moment(micros: int) -> datetime:
    try:
        return moments.moment(min(micros, ALWAYS))
    except OverflowError:
        raise Malformed("This date is out of the range that is kept.") from None


def cursor_at(place: str) -> str:
    """A place in what a search found, as it stands in an address."""
    return base64.urlsafe_b64encode(place.encode()).decode().rstrip("=")


def place_of(cursor: str) -> str:
    """The place again; empty for the beginning. Raises Malformed for what is none."""
    if not cursor:
        return ""
    try:
        return base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except ValueError:
        raise Malformed("This is no place that we gave out.") from None


def _uuid(place: str) -> UUID:
    try:
        return UUID(hex=place)
    except ValueError:
        raise Malformed("This is no place that we gave out.") from None
