"""Prices, coupons, shipping, splits and refunds of drawn baskets, against their promises."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from fractions import Fraction
from random import Random

from catalog.values import Funder
from kernel.money import allot, reverse
from kernel.postal import NOWHERE, Place
from orders import rules as order_rules
from orders.rules import pricing, shipping
from orders.values import (
    CampaignPrice,
    CouponScope,
    CouponTerms,
    Offers,
    Quote,
    QuotedLine,
    ReductionKind,
    ShippingRuleTerms,
    ShippingTerms,
    Temperature,
    TierPrice,
)

ENDS = datetime(2030, 1, 1, tzinfo=UTC)
SELLERS = ("C01", "C02")
PARTIES = (("households", 15), ("cooperative", 4), ("village", 1))
STEPS = 4
"""Refunds of a line; the last takes what is left."""


@dataclass(frozen=True, slots=True)
class Basket:
    """One drawn example."""

    name: str
    lines: tuple[QuotedLine, ...]
    coupons: tuple[CouponTerms, ...]
    terms: ShippingTerms


def list_broken(examples: int, *, seed: int = 0) -> list[str]:
    """Return a sentence for every promise that a drawn basket breaks."""
    return [
        sentence for number in range(examples) for sentence in _try(*_example(seed, number))
    ]


def count_naive(examples: int, *, seed: int = 0) -> int:
    """Return in how many examples a coupon rounded line by line does not add up.

    The same baskets are asked the same question: a check that could not fail would show.
    """
    wrong = 0
    for number in range(examples):
        _, basket = _example(seed, number)
        quote = price(basket)
        wrong += any(
            sum(round(coupon.minor * before / sum(whole)) for before in whole) != coupon.minor
            for coupon in quote.coupons
            if coupon.minor
            for whole in [[before for _, before in _parts(basket, quote, coupon.code)]]
        )
    return wrong


def _example(seed: int, number: int) -> tuple[Random, Basket]:
    chance = Random(f"prices {seed} {number}")
    return chance, draw(chance, f"example {number}")


def price(basket: Basket) -> Quote:
    """Price a drawn basket as the shop does."""
    priced = [pricing.price_line(line) for line in basket.lines]
    reduced, applied = pricing.apply_coupons(priced, basket.coupons)
    return replace(order_rules.quote(reduced, basket.terms), coupons=applied)


def draw(chance: Random, name: str) -> Basket:
    """Draw a basket of up to six lines of two sellers, with what may lower its prices."""
    lines = tuple(_line(chance, at) for at in range(chance.randint(1, 6)))
    coupons = tuple(_coupon(chance, at) for at in range(chance.randint(0, 3)))
    laid_down = tuple(_rule(chance, at) for at in range(chance.randint(0, 5)))
    terms = ShippingTerms(
        chance.randint(0, 2_000),
        chance.randint(0, 4_000),
        chance.randint(1, 10**6),
        rules={
            seller: tuple(one for one in laid_down if one.seller_code == seller)
            for seller in SELLERS
        },
        place=chance.choice((NOWHERE, Place("四川省", "成都市"), Place("重庆市"))),
    )
    return Basket(name, lines, coupons, terms)


def _rule(chance: Random, at: int) -> ShippingRuleTerms:
    return ShippingRuleTerms(
        rule_id=at,
        seller_code=chance.choice(SELLERS),
        temperature=chance.choice(tuple(Temperature)),
        provinces=chance.choice(((), ("四川省",), ("重庆市", "四川省"))),
        first_g=chance.randint(1, 3_000),
        first_minor=chance.randint(0, 3_000),
        step_g=chance.randint(1, 2_000),
        step_minor=chance.randint(0, 900),
        free_from_minor=chance.choice((None, chance.randint(1, 200_000))),
        valid_from=ENDS.date(),
    )


def _often(chance: Random) -> bool:
    return chance.choice((True, False))


def _line(chance: Random, at: int) -> QuotedLine:
    minor = chance.choice((chance.randint(1, 20), chance.randint(100, 100_000)))
    tiers = tuple(
        TierPrice(quantity, max(1, minor * percent // 100))
        for quantity, percent in ((3, 95), (8, 90))
        if _often(chance)
    )
    campaigns = tuple(
        CampaignPrice(
            f"CAMPAIGN-{funder}",
            "",
            "",
            funder,
            max(1, minor * chance.randint(50, 99) // 100),
            ENDS,
            chance.choice((None, chance.randint(0, 12))),
        )
        for funder in Funder
        if _often(chance)
    )
    seller = chance.choice(SELLERS)
    storage = chance.choice(("COOL", "CHILL_MEAT", "FROZEN"))
    is_cold = storage != "COOL"
    return QuotedLine(
        sku_id=at,
        sku_code=f"S{at}",
        product_code=f"P{at}",
        name="",
        name_en="",
        spec="",
        picture="",
        category_code=chance.choice(("tea", "meat")),
        quantity=chance.randint(1, 12),
        unit_price_minor=minor,
        net_weight_g=chance.choice((0, 500)),
        seller_code=seller,
        seller_name=seller,
        storage_code=storage,
        limit_profile=None,
        needs_cold_chain=is_cold,
        origin_district_code="500156",
        origin_township_code=None,
        origin_village_code=None,
        available=9_999,
        is_sample=True,
        offers=Offers(tiers, campaigns),
        temperature=shipping.temperature_of(
            -1_800 if storage == "FROZEN" else 400, needs_cold_chain=is_cold
        ),
    )


def _coupon(chance: Random, at: int) -> CouponTerms:
    seller = chance.choice((None, "C01", "C02"))
    percent = chance.choice((None, chance.randint(1, 99)))
    scope = chance.choice((CouponScope.ALL, CouponScope.CATEGORY))
    return CouponTerms(
        f"COUPON-{at}",
        "",
        "",
        Funder.PLATFORM if seller is None else Funder.SELLER,
        seller,
        chance.randint(1, 60_000) if percent is None else None,
        percent,
        chance.choice((None, chance.randint(1, 5_000))) if percent else None,
        chance.choice((0, chance.randint(1, 50_000))),
        scope,
        "tea" if scope is CouponScope.CATEGORY else None,
    )


def _try(chance: Random, basket: Basket) -> Iterator[str]:
    quote = price(basket)
    paid = sum(line.payable_minor for line in quote.lines)
    if quote.total_minor != paid + quote.shipping_minor or quote.total_minor <= 0:
        yield f"{basket.name}: {quote.total_minor} is not {paid} and shipping"
    yield from _check_shipping(basket, quote)
    by_sku = {line.sku_code: line for line in quote.lines}
    for given in basket.lines:
        line = by_sku[given.sku_code]
        yield from _check_price(basket.name, given, line)
        yield from _take_back(chance, basket.name, line)
    yield from _check_coupons(basket, quote)
    without = replace(
        basket,
        coupons=tuple(one for one in basket.coupons if one.funder is Funder.SELLER),
    )
    bases = [line.gross_minor for line in price(without).lines]
    if bases != [line.gross_minor for line in quote.lines]:
        yield f"{basket.name}: a coupon of the platform moves what is divided"


def _check_shipping(basket: Basket, quote: Quote) -> Iterator[str]:
    """Weigh and charge every order anew, step by step, and hold its parcels against that."""
    for order in quote.orders:
        name, terms = f"{basket.name} {order.seller_code}", basket.terms
        weight = sum(line.net_weight_g * line.quantity for line in order.lines)
        if weight != sum(one.weight_g for one in order.parcels):
            yield f"{name}: parcels do not weigh {weight} g"
        if order.shipping_minor != sum(one.shipping_minor for one in order.parcels):
            yield f"{name}: parcels do not cost {order.shipping_minor}"
        expected, rest = 0, []
        for parcel in order.parcels:
            fitting = [
                one
                for one in terms.rules[order.seller_code]
                if one.temperature is parcel.temperature
            ]
            named = [one for one in fitting if terms.place.province in one.provinces]
            found = named or [one for one in fitting if not one.provinces]
            if found:
                expected += _step_by_step(found[-1], parcel.weight_g, order.goods_minor)
            else:
                rest.append(parcel)
        if rest and order.goods_minor < terms.free_from_minor:
            is_cold = any(one.temperature is not Temperature.AMBIENT for one in rest)
            expected += terms.cold_minor if is_cold else terms.ambient_minor
        if order.shipping_minor != expected or order.shipping_minor < 0:
            yield f"{name}: shipping is {order.shipping_minor}, not {expected}"


def _step_by_step(rule: ShippingRuleTerms, weight_g: int, goods_minor: int) -> int:
    if rule.free_from_minor is not None and goods_minor >= rule.free_from_minor:
        return 0
    minor, carried = rule.first_minor, rule.first_g
    while carried < weight_g:
        minor, carried = minor + rule.step_minor, carried + rule.step_g
    return minor


def _check_price(name: str, given: QuotedLine, line: QuotedLine) -> Iterator[str]:
    """Find the lowest price by trying every one, and hold the line against it."""
    quantity = given.quantity
    own = [given.unit_price_minor]
    own += [one.price_minor for one in given.offers.tiers if quantity >= one.from_quantity]
    open_now = [
        one for one in given.offers.campaigns if one.left is None or one.left >= quantity
    ]
    own += [one.price_minor for one in open_now if one.funder is Funder.SELLER]
    others = [one.price_minor for one in open_now if one.funder is Funder.PLATFORM]
    if line.unit_price_minor != min(own):
        yield f"{name}: {line.sku_code} costs {line.unit_price_minor}, not {min(own)}"
    coupons = [one for one in line.reductions if one.kind is ReductionKind.COUPON]
    expected = min([*own, *others]) * quantity - sum(one.minor for one in coupons)
    if line.payable_minor != expected or line.payable_minor < 1:
        yield f"{name}: {line.sku_code} is {line.payable_minor} to pay, not {expected}"
    if line.gross_minor <= line.platform_discount_minor or line.seller_discount_minor < 0:
        yield f"{name}: {line.sku_code} has nothing left or less"


def _parts(basket: Basket, quote: Quote, code: str) -> list[tuple[int, int]]:
    """Return (taken off, what was to pay before) by line a coupon holds for."""
    given = next(one for one in basket.coupons if one.code == code)
    order = [one.code for one in quote.coupons]
    since = set(order[order.index(code) :])
    found = []
    for line in quote.lines:
        if given.seller_code not in (None, line.seller_code):
            continue
        if given.scope is CouponScope.CATEGORY and line.category_code != given.scope_code:
            continue
        coupons = [one for one in line.reductions if one.kind is ReductionKind.COUPON]
        taken = sum(one.minor for one in coupons if one.code == code)
        later = sum(one.minor for one in coupons if one.code in since)
        found.append((taken, line.payable_minor + later))
    return found


def _check_coupons(basket: Basket, quote: Quote) -> Iterator[str]:
    terms = {one.code: one for one in basket.coupons}
    for coupon in quote.coupons:
        parts = _parts(basket, quote, coupon.code)
        if sum(minor for minor, _ in parts) != coupon.minor:
            yield f"{basket.name}: {coupon.code} takes {coupon.minor}, its lines {parts}"
        if not coupon.minor:
            continue
        given = terms[coupon.code]
        whole = sum(before for _, before in parts)
        asked = given.amount_minor or Fraction(whole * (given.percent or 0), 100)
        least = min(asked, given.cap_minor or asked)
        if coupon.minor > least:
            yield f"{basket.name}: {coupon.code} takes {coupon.minor} of {least}"


def _take_back(chance: Random, name: str, line: QuotedLine) -> Iterator[str]:
    """Refund a line in steps, the last one in full: nothing is left anywhere."""
    parts = allot(line.gross_minor, list(PARTIES))
    if sum(parts.values()) != line.gross_minor:
        yield f"{name}: {parts} is not {line.gross_minor}"
    taken = buyer = platform = 0
    for step in range(STEPS):
        rest = line.gross_minor - taken
        asked = rest if step == STEPS - 1 else chance.randint(0, rest)
        before, after = (
            order_rules.funded_of(
                line.platform_discount_minor, line.gross_minor, taken_minor=at
            )
            for at in (taken, taken + asked)
        )
        back = asked - (after - before)
        if back < 0 or after < before:
            yield f"{name}: {asked} of {line.sku_code} gives the buyer {back}"
        taken, buyer, platform = taken + asked, buyer + back, platform + after - before
        lost = reverse(asked, parts)
        parts = {code: minor - lost[code] for code, minor in parts.items()}
    if any(parts.values()) or (buyer, platform) != (
        line.payable_minor,
        line.platform_discount_minor,
    ):
        yield f"{name}: of {line.sku_code} {parts} is left, {buyer} and {platform} came back"
