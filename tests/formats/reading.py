"""Reads finished documents back, as a person's PDF viewer would."""

from io import BytesIO

from pypdf import PdfReader


def words_of(document: bytes) -> str:
    """All text of a PDF on one line, without the marks at which a long word may break."""
    text = " ".join(page.extract_text() for page in PdfReader(BytesIO(document)).pages)
    return " ".join(text.replace("\u200b", "").split())


def letters_of(document: bytes) -> str:
    """The same without any space, for words that were broken over lines."""
    return words_of(document).replace(" ", "")
