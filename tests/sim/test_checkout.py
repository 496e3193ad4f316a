"""A person sees what they pay for, knows that it is a simulation, and comes back to the shop."""

from typing import Any

import httpx
import pytest
from lxml import html


def opened(shop: Any, payment: dict[str, Any]) -> html.HtmlElement:
    answer = httpx.get(payment["checkout_url"], trust_env=False)
    assert answer.status_code == 200
    return html.fromstring(answer.text)


def press(payment: dict[str, Any], button: str, **fields: str) -> str:
    """Press a button of the checkout page and say where it leads."""
    answer = httpx.post(f"{payment['checkout_url']}/{button}", data=fields, trust_env=False)
    assert answer.status_code == 303
    return answer.headers["location"]


def test_the_page_says_what_is_paid_to_whom_and_that_it_is_a_simulation(shop: Any) -> None:
    page = opened(shop, shop.payment(amount=123456)).text_content()

    for words in ("This is a simulation", "€1,234.56", "Resting heart rate, two years", "Pia Patient via Salus"):
        assert words in page


def test_the_smallest_unit_is_that_of_the_currency(shop: Any) -> None:
    assert "JP¥1,250" in opened(shop, shop.payment(amount=1250, currency="JPY")).text_content()


def test_words_of_the_shop_stay_words(shop: Any) -> None:
    page = opened(shop, shop.payment(description="<script>alert(1)</script>"))

    assert page.xpath("//script") == []
    assert "<script>alert(1)</script>" in page.text_content()


@pytest.mark.parametrize(("card", "status"), [("4242424242424242", "succeeded"), ("4000000000000002", "failed")])
def test_after_paying_the_person_is_back_in_the_shop(shop: Any, card: str, status: str) -> None:
    payment = shop.payment()

    assert press(payment, "pay", card=card) == payment["return_url"]
    assert shop.read(payment)["status"] == status


def test_the_bank_may_ask_first(shop: Any) -> None:
    payment = shop.payment()

    assert press(payment, "pay", card="4000000000003220") == payment["checkout_url"]
    assert "Your bank asks you to confirm" in opened(shop, payment).text_content()
    assert press(payment, "confirm", approved="true") == payment["return_url"]
    assert shop.read(payment)["status"] == "succeeded"


def test_a_person_may_change_their_mind(shop: Any) -> None:
    payment = shop.payment()

    assert press(payment, "cancel") == payment["return_url"]
    assert "was cancelled" in opened(shop, payment).text_content()


def test_a_finished_payment_offers_no_button(shop: Any) -> None:
    page = opened(shop, shop.paid())

    assert page.xpath("//button") == []
    assert page.xpath("//a/@href") == [shop.order()["return_url"]]


def test_the_page_runs_no_script_and_sends_forms_only_here_and_to_the_shop(shop: Any) -> None:
    policy = httpx.get(shop.payment()["checkout_url"], trust_env=False).headers["content-security-policy"]

    assert "default-src 'none'" in policy
    assert "form-action 'self' http://127.0.0.1:9" in policy
