"""Amounts of money as people read them."""

from decimal import Decimal

from babel.numbers import format_currency, get_currency_precision

LOCALE = "en_GB"


def amount_text(minor_units: int, currency: str) -> str:
    """€12.50 for 1250 and EUR; a currency without minor units shows none (JP¥1,250)."""
    whole = Decimal(minor_units).scaleb(-get_currency_precision(currency))
    return format_currency(whole, currency, locale=LOCALE)
