"""Names of languages."""

from babel import Locale, UnknownLocaleError

from salus.formats.amounts import LOCALE

OFFERED = (
    "ar", "bg", "cs", "da", "de", "el", "en", "es", "et", "fa", "fi", "fr", "he", "hi", "hr", "hu", "it", "ja", "ko",
    "lt", "lv", "nl", "no", "pl", "pt", "ro", "ru", "se", "sk", "sl", "so", "sq", "sr", "sv", "tr", "uk", "vi", "zh",
)  # fmt: skip
"""What doctors choose from on their page, as BCP 47 tags; programs may name any other."""


def name_of(tag: str) -> str:
    """Finnish for `fi`; the tag itself where nobody has a name for it."""
    try:
        return Locale.parse(tag, sep="-").get_language_name(LOCALE) or tag
    except (UnknownLocaleError, ValueError):
        return tag
