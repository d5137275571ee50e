"""What parcels cost: every fen is charged once, whatever rules a seller lays down."""

from datetime import date
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from kernel.postal import NOWHERE, Place, place_of
from orders.rules import shipping
from orders.values import QuotedParcel, ShippingRuleTerms, ShippingTerms, Temperature

SICHUAN = Place("四川省", "成都市")
TERMS = ShippingTerms(800, 1_800, 19_900)


def a_rule(**changes: object) -> ShippingRuleTerms:
    values: dict[str, object] = {
        "rule_id": 1,
        "seller_code": "C01",
        "temperature": Temperature.CHILLED,
        "provinces": (),
        "first_g": 1_000,
        "first_minor": 1_200,
        "step_g": 500,
        "step_minor": 300,
        "free_from_minor": None,
        "valid_from": date(2026, 1, 1),
    }
    return ShippingRuleTerms(**(values | changes))  # type: ignore[arg-type]  # by name


def a_parcel(storage: str, temperature: Temperature, weight_g: int) -> QuotedParcel:
    return QuotedParcel(storage, "", temperature, weight_g)


weights = st.integers(1, 50_000)
minors = st.integers(0, 5_000)
rules = st.builds(
    a_rule,
    temperature=st.sampled_from(Temperature),
    provinces=st.sampled_from([(), ("四川省",), ("重庆市", "四川省")]),
    first_g=st.integers(1, 5_000),
    first_minor=minors,
    step_g=st.integers(1, 5_000),
    step_minor=minors,
    free_from_minor=st.none() | st.integers(1, 50_000),
)
parcels = st.lists(
    st.builds(
        a_parcel,
        st.sampled_from(["AMBIENT", "CHILL_MEAT", "CHILL_VEG", "FROZEN"]),
        st.sampled_from(Temperature),
        weights,
    ),
    unique_by=lambda one: one.storage_code,
)


@given(parcels, st.lists(rules, max_size=4), st.integers(1, 60_000))
def test_each_parcel_is_charged_once_by_its_rule_or_by_the_platform(
    packed: list[QuotedParcel], laid_down: list[ShippingRuleTerms], goods: int
) -> None:
    terms = ShippingTerms(800, 1_800, 19_900, rules={"C01": tuple(laid_down)}, place=SICHUAN)

    charged = shipping.charge(packed, goods, "C01", terms)

    assert [one.travel for one in charged] == [one.travel for one in packed]
    rest = 0
    for one in charged:
        rule = shipping.find_rule(laid_down, one.temperature, SICHUAN)
        assert one.shipping_minor >= 0
        if rule is None:
            rest += one.shipping_minor
            continue
        steps = Fraction(max(0, one.weight_g - rule.first_g), rule.step_g)
        exact = rule.first_minor + steps * rule.step_minor
        is_free = rule.free_from_minor is not None and goods >= rule.free_from_minor
        assert is_free is (one.shipping_minor < exact) or one.shipping_minor == exact == 0
        assert one.shipping_minor < exact + rule.step_minor or rule.step_minor == 0
    assert rest in {0, 800, 1_800}


@given(parcels, st.lists(rules, max_size=4), st.integers(1, 60_000))
def test_the_amount_that_is_missing_makes_all_of_it_free(
    packed: list[QuotedParcel], laid_down: list[ShippingRuleTerms], goods: int
) -> None:
    terms = ShippingTerms(800, 1_800, 19_900, rules={"C01": tuple(laid_down)}, place=SICHUAN)
    missing = shipping.missing_for_free(shipping.charge(packed, goods, "C01", terms), goods)

    if missing is not None:
        assert missing > 0
        then = shipping.charge(packed, goods + missing, "C01", terms)
        assert sum(one.shipping_minor for one in then) == 0


def test_a_rule_for_the_province_comes_before_the_one_for_all_others() -> None:
    far, near = a_rule(rule_id=1), a_rule(rule_id=2, provinces=("四川省",))

    assert shipping.find_rule([far, near], Temperature.CHILLED, SICHUAN) == near
    assert shipping.find_rule([far, near], Temperature.CHILLED, Place("广东省")) == far
    assert shipping.find_rule([far, near], Temperature.CHILLED, NOWHERE) == far
    assert shipping.find_rule([near], Temperature.FROZEN, SICHUAN) is None


def test_without_rules_the_platform_charges_an_order_once_and_divides_it_by_weight() -> None:
    packed = [
        a_parcel("AMBIENT", Temperature.AMBIENT, 1_000),
        a_parcel("FROZEN", Temperature.FROZEN, 2_000),
    ]

    charged = shipping.charge(packed, 5_000, "C01", TERMS)

    assert [one.shipping_minor for one in charged] == [600, 1_200]
    assert shipping.missing_for_free(charged, 5_000) == 14_900


def test_places_are_known_however_people_write_them() -> None:
    assert place_of("广东", "深圳") == Place("广东省", "深圳市")
    assert place_of("重庆", "重庆市", "武隆区") == Place("重庆市", "武隆区")
    assert place_of("", "重庆市", "渝中区") == Place("重庆市", "渝中区")
    assert place_of("重庆市", "涪陵区") == Place("重庆市", "涪陵区")
    assert not place_of("", "")
