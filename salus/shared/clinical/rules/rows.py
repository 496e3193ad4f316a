"""One version of a resource as rows: its content, and what it is found by, written by one statement."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from salus.formats.fhir.faithful import Resource
from salus.kernel.ids import new_id
from salus.kernel.keys import seal
from salus.shared.clinical.rules.keeping import PLACE, PLACE_OF_VERSION, Kept, Numbers, numbers

Asked = tuple[str, dict[str, Any]]
NOTHING = Numbers(frozenset(), frozenset(), frozenset())

_INSERT = """
WITH resource AS (
    INSERT INTO clinical_resources (id, resource_type, fhir_id, version, person_id, sealed_for, author_id, written_at,
                                    content_sealed)
    VALUES (%(id)s, %(resource_type)s, %(fhir_id)s, 1, %(person_id)s, %(sealed_for)s, %(author_id)s, %(now)s,
            %(content)s)
)"""
_REPLACE = """
WITH past AS (
    INSERT INTO clinical_versions (id, resource_id, version, person_id, sealed_for, written_at, is_deletion,
                                   content_sealed)
    VALUES (%(past_id)s, %(id)s, %(past_version)s, %(person_id)s, %(sealed_for)s, %(past_at)s, %(past_is_deletion)s,
            %(past_content)s)
), resource AS (
    UPDATE clinical_resources SET version = %(version)s, written_at = %(now)s, content_sealed = %(content)s,
                                  deleted_at = %(deleted_at)s
    WHERE id = %(id)s
), no_words AS (
    DELETE FROM clinical_words WHERE id = %(id)s AND word_digest = ANY(%(no_words)s::bigint[])
), no_moments AS (
    DELETE FROM clinical_moments USING unnest(%(no_moment_0)s::bigint[], %(no_moment_1)s::bigint[],
                                              %(no_moment_2)s::bigint[]) AS gone (digest, low, high)
    WHERE id = %(id)s
      AND (parameter_digest, clinical_moments.low, clinical_moments.high) = (digest, gone.low, gone.high)
), no_amounts AS (
    DELETE FROM clinical_amounts USING unnest(%(no_amount_0)s::bigint[], %(no_amount_1)s::float8[])
                                       AS gone (digest, value)
    WHERE id = %(id)s AND (parameter_digest, clinical_amounts.value) = (digest, gone.value)
)"""
_INDEX = """, words AS (
    INSERT INTO clinical_words (id, word_digest, person_id)
    SELECT %(id)s, unnest(%(words)s::bigint[]), %(person_id)s
), moments AS (
    INSERT INTO clinical_moments (id, parameter_digest, low, high, person_id)
    SELECT %(id)s, unnest(%(moment_0)s::bigint[]), unnest(%(moment_1)s::bigint[]), unnest(%(moment_2)s::bigint[]),
           %(person_id)s
), amounts AS (
    INSERT INTO clinical_amounts (id, parameter_digest, value, person_id)
    SELECT %(id)s, unnest(%(amount_0)s::bigint[]), unnest(%(amount_1)s::float8[]), %(person_id)s
)
SELECT 1"""


def first(tenant_id: UUID, kept: Kept, resource: Resource, *, key: bytes, author_id: UUID | None) -> Asked:
    """The statement that keeps the first version of a resource."""
    added = _indexed(numbers(tenant_id, resource, kept.person_id), NOTHING)
    written = {
        "resource_type": kept.resource_type,
        "fhir_id": kept.fhir_id,
        "sealed_for": kept.person_id or tenant_id,
        "author_id": author_id,
    }
    return _INSERT + _INDEX, _content(kept, key) | written | added


def next_one(tenant_id: UUID, old: Kept, new: Kept, *, key: bytes) -> Asked:
    """The statement that keeps the next version, and the one before as history.

    What the resource is found by is compared, because most of it stays from one version to the next. A deleted one is
    found by nothing.
    """
    before = NOTHING if old.is_deletion else numbers(tenant_id, old.resource, old.person_id)
    after = NOTHING if new.is_deletion else numbers(tenant_id, new.resource, new.person_id)
    past_id = new_id()
    written = {
        "version": new.version,
        "deleted_at": new.written_at if new.is_deletion else None,
        "sealed_for": old.person_id or tenant_id,
        "past_id": past_id,
        "past_version": old.version,
        "past_at": old.written_at,
        "past_is_deletion": old.is_deletion,
        "past_content": seal(key, old.content.encode(), PLACE_OF_VERSION.format(past_id)),
    }
    return _REPLACE + _INDEX, _content(new, key) | written | _indexed(after, before)


def _content(kept: Kept, key: bytes) -> dict[str, Any]:
    sealed = seal(key, kept.content.encode(), PLACE.format(kept.row_id))
    return {"id": kept.row_id, "person_id": kept.person_id, "now": kept.written_at, "content": sealed}


def _indexed(after: Numbers, before: Numbers) -> dict[str, Any]:
    """What is to be added, and what to be taken away."""
    parts = {
        "moment": _columns(after.moments - before.moments, 3),
        "no_moment": _columns(before.moments - after.moments, 3),
        "amount": _columns(after.amounts - before.amounts, 2),
        "no_amount": _columns(before.amounts - after.amounts, 2),
    }
    return {
        "words": list(after.words - before.words),
        "no_words": list(before.words - after.words),
        **{f"{name}_{place}": column for name, found in parts.items() for place, column in enumerate(found)},
    }


def _columns(rows: Iterable[tuple[Any, ...]], width: int) -> list[list[Any]]:
    """Rows as columns, for `unnest`."""
    return [list(column) for column in zip(*rows, strict=True)] or [[] for _ in range(width)]
