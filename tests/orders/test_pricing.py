"""Prices to the fen: nothing lost, nothing negative, whoever bears what."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.values import Funder
from kernel.errors import InvalidError
from orders import rules as order_rules
from orders.rules import confirming
from orders.rules import pricing as rules
from orders.values import (
    CampaignPrice,
    CouponScope,
    CouponTerms,
    Offers,
    QuotedLine,
    ReductionKind,
    ShippingTerms,
    TierPrice,
)

ENDS = datetime(2026, 7, 1, tzinfo=UTC)
SHIPPING = ShippingTerms(ambient_minor=800, cold_minor=1_800, free_from_minor=19_900)
MINOR = st.integers(1, 10**7)


def a_line(
    code: str = "A", minor: int = 5_000, quantity: int = 1, **changes: object
) -> QuotedLine:
    line = QuotedLine(
        sku_id=sum(code.encode()),
        sku_code=code,
        product_code=f"P{code}",
        name=f"商品{code}",
        name_en="",
        spec="500g/袋",
        picture="",
        category_code="tea",
        quantity=quantity,
        unit_price_minor=minor,
        net_weight_g=500,
        seller_code="C01",
        seller_name="合作社",
        storage_code="COOL",
        limit_profile=None,
        needs_cold_chain=False,
        origin_district_code="500156",
        origin_township_code=None,
        origin_village_code=None,
        available=9_999,
        is_sample=False,
    )
    return replace(line, **changes)  # type: ignore[arg-type]


def a_coupon(minor: int | None = 1_000, **changes: object) -> CouponTerms:
    coupon = CouponTerms(
        "TEN",
        "十元券",
        "Ten off",
        Funder.PLATFORM,
        None,
        minor,
        None,
        None,
        0,
        CouponScope.ALL,
        None,
    )
    return replace(coupon, **changes)  # type: ignore[arg-type]


def a_campaign(
    minor: int, funder: Funder = Funder.SELLER, left: int | None = None
) -> CampaignPrice:
    return CampaignPrice(f"{funder}-{minor}", "山货节", "Fair", funder, minor, ENDS, left)


def test_a_coupon_of_the_platform_is_allotted_and_leaves_the_base_of_the_households() -> None:
    lines = [a_line("A", 3_333), a_line("B", 6_667)]

    reduced, applied = rules.apply_coupons(lines, [a_coupon(1_000)])

    assert [line.platform_discount_minor for line in reduced] == [333, 667]
    assert [line.gross_minor for line in reduced] == [3_333, 6_667]
    assert [line.payable_minor for line in reduced] == [3_000, 6_000]
    assert applied[0].minor == 1_000


def test_a_coupon_of_the_seller_lowers_what_is_divided() -> None:
    lines = [a_line("A", 3_333), a_line("B", 6_667)]

    coupon = a_coupon(funder=Funder.SELLER, seller_code="C01")
    reduced, _ = rules.apply_coupons(lines, [coupon])

    assert [line.gross_minor for line in reduced] == [3_000, 6_000]
    assert [line.platform_discount_minor for line in reduced] == [0, 0]


@given(st.lists(MINOR, min_size=1, max_size=8), st.data())
def test_shares_add_up_and_nobody_gets_more_than_its_room(
    weights: list[int], data: st.DataObject
) -> None:
    by_code = {str(at): weight for at, weight in enumerate(weights)}
    room = {code: data.draw(st.integers(0, weight)) for code, weight in by_code.items()}
    total = data.draw(st.integers(0, sum(room.values())))

    parts = rules.share(total, by_code, room)

    assert sum(parts.values()) == total
    assert all(0 <= part <= room[code] for code, part in parts.items())


@pytest.mark.parametrize(
    ("quantity", "unit", "platform", "kinds"),
    [
        (1, 5_000, 0, []),
        (5, 4_800, 0, [ReductionKind.TIER]),
        (10, 4_000, 0, [ReductionKind.CAMPAIGN]),
        (20, 3_900, 0, [ReductionKind.TIER]),
    ],
)
def test_the_lowest_price_wins(
    quantity: int, unit: int, platform: int, kinds: list[ReductionKind]
) -> None:
    offers = Offers(
        (TierPrice(20, 3_900), TierPrice(5, 4_800)),
        (replace(a_campaign(4_000), left=None if quantity == 10 else 0),),
    )

    line = rules.price_line(a_line(quantity=quantity, offers=offers))

    assert (line.unit_price_minor, line.platform_discount_minor) == (unit, platform)
    assert [one.kind for one in line.reductions] == kinds


def test_the_platform_pays_what_its_campaign_takes_off_below_the_seller() -> None:
    offers = Offers((), (a_campaign(4_500), a_campaign(4_000, Funder.PLATFORM)))

    line = rules.price_line(a_line(quantity=3, offers=offers))

    assert (line.unit_price_minor, line.gross_minor) == (4_500, 13_500)
    assert (line.platform_discount_minor, line.payable_minor) == (1_500, 12_000)


def test_a_campaign_with_too_few_packs_left_does_not_hold() -> None:
    offers = Offers((), (a_campaign(4_000, left=2),))

    assert rules.price_line(a_line(quantity=2, offers=offers)).unit_price_minor == 4_000
    assert rules.price_line(a_line(quantity=3, offers=offers)).unit_price_minor == 5_000


@given(
    box=MINOR,
    boxes=st.integers(1, 20),
    prices=st.lists(st.tuples(MINOR, st.integers(1, 9)), min_size=1, max_size=6),
)
def test_a_gift_box_costs_its_price_and_every_part_earns(
    box: int, boxes: int, prices: list[tuple[int, int]]
) -> None:
    held = {f"P{at}": a_line(f"P{at}", minor) for at, (minor, _) in enumerate(prices)}
    parts = tuple((f"P{at}", packs) for at, (_, packs) in enumerate(prices))
    line = a_line("BOX", box, boxes, offers=Offers(parts=parts))

    lines = rules.unbox(line, held)

    worth = sum(one.list_minor for one in lines)
    assert sum(one.gross_minor for one in lines) == max(min(box * boxes, worth), len(lines))
    assert all(one.gross_minor >= 1 and one.seller_discount_minor >= 0 for one in lines)
    assert {one.bundle.sku_code for one in lines if one.bundle} == {"BOX"}


@pytest.mark.parametrize(
    ("changes", "refused"),
    [
        ({"refused": "coupon_over"}, "coupon_over"),
        ({"min_spend_minor": 5_001}, "coupon_spend_too_small"),
        ({"scope": CouponScope.PRODUCT, "scope_code": "PZ"}, "coupon_other_goods"),
        ({"scope": CouponScope.CATEGORY, "scope_code": "tea"}, ""),
        ({"scope": CouponScope.PRODUCT, "scope_code": "PA"}, ""),
        ({"seller_code": "C99", "funder": Funder.SELLER}, "coupon_other_goods"),
    ],
)
def test_a_coupon_says_why_it_takes_nothing_off(
    changes: dict[str, object], refused: str
) -> None:
    coupon = replace(a_coupon(), **changes)  # type: ignore[arg-type]
    _, applied = rules.apply_coupons([a_line()], [coupon])

    assert (applied[0].refused, applied[0].minor > 0) == (refused, not refused)


def test_one_coupon_of_the_platform_holds() -> None:
    _, applied = rules.apply_coupons([a_line()], [a_coupon(), a_coupon(code="TWO")])

    assert [one.refused for one in applied] == ["", "coupon_one_each"]


@given(st.lists(MINOR, min_size=1, max_size=6), MINOR, st.sampled_from(list(Funder)))
def test_no_coupon_makes_a_line_free(prices: list[int], minor: int, funder: Funder) -> None:
    lines = [a_line(f"A{at}", price) for at, price in enumerate(prices)]
    seller = "C01" if funder is Funder.SELLER else None

    coupon = a_coupon(minor, funder=funder, seller_code=seller)
    reduced, applied = rules.apply_coupons(lines, [coupon])

    assert all(line.payable_minor >= 1 for line in reduced)
    assert sum(prices) - sum(line.payable_minor for line in reduced) == applied[0].minor


@given(MINOR, st.none() | MINOR)
def test_what_is_struck_through_was_really_paid(offered: int, lowest: int | None) -> None:
    struck = rules.struck_minor(offered, lowest)

    assert struck is None or (lowest is not None and offered < struck <= lowest)


def test_what_changed_is_named() -> None:
    before = order_rules.quote([a_line("A"), a_line("B")], SHIPPING)
    after = order_rules.quote([a_line("A", 6_000), a_line("C", 20_000)], SHIPPING)
    confirmed = confirming.confirmation(before)

    assert confirming.changes(confirmed, before) == []
    told = [(one.kind, one.code) for one in confirming.changes(confirmed, after)]
    assert told == [("price", "A"), ("gone", "B"), ("added", "C"), ("shipping", "")]


@pytest.mark.parametrize("text", ["!", "e30=", "bnVsbA==", "é", "A" * 60_001])
def test_a_confirmation_that_was_not_given_out_is_refused(text: str) -> None:
    quote = order_rules.quote([a_line()], SHIPPING)

    with pytest.raises(InvalidError):
        confirming.changes(text, quote)
