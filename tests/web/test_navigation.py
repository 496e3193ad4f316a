"""The main menu: which places somebody has, in which order, and where they are."""

import pytest

from salus.kernel.actor import Role
from salus.web import render
from salus.web.render import MenuItem, navigation


@pytest.fixture(autouse=True)
def menu(monkeypatch: pytest.MonkeyPatch) -> None:
    seller, buyer = frozenset({Role.SELLER}), frozenset({Role.BUYER})
    items = [
        MenuItem("Market", "/market", seller, 65),
        MenuItem("Market", "/market", buyer, 15),
        MenuItem("Requests", "/requests", seller, 40, also=("/library",)),
        MenuItem("Library", "/library", buyer, 45),
    ]
    monkeypatch.setattr(render, "MENU", items)


def labels(*roles: Role) -> list[str]:
    return [link.label for link in navigation(roles, "/", render.MENU)]


def here(path: str, *roles: Role) -> list[str]:
    return [link.label for link in navigation(roles, path, render.MENU) if link.current]


def test_each_role_has_its_own_order() -> None:
    assert labels(Role.SELLER) == ["Requests", "Market"]
    assert labels(Role.BUYER) == ["Market", "Library"]


def test_a_place_that_two_roles_share_is_there_once_and_early() -> None:
    assert labels(Role.SELLER, Role.BUYER) == ["Market", "Requests", "Library"]


def test_a_page_below_a_place_belongs_to_it() -> None:
    assert here("/requests/1", Role.SELLER) == ["Requests"]
    assert here("/requestsomething", Role.SELLER) == []
    assert here("/", Role.SELLER) == []


def test_a_page_with_another_address_belongs_where_it_was_put() -> None:
    assert here("/library/1", Role.SELLER) == ["Requests"]


def test_a_place_of_its_own_comes_before_one_that_only_covers_it() -> None:
    assert here("/library/1", Role.SELLER, Role.BUYER) == ["Library"]
