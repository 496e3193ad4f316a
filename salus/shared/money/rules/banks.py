"""Bank accounts that sellers are paid to."""

from salus.shared.money.rules.refusals import InvalidIban

MINIMUM_PAYOUT = 1_000
"""In minor units of whichever currency: below ten euros the transfer costs more than it is worth."""


def iban(written: str) -> str:
    """The IBAN without blanks, its check digits checked (ISO 13616, modulo 97). Raises InvalidIban."""
    plain = "".join(written.split()).upper()
    if not (15 <= len(plain) <= 34 and plain.isascii() and plain.isalnum() and plain[:2].isalpha()):
        raise InvalidIban
    if not plain[2:4].isdecimal():
        raise InvalidIban
    digits = "".join(str(int(character, 36)) for character in plain[4:] + plain[:4])
    if int(digits) % 97 != 1:
        raise InvalidIban
    return plain


def masked(account: str) -> str:
    """An IBAN as it is shown again: country and the last four characters."""
    return f"{account[:2]}•• •••• {account[-4:]}"
