"""Changing a part of a resource: JSON Patch (RFC 6902) and JSON Merge Patch (RFC 7396)."""

import base64
from collections.abc import Callable
from typing import Any

from salus.formats.fhir import faithful
from salus.formats.fhir.faithful import NotJson, Resource

Change = Callable[[Resource], Resource]
JSON_PATCH = "application/json-patch+json"
MOST_STEPS = 1_000
_REMOVED = object()


class NotAPatch(ValueError):
    """A patch that means nothing, or not to this resource. Nothing of it was done."""


class TestFailed(NotAPatch):
    """The resource is not as the patch expects."""


def json_patch(steps: Any) -> Change:
    """The change that these steps make, all of them or none. Raises NotAPatch; the change raises it, too."""
    if not isinstance(steps, list) or len(steps) > MOST_STEPS or not all(isinstance(step, dict) for step in steps):
        raise NotAPatch(f"A JSON Patch is a list of at most {MOST_STEPS} operations.")

    def change(resource: Resource) -> Resource:
        for place, step in enumerate(steps):
            try:
                resource = _step(resource, step)
            except (KeyError, IndexError, TypeError, ValueError) as error:
                if isinstance(error, TestFailed):
                    raise
                raise NotAPatch(f"Operation {place} cannot be done to this resource.") from None
        return resource

    return change


def merge_patch(patch: Any) -> Change:
    """The change by which what is given replaces what is there, and null takes it away. Raises NotAPatch."""
    if not isinstance(patch, dict):
        raise NotAPatch("A merge patch is an object.")
    return lambda resource: _merged(resource, patch)


def of_binary(resource: Resource | None) -> Change:
    """The JSON Patch that a bundle carries as a Binary. Raises NotAPatch."""
    if resource is None or resource.get("resourceType") != "Binary" or resource.get("contentType") != JSON_PATCH:
        raise NotAPatch(f"In a bundle, a patch is a Binary with contentType {JSON_PATCH}.")
    try:
        return json_patch(faithful.parse(base64.b64decode(resource["data"], validate=True)))
    except (KeyError, TypeError, ValueError) as error:
        raise (error if isinstance(error, NotAPatch | NotJson) else NotAPatch("The patch is not base64.")) from None


def _merged(target: Any, patch: Any) -> Any:
    if not isinstance(patch, dict):
        return patch
    found = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            found.pop(name, None)
        else:
            found[name] = _merged(found.get(name), value)
    return found


def _step(resource: Any, step: dict[str, Any]) -> Any:
    path = _path(step["path"])
    match step["op"]:
        case "add":
            return _put(resource, path, step["value"])
        case "remove":
            return _put(resource, path, _REMOVED)
        case "replace":
            _get(resource, path)
            return _put(_put(resource, path, _REMOVED), path, step["value"]) if path else step["value"]
        case "move":
            source = _path(step["from"])
            if path[: len(source)] == source and path != source:
                raise ValueError("nothing moves into itself")
            return _put(_put(resource, source, _REMOVED), path, _get(resource, source))
        case "copy":
            return _put(resource, path, _get(resource, _path(step["from"])))
        case "test":
            if _get(resource, path) != step["value"]:
                raise TestFailed("The resource is not as the patch expects.")
            return resource
    raise ValueError("no such operation")


def _path(written: str) -> tuple[str, ...]:
    if written and not written.startswith("/"):
        raise ValueError("a pointer begins with a slash")
    return tuple(word.replace("~1", "/").replace("~0", "~") for word in written.split("/")[1:])


def _get(value: Any, path: tuple[str, ...]) -> Any:
    for word in path:
        value = value[_place(value, word)] if isinstance(value, list) else value[word]
    return value


def _put(value: Any, path: tuple[str, ...], new: Any) -> Any:
    """A copy with `new` at the path; without what is there, if it is to be removed."""
    if not path:
        if new is _REMOVED:
            raise ValueError("the whole resource cannot be removed")
        return new
    word, rest = path[0], path[1:]
    if isinstance(value, list):
        return _put_in_list(value, word, rest, new)
    if rest:
        return value | {word: _put(value[word], rest, new)}
    if new is _REMOVED:
        value[word]  # raises KeyError where there is nothing
        return {name: inner for name, inner in value.items() if name != word}
    return value | {word: new}


def _put_in_list(value: list[Any], word: str, rest: tuple[str, ...], new: Any) -> list[Any]:
    is_added = not rest and new is not _REMOVED
    place = len(value) if word == "-" and is_added else _place(value, word, one_more=is_added)
    if is_added:
        return [*value[:place], new, *value[place:]]
    if rest:
        return [*value[:place], _put(value[place], rest, new), *value[place + 1 :]]
    return value[:place] + value[place + 1 :]


def _place(value: list[Any], word: str, *, one_more: bool = False) -> int:
    if not word.isdecimal() or (word != "0" and word.startswith("0")):
        raise ValueError("a place in a list is a whole number")
    if int(word) >= len(value) + one_more:
        raise IndexError
    return int(word)
