"""One acceptable value for any shape that a door takes, so that nobody is refused for the wrong reason."""

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from uuid import uuid4

from pydantic import BaseModel

Schema = dict[str, Any]

# What a schema cannot say of itself.
BY_NAME: dict[str, Any] = {
    "email": "nobody@people.example",
    "country": "FI",
    "currency": "EUR",
    "codes": ["HKQuantityTypeIdentifierStepCount"],
    "permission": "GRU",
    "purpose": "research",
    "account": "DE89 3704 0044 0532 0130 00",
    "iban": "DE89 3704 0044 0532 0130 00",
    "price": "12.00",
    "amount": "12.00",
    "password": "seven quiet lanterns on a river",
    "current_password": "quiet rivers carry seven lanterns",
    "from_day": "2026-05-10",
    "to_day": "2026-06-10",
    "text_sha256": "0" * 64,
    "code": "123456",
    "issuer": "https://people.example",
    "endpoint": "https://people.example/fhir",
    "topics": ["*"],
    "specialties": ["394814009"],
    "languages": ["en"],
    "rule": "FREQ=DAILY",
    **dict.fromkeys(("starts", "opens"), "09:00"),
    **dict.fromkeys(("ends", "closes"), "17:00"),
    "ends_at": (datetime.now(UTC) + timedelta(days=30, hours=2)).isoformat(),
    "zone": "Europe/Helsinki",
    "scopes": ["health_data:read"],
}
BY_FORMAT = {
    "uuid": lambda: str(uuid4()),
    "time": lambda: "09:00:00",
    "date": lambda: datetime.now(UTC).date().isoformat(),
    "date-time": (datetime.now(UTC) + timedelta(days=30)).isoformat,
    "email": lambda: "nobody@people.example",
    "uri": lambda: "https://people.example/",
    "password": lambda: "seven quiet lanterns on a river",
}


def example(model: type[BaseModel]) -> Schema:
    """A filled-in `model`, as JSON. Raises ValidationError for one that needs what `BY_NAME` does not know."""
    made = filled(model)
    model.model_validate(made)
    return made


def filled(model: type[BaseModel]) -> Schema:
    """The same, as far as the schema tells how: it may be refused."""
    schema = _schema(model)
    return {
        name: _value(name, shape, schema.get("$defs", {}))
        for name, shape in schema.get("properties", {}).items()
        if name in schema.get("required", [])
    }


@cache
def _schema(model: type[BaseModel]) -> Schema:
    # Every knock asks for it anew, and to work it out takes as long as a request.
    return model.model_json_schema()


def _value(name: str, shape: Schema, known: Schema) -> Any:
    if "$ref" in shape:
        return _value(name, known[shape["$ref"].rsplit("/", 1)[-1]], known)
    if name in BY_NAME and "enum" not in shape:
        return BY_NAME[name]
    for one in ("const", "default"):
        if one in shape:
            return shape[one]
    if "enum" in shape:
        return shape["enum"][0]
    for several in ("anyOf", "oneOf", "allOf"):
        if several in shape:
            return _value(name, shape[several][0], known)
    return _plain(shape, known)


def _plain(shape: Schema, known: Schema) -> Any:
    match shape.get("type"):
        case "object":
            return {key: _value(key, shape["properties"][key], known) for key in shape.get("required", [])}
        case "array":
            return [_value("", shape["items"], known)] * shape.get("minItems", 0)
        case "boolean":
            return True
        case "integer" | "number":
            return shape.get("minimum", shape.get("exclusiveMinimum", 0) + 1)
        case _:
            text = BY_FORMAT.get(shape.get("format", ""), lambda: "nothing in particular")()
            return str(text)[: shape.get("maxLength", 1000)].ljust(shape.get("minLength", 0), "x")
