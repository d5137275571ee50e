"""Goods sold by weight: whatever is weighed, nothing is negative and every fen is somewhere."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.values import Funder
from kernel.errors import ConflictError, InvalidError
from kernel.quantity import amount_of
from orders.rules import funded_of, pricing, weighing
from orders.values import (
    CampaignPrice,
    CouponScope,
    CouponTerms,
    LineToWeigh,
    Offers,
    QuotedLine,
    TierPrice,
    WeighTerms,
)
from tests.builders.catalog import NOON

FEN = st.integers(1, 200_000)
GRAMS = st.integers(50, 30_000)


def a_line(price_minor: int = 14_700, **changes: object) -> QuotedLine:
    """A goat's leg of about 1,500 g."""
    line = QuotedLine(
        sku_id=1,
        sku_code="G-1",
        product_code="G",
        name="羊腿",
        name_en="Leg",
        spec="约1.5kg/块",
        picture="",
        category_code="meat",
        quantity=2,
        unit_price_minor=price_minor,
        net_weight_g=1_500,
        seller_code="C05",
        seller_name="社",
        storage_code="CHILL_MEAT",
        limit_profile=None,
        needs_cold_chain=True,
        origin_district_code="500156",
        origin_township_code=None,
        origin_village_code=None,
        available=10,
        is_sample=False,
        piece_range=(1_200, 1_800),
    )
    return replace(line, **changes)  # type: ignore[arg-type]


def on_scale(line: QuotedLine, *pieces_g: int, refunded_minor: int = 0) -> LineToWeigh:
    """The line as it lies on the scale."""
    assert line.weighing is not None
    return LineToWeigh(
        line_id=1,
        order_number="WL-1-1",
        terms=line.weighing,
        weight_g=sum(pieces_g) or None,
        settled_at=None,
        pieces_g=pieces_g,
        packs_left=len(pieces_g) or line.quantity,
        unit_price_minor=line.unit_price_minor,
        gross_minor=line.gross_minor,
        platform_discount_minor=line.platform_discount_minor,
        refunded_minor=refunded_minor,
    )


def test_a_piece_is_charged_as_heavy_and_settled_by_weight() -> None:
    charged = weighing.charge(a_line(), 10)

    assert charged.weighing == WeighTerms(4_900, 1_500, 1_200, 1_800, 1_650)
    assert (charged.unit_price_minor, charged.gross_minor) == (16_170, 32_340)
    settled = weighing.settle(on_scale(charged, 1_420, 1_533))
    assert settled.settled_minor == 28_939  # 4900 x 2953 / 500 = 28939.4
    assert settled.charged_minor == 32_340


def test_what_a_piece_weighs_beyond_the_most_is_the_sellers() -> None:
    charged = weighing.charge(a_line(quantity=1), 10)

    assert weighing.settle(on_scale(charged, 1_650)).settled_minor == 16_170
    assert weighing.settle(on_scale(charged, 1_800)).settled_minor == 16_170


def test_packs_are_charged_as_they_are() -> None:
    line = a_line(piece_range=None)

    assert weighing.charge(line, 10) is line


def test_a_gift_box_has_one_price_whatever_is_in_it() -> None:
    box = a_line(sku_code="B-1", offers=Offers(parts=(("G-1", 1),)), piece_range=None)
    (part,) = pricing.unbox(box, {"G-1": a_line()})

    assert weighing.charge(part, 10).weighing is None


def test_tiers_and_campaigns_lower_the_price_of_500_g() -> None:
    campaign = CampaignPrice("K", "节", "Feast", Funder.PLATFORM, 12_000, NOON, None)
    line = a_line(offers=Offers((TierPrice(2, 13_500),), (campaign,)))

    charged = weighing.charge(pricing.price_line(line), 10)

    assert charged.weighing is not None
    assert charged.weighing.jin_minor == 4_500
    assert charged.unit_price_minor == 14_850
    assert charged.platform_discount_minor == 2 * (14_850 - 13_200)
    assert [one.minor for one in charged.reductions] == [2 * (16_170 - 14_850), 2 * 1_650]


@given(
    price=FEN,
    estimate=GRAMS,
    extra=st.integers(0, 30),
    pieces=st.lists(GRAMS, min_size=1, max_size=5),
    seller_off=st.integers(0, 99),
    platform_off=st.integers(0, 99),
    refunded=st.integers(0, 90),
)
def test_any_weight_leaves_every_fen_somewhere(
    price: int,
    estimate: int,
    extra: int,
    pieces: list[int],
    seller_off: int,
    platform_off: int,
    refunded: int,
) -> None:
    line = a_line(price, net_weight_g=estimate, piece_range=(1, 60_000), quantity=len(pieces))
    charged = weighing.charge(line, extra)
    charged = replace(charged, seller_discount_minor=charged.list_minor * seller_off // 101)
    charged = replace(
        charged, platform_discount_minor=charged.gross_minor * platform_off // 101
    )
    before = (charged.gross_minor - 1) * refunded // 100
    scale = on_scale(charged, *pieces, refunded_minor=before)

    settled = weighing.settle(scale)

    back = settled.charged_minor - settled.settled_minor
    assert 1 <= settled.settled_minor <= settled.charged_minor == charged.gross_minor - before
    funded = [
        funded_of(charged.platform_discount_minor, charged.gross_minor, taken_minor=taken)
        for taken in (before, before + back)
    ]
    to_buyer, to_platform = back - (funded[1] - funded[0]), funded[1] - funded[0]
    assert to_buyer > 0 or back == 0
    assert to_platform >= 0
    # What buyer and platform pay in the end is what those behind the goods get.
    paid = charged.payable_minor - (before - funded[0]) - to_buyer
    assert paid + charged.platform_discount_minor - funded[1] == settled.settled_minor
    assert paid >= 0
    if not (seller_off or platform_off or refunded):
        by_weight = amount_of(scale.terms.jin_minor, sum(pieces))
        assert settled.settled_minor == max(1, min(by_weight, charged.gross_minor))


@given(price=FEN, less=st.integers(1, 500), coupon=st.integers(1, 30_000))
def test_heavier_pieces_never_cost_less(price: int, less: int, coupon: int) -> None:
    coupon_terms = CouponTerms(
        "S1",
        "券",
        "Coupon",
        Funder.SELLER,
        "C05",
        coupon,
        None,
        None,
        0,
        CouponScope.ALL,
        None,
        "",
    )
    priced = weighing.charge(a_line(price), 10)
    (charged,), _ = pricing.apply_coupons([priced], [coupon_terms])
    light = weighing.settle(on_scale(charged, 1_500 - less, 1_500))
    heavy = weighing.settle(on_scale(charged, 1_500, 1_500))

    assert light.settled_minor <= heavy.settled_minor <= charged.gross_minor


@pytest.mark.parametrize("grams", [15_000, 150, 3_601, 599, 0, -1_500])
def test_a_slip_of_the_hand_is_refused_even_when_confirmed(grams: int) -> None:
    scale = on_scale(weighing.charge(a_line(quantity=1), 10))

    with pytest.raises(InvalidError, match="cannot be") as refused:
        weighing.check_pieces(scale, [grams], is_confirmed=True)
    assert refused.value.code == "weight_implausible"


@pytest.mark.parametrize("grams", [1_199, 1_801, 600, 3_600])
def test_a_piece_outside_its_range_is_asked_for_again(grams: int) -> None:
    scale = on_scale(weighing.charge(a_line(quantity=1), 10))

    with pytest.raises(ConflictError) as refused:
        weighing.check_pieces(scale, [grams], is_confirmed=False)
    assert refused.value.code == "weight_unusual"
    weighing.check_pieces(scale, [grams], is_confirmed=True)


def test_every_piece_is_weighed() -> None:
    scale = on_scale(weighing.charge(a_line(), 10))

    with pytest.raises(InvalidError) as refused:
        weighing.check_pieces(scale, [1_500], is_confirmed=True)
    assert refused.value.code == "weights_count"
