"""FHIR's JSON, read and written so that nothing of it changes.

The precision of a decimal is part of its meaning (FHIR R4, 2.24.0.1): `1.10` must come back as `1.10`. Python's floats
would lose that, so a number with a point or an exponent stays the text it came as.
"""

import json
import re
from typing import Any

Resource = dict[str, Any]

_MARK = "\x00"
_MARKED = re.compile(r'"\\u0000([^"]+)"')
_ESCAPED_HALF = re.compile(r"\\u[dD][89a-fA-F]")
DEEPEST = 40
"""How deep a resource may nest. The deepest of real ones (a questionnaire) has about twenty levels."""


class NotJson(ValueError):
    """What came is no JSON, or not such as FHIR allows. The message says where, and repeats nothing of it."""


class Decimal:
    """A number as it was written."""

    __slots__ = ("written",)

    def __init__(self, written: str) -> None:
        self.written = written

    def __float__(self) -> float:
        return float(self.written)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Decimal) and other.written == self.written

    def __hash__(self) -> int:
        return hash(self.written)


def parse(body: bytes | str) -> Any:
    """What the JSON says. Raises NotJson."""
    try:
        found = _DECODER.decode(body if isinstance(body, str) else body.decode())
    except UnicodeDecodeError:
        raise NotJson("The body is not UTF-8.") from None
    except json.JSONDecodeError as error:
        raise NotJson(f"The body is not JSON: {error.msg} at line {error.lineno}, column {error.colno}.") from None
    except RecursionError:
        raise NotJson("The body nests too deeply.") from None
    except ValueError as error:
        raise error if isinstance(error, NotJson) else NotJson("A number has too many digits.") from None
    if _ESCAPED_HALF.search(body if isinstance(body, str) else body.decode()):
        _refuse_halves(found)
    return found


def text(resource: Any) -> str:
    """The JSON of it, on one line."""
    written = _ENCODER.encode(resource)
    # No string of FHIR holds a NUL (`structure` sees to it), so the marks can be told from everything else.
    return _MARKED.sub(r"\1", written) if "\\u0000" in written else written


def _refuse_halves(found: Any) -> None:
    """Raises NotJson for an escaped half of a surrogate pair, which is no character and cannot be written again."""
    try:
        text(found).encode()
    except UnicodeEncodeError:
        raise NotJson("A string holds half a character.") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise NotJson("An object says the same property twice.")
    return found


def _no_constant(_: str) -> None:
    raise NotJson("NaN and Infinity are no numbers of JSON.")


def _marked(value: object) -> str:
    if isinstance(value, Decimal):
        return _MARK + value.written
    raise TypeError(type(value).__name__)


_DECODER = json.JSONDecoder(parse_float=Decimal, parse_constant=_no_constant, object_pairs_hook=_once)
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=_marked)
