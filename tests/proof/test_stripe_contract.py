"""The contract sees what Stripe itself would refuse."""

from copy import deepcopy
from typing import Any

import pytest

from shop.proof.ground import stripe_contract
from shop.proof.ground.stripe_contract import decode, find_kind, list_faults

SESSION: dict[str, Any] = {
    "mode": "payment",
    "ui_mode": "hosted_page",
    "line_items": [
        {
            "price_data": {
                "currency": "cny",
                "unit_amount": 100,
                "product_data": {"name": "老鹰茶"},
            },
            "quantity": 1,
        }
    ],
    "payment_method_options": {"wechat_pay": {"client": "web"}},
    "metadata": {"group": "G1"},
    "success_url": "https://shop.example/",
}
CREATE = find_kind("post", "/v1/checkout/sessions")


def faults_of(**more: object) -> list[str]:
    return list_faults(CREATE, SESSION | more)


def changed(name: str, value: object) -> dict[str, Any]:
    """Change, or take away, one word of the price."""
    made = deepcopy(SESSION)
    price = made["line_items"][0]["price_data"]
    if value is None:
        del price[name]
    else:
        price[name] = value
    return made


def test_what_we_send_fits() -> None:
    assert faults_of() == []


@pytest.mark.parametrize(
    ("more", "word"),
    [
        ({"payment_method_types": ["card"]}, "payment_method_types"),
        ({"ui_mode": "embedded"}, "ui_mode"),
        ({"allowed_payment_method_types": ["wechat"]}, "allowed_payment_method_types"),
        ({"payment_method_options": {"wechat_pay": {"client": "h5"}}}, "client"),
        ({"payment_method_options": {"wechat_pay": {}}}, "client: is missing"),
        ({"expires_at": "soon"}, "expires_at"),
        ({"metadata": {"attempt": 1}}, "metadata.attempt"),
        ({"api_key": "sk"}, "api_key"),
        ({"line_items": {"0": "one"}}, "line_items: is no list"),
    ],
)
def test_what_stripe_refuses_is_seen(more: dict[str, object], word: str) -> None:
    (fault,) = faults_of(**more)

    assert word in fault


@pytest.mark.parametrize(
    ("name", "value", "word"),
    [
        ("unit_amount", 10.5, "10.5 is no int"),
        ("unit_amount", "10.5", "is no int"),
        ("unit_amount", True, "is no int"),
        ("currency", None, "currency: is missing"),
        ("product_data", {}, "name: is missing"),
    ],
)
def test_an_amount_that_is_not_whole_or_has_no_currency_is_seen(
    name: str, value: object, word: str
) -> None:
    (fault,) = list_faults(CREATE, changed(name, value))

    assert word in fault


def test_a_reason_of_our_own_is_seen() -> None:
    refund = find_kind("post", "/v1/refunds")

    assert list_faults(refund, {"amount": "5", "reason": "duplicate"}) == []
    assert len(list_faults(refund, {"amount": "5", "reason": "because"})) == 1


def test_a_request_the_contract_does_not_know_is_refused() -> None:
    with pytest.raises(LookupError):
        find_kind("delete", "/v1/charges/ch_1")


def test_a_form_is_read_back() -> None:
    form = "a%5B0%5D%5Bb%5D=1&a[1][b]=2&types[0]=x&created[gte]=3&z="

    assert decode(form) == {
        "a": [{"b": "1"}, {"b": "2"}],
        "types": ["x"],
        "created": {"gte": "3"},
        "z": "",
    }


def test_every_call_of_the_gateway_is_listed() -> None:
    assert {method for method, _, _ in stripe_contract.CALLS} == {"get", "post"}
