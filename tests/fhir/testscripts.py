"""Runs FHIR TestScripts, as far as those do that are at hand: one request at a time, and what must hold for its answer
(hl7.org/fhir/R4/testscript.html). They bring nothing with them, name no variables and clean up nothing."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2

Said = tuple[str, str]
"""What an answer said of what an assertion is about, and what is expected of it."""
OPERATORS: dict[str, Callable[[str, str], bool]] = {
    "equals": lambda said, wanted: said == wanted,
    "notEquals": lambda said, wanted: said != wanted,
    "in": lambda said, wanted: said in wanted.split(","),
    "notIn": lambda said, wanted: said not in wanted.split(","),
    "contains": lambda said, wanted: wanted in said,
    "matchesRegex": lambda said, wanted: re.search(wanted, said) is not None,
    "matchesMimeClass": lambda said, wanted: re.search(rf"[/+]{wanted}\b", said) is not None,
    "notEmpty": lambda said, _: said != "",
}


def run(folder: Path, base: str, token: str) -> Iterator[tuple[str, str]]:
    """Of each script its name and the first assertion that does not hold, or nothing; in the order of their names."""
    headers = {"accept": "application/fhir+json", "authorization": f"Bearer {token}"}
    with httpx2.Client(headers=headers, trust_env=False, timeout=60) as client:
        for file in sorted(folder.rglob("*.json")):
            script = json.loads(file.read_text())
            yield file.relative_to(folder).as_posix().removesuffix(".json"), _first_failure(script, client, base)


def _first_failure(script: dict[str, Any], client: httpx2.Client, base: str) -> str:
    answer: httpx2.Response | None = None
    for action in (action for test in script["test"] for action in test["action"]):
        if "operation" in action:
            answer = _asked(client, base, action["operation"])
        elif answer is None or not _holds(action["assert"], answer):
            return str(action["assert"]["label"])
    return ""


def _asked(client: httpx2.Client, base: str, operation: dict[str, Any]) -> httpx2.Response:
    resource, parameters = operation.get("resource"), operation.get("params", "")
    match operation["type"]["code"]:
        case "capabilities":
            path = "/metadata"
        case "history":
            path = f"/{resource}/_history{parameters}"
        case _:
            path = f"/{resource}{parameters}" if resource else parameters
    if operation.get("pathFromRoot"):
        parts = urlsplit(base)
        base = f"{parts.scheme}://{parts.netloc}"
    more = {header["field"]: header["value"] for header in operation.get("requestHeader", [])}
    return client.get(f"{base}{path}", headers=more)


def _holds(assertion: dict[str, Any], answer: httpx2.Response) -> bool:
    said, wanted = _said(assertion, answer)
    return OPERATORS[assertion["operator"]](said, wanted)


def _said(assertion: dict[str, Any], answer: httpx2.Response) -> Said:
    if "responseCode" in assertion:
        return str(answer.status_code), assertion["responseCode"]
    if "contentType" in assertion:
        return answer.headers.get("content-type", ""), assertion["contentType"]
    if "headerField" in assertion:
        return answer.headers.get(assertion["headerField"], ""), assertion.get("value", "")
    return answer.text, assertion["responseBody"]
