"""Which passwords are good enough."""

import pytest
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from salus.kernel.errors import Unavailable
from salus.shared.people import passwords
from salus.shared.people.passwords import PasswordTooCommon, PasswordTooLong, PasswordTooShort

ABOUT_PIA = ["Pia Virtanen", "pia.virtanen@people.example"]


@pytest.mark.parametrize(
    "password",
    [
        "quiet rivers carry seven lanterns",
        "fifteenletters!",
        "ÅÄÖ øy på fjellet i regn",
        "дождь над холодной рекой",
        "e" * 3 + "xkq mwz bvt jhg plr " * 4,
        "q" + "wz4 bvt jhg plr kmd " * 6,
    ],
)
def test_a_long_password_is_good_whatever_it_is_made_of(password: str) -> None:
    passwords.insist_on_strength(password, about=ABOUT_PIA)


@pytest.mark.parametrize("password", ["", "fourteen chars", "T0p-Secret!"])
def test_a_short_one_is_not(password: str) -> None:
    with pytest.raises(PasswordTooShort):
        passwords.insist_on_strength(password, about=ABOUT_PIA)


def test_beside_a_second_factor_eight_characters_are_enough_and_seven_are_not() -> None:
    passwords.insist_on_strength("mzq9 kvd", about=ABOUT_PIA, beside_factor=True)

    with pytest.raises(PasswordTooShort, match="at least 8"):
        passwords.insist_on_strength("mzq9 kv", about=ABOUT_PIA, beside_factor=True)
    with pytest.raises(PasswordTooShort, match="at least 15"):
        passwords.insist_on_strength("mzq9 kvd", about=ABOUT_PIA)


def test_one_that_is_longer_than_anybody_types_is_not() -> None:
    with pytest.raises(PasswordTooLong):
        passwords.insist_on_strength("abcdefg hijklmn " * 8 + "x", about=ABOUT_PIA)


@pytest.mark.parametrize(
    "password",
    [
        "passwordpassword",
        "Password1234567890",
        "correct horse battery staple",
        "aaaaaaaaaaaaaaaaaaaa",
        "abababababababababab",
        "qwertyuiopasdfghjkl",
        "123456789012345678",
        "PiaVirtanen1234567",
        "virtanen.pia.people",
        "salus-health-2026!!",
    ],
)
def test_one_that_is_guessed_first_is_not(password: str) -> None:
    with pytest.raises(PasswordTooCommon):
        passwords.insist_on_strength(password, about=ABOUT_PIA)


@pytest.mark.parametrize(
    "password", ["starwars", "Starwars77", "1qaz2wsx", "trustno1!!", "basketball1234567", "nintendo2026!!!"]
)
def test_one_that_was_leaked_elsewhere_is_not_even_beside_a_second_factor(password: str) -> None:
    with pytest.raises(PasswordTooCommon):
        passwords.insist_on_strength(password, about=ABOUT_PIA, beside_factor=True)


def test_the_three_thousand_that_are_tried_first_are_all_refused() -> None:
    """OWASP ASVS 5.0, 6.2.4: of those that are long enough at all."""
    tried = [one for one in FREQUENCY_LISTS["passwords"] if len(one) >= passwords.SHORTEST_BESIDE_FACTOR][:3000]
    refused = 0
    for password in tried:
        with pytest.raises(PasswordTooCommon):
            passwords.insist_on_strength(password, about=(), beside_factor=True)
        refused += 1

    assert refused == 3000


def test_no_character_is_left_out_of_the_hash() -> None:
    long = "x" * 100
    kept = passwords.hashed(long + "a")

    assert passwords.fits(kept, long + "a")
    assert not passwords.fits(kept, long + "b")


def test_the_same_letters_from_another_keyboard_are_the_same_password() -> None:
    assert passwords.fits(passwords.hashed("caf\u00e9 by the harbour"), "cafe\u0301 by the harbour")


def test_a_flood_of_sign_ins_is_turned_away_before_it_takes_all_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "PATIENCE_S", 0.01)
    for _ in range(passwords.AT_ONCE):
        passwords._hashing.acquire()
    try:
        with pytest.raises(Unavailable):
            passwords.hashed("quiet rivers carry seven lanterns")
    finally:
        for _ in range(passwords.AT_ONCE):
            passwords._hashing.release()
