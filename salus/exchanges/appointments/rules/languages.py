"""Names of languages."""

from babel import Locale, UnknownLocaleError

from salus.formats.amounts import LOCALE

GROUPS = {
    "Northern Europe": ("da", "en", "et", "fi", "is", "lt", "lv", "no", "se", "sv"),
    "Western and southern Europe": ("de", "el", "es", "fr", "it", "nl", "pt"),
    "Eastern Europe": ("bg", "cs", "hr", "hu", "pl", "ro", "ru", "sk", "sl", "sq", "sr", "uk"),
    "Asia and Africa": ("ar", "fa", "he", "hi", "ja", "ko", "so", "tr", "vi", "zh"),
}
"""What doctors choose from on their page, as BCP 47 tags; programs may name any other."""


def name_of(tag: str) -> str:
    """Finnish for `fi`; the tag itself where nobody has a name for it."""
    try:
        return Locale.parse(tag, sep="-").get_language_name(LOCALE) or tag
    except (UnknownLocaleError, ValueError):
        return tag
