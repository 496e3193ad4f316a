"""From the first bytes of an export to its first record: encoding, document type, root element.

Apple's document type is broken in several versions of iOS and would be a door for entity attacks, so no parser ever
sees it: it is skipped by brackets, quotes and comments, and refused if it declares an entity.
"""

import codecs
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from salus.formats.apple_health.refusals import EntitiesDeclared, NoHealthData, UnknownEncoding

MAX_PROLOG_BYTES = 4 << 20

_DECLARED = re.compile(rb"""\A\s*<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_MISC = re.compile(rb"\s+|<\?.*?\?>|<!--.*?-->", re.DOTALL)
_IN_DOCTYPE = re.compile(rb"""<!--.*?-->|"[^"]*"|'[^']*'|<\?.*?\?>|[][<>]""", re.DOTALL)
_COMMENT = re.compile(rb"<!--.*?-->", re.DOTALL)
_ROOT = re.compile(rb"""<HealthData((?:\s+[\w:.-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(/?)>""")
_LOCALE = re.compile(rb"""\slocale\s*=\s*["']([\w@.-]*)["']""")
_READABLE = {"utf-8", "ascii", "iso8859-1", "cp1252", "utf-16", "utf-16-le", "utf-16-be"}


@dataclass(frozen=True, slots=True)
class Prolog:
    """What stands before the first child of the root."""

    length: int
    locale: str | None
    empty: bool  # the root is <HealthData/>


def as_utf8(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The same text in UTF-8 without a byte-order mark, whatever Apple's or an editor's encoding was."""
    incoming = iter(chunks)
    first = next(incoming, b"")
    decoder = _decoder(first)
    if decoder is None:
        yield first.removeprefix(codecs.BOM_UTF8)
        yield from incoming
        return
    try:
        yield decoder.decode(first).removeprefix("\ufeff").encode()
        for chunk in incoming:
            yield decoder.decode(chunk).encode()
    except UnicodeError as error:
        raise UnknownEncoding from error


def _decoder(first: bytes) -> codecs.IncrementalDecoder | None:
    """None for UTF-8, the encoding of every real export."""
    for mark, name in (
        (codecs.BOM_UTF32_LE, None),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
        (b"<\0", "utf-16-le"),
        (b"\0<", "utf-16-be"),
    ):
        if first.startswith(mark):
            if name is None:
                raise UnknownEncoding
            return codecs.getincrementaldecoder(name)()
    declared = _DECLARED.match(first.removeprefix(codecs.BOM_UTF8))
    if declared is None:
        return None
    try:
        name = codecs.lookup(declared[1].decode()).name
    except LookupError as error:
        raise UnknownEncoding from error
    if name not in _READABLE:
        raise UnknownEncoding
    # A declaration that could be read byte by byte cannot be in UTF-16, whatever it claims.
    return None if name in {"utf-8", "ascii"} or name.startswith("utf-16") else codecs.getincrementaldecoder(name)()


def read_prolog(text: bytes) -> Prolog | None:
    """The prolog, or None where more bytes are needed."""
    position, doctype_seen = 0, False
    while True:
        while misc := _MISC.match(text, position):
            position = misc.end()
        if text.startswith(b"<!DOCTYPE", position) and not doctype_seen:
            end = _doctype_end(text, position)
            if end is None:
                return None
            position, doctype_seen = end, True
            continue
        return _root(text, position)


def _root(text: bytes, position: int) -> Prolog | None:
    root = _ROOT.match(text, position)
    if root:
        locale = _LOCALE.search(root[1])
        return Prolog(root.end(), locale[1].decode() if locale else None, bool(root[2]))
    incomplete = len(text) - position < 4096
    if incomplete and (b"<HealthData".startswith(text[position : position + 11]) or text.startswith(b"<!--", position)):
        return None
    raise NoHealthData


def _doctype_end(text: bytes, start: int) -> int | None:
    """The position after the document type that begins at `start`."""
    brackets = 0
    for mark in _IN_DOCTYPE.finditer(text, start + len(b"<!DOCTYPE")):
        if mark[0] == b"[":
            brackets += 1
        elif mark[0] == b"]":
            brackets -= 1
        elif mark[0] == b">" and brackets <= 0:
            return _without_entities(text, start, mark.end())
    # Quotes or brackets that never close: a document type broken beyond its grammar ends where the root begins.
    root = _ROOT.search(text, start)
    return _without_entities(text, start, root.start()) if root else None


def _without_entities(text: bytes, start: int, end: int) -> int:
    if b"<!ENTITY" in _COMMENT.sub(b"", text[start:end]):
        raise EntitiesDeclared
    return end
