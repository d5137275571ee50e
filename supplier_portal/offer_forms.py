"""What a form says of a coupon, a campaign or tiers; one reading for sellers and platform."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from flask import request

from catalog.values import NewCampaign
from kernel.clock import SHANGHAI
from kernel.errors import InvalidError
from orders.values import CouponScope, NewCoupon

MAX_DIGITS = 9
AMOUNT = re.compile(r"(\d{1,7})(?:\.(\d{1,2}))?")
MAX_NAME = 60
TIERS = 3


def read_coupon(seller_code: str | None) -> NewCoupon:
    """Return the coupon of the form, borne by a seller or by the platform."""
    scope = word("scope")
    if scope not in {one.value for one in CouponScope}:
        raise InvalidError("coupon_scope_unfit", "a scope names what it holds for")
    chosen = CouponScope(scope)
    scope_code = word("scope_code") or None
    if chosen is CouponScope.SELLER and seller_code is not None:
        scope_code = seller_code
    return NewCoupon(
        code=word("code").upper(),
        name=word("name"),
        name_en=word("name_en"),
        seller_code=seller_code,
        amount_minor=amount("amount"),
        percent=whole("percent"),
        cap_minor=amount("cap"),
        min_spend_minor=amount("min_spend") or 0,
        scope=chosen,
        scope_code=None if chosen is CouponScope.ALL else scope_code,
        is_given="is_given" in request.form,
        is_claimable="is_claimable" in request.form,
        claim_limit=whole("claim_limit"),
        starts_at=_day("starts_on"),
        ends_at=_day("ends_on") + timedelta(days=1),
        total_limit=whole("total_limit"),
        limit_per_buyer=whole("limit_per_buyer"),
        budget_minor=amount("budget"),
    )


def read_campaign(seller_code: str | None) -> NewCampaign:
    """Return the campaign of the form: a percentage of the price of the chosen SKUs."""
    percent = whole("campaign_percent")
    if percent is None:
        raise InvalidError("percent_out_of_bounds", "1 to 99 percent", maximum=99)
    return NewCampaign(
        code=word("campaign_code").upper(),
        name=word("campaign_name"),
        name_en=word("campaign_name_en"),
        seller_code=seller_code,
        skus=dict.fromkeys(request.form.getlist("skus")),
        percent=percent,
        starts_at=_day("campaign_starts_on"),
        ends_at=_day("campaign_ends_on") + timedelta(days=1),
        stock=whole("campaign_stock"),
        limit_per_buyer=whole("campaign_limit_per_buyer"),
    )


def campaign_as_typed() -> list[tuple[str, str]]:
    """Return the fields of the campaign's form as they were typed, to be sent once more."""
    return [
        (name, value)
        for name, value in request.form.items(multi=True)
        if name.startswith("campaign_") or name == "skus"
    ]


def read_tiers() -> Mapping[int, int]:
    """Return what a pack costs from so many packs on; rows left empty are passed over."""
    return {
        quantity: minor
        for quantity, minor in _rows(range(1, TIERS + 1))
        if quantity is not None and minor is not None
    }


def _rows(numbers: Iterable[int]) -> Iterable[tuple[int | None, int | None]]:
    for number in numbers:
        yield whole(f"from_{number}"), amount(f"price_{number}")


def word(name: str) -> str:
    """Return one short line of the form without blanks around it."""
    return request.form.get(name, "").strip()[:MAX_NAME]


def whole(name: str) -> int | None:
    """Return a whole number of the form, or None for a field left empty."""
    text = word(name)
    if not text:
        return None
    if not (text.isascii() and text.isdigit()) or len(text) > MAX_DIGITS:
        raise InvalidError("quantity_not_whole", "a quantity is a whole number")
    return int(text)


def amount(name: str) -> int | None:
    """Return yuan of the form in fen, or None for a field left empty."""
    text = word(name).removeprefix("¥").replace(",", "")
    if not text:
        return None
    found = AMOUNT.fullmatch(text)
    if found is None or not text.isascii():
        raise InvalidError("price_not_an_amount", "a price is an amount in yuan above zero")
    return int(found[1]) * 100 + int(((found[2] or "") + "00")[:2])


def _day(name: str) -> datetime:
    try:
        return datetime.strptime(word(name), "%Y-%m-%d").replace(tzinfo=SHANGHAI)
    except ValueError as error:
        raise InvalidError("period_out_of_order", "a day is missing") from error
