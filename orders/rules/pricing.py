"""Pure decisions about prices: tiers, campaigns, gift boxes, coupons, to the fen.

The order is fixed. A pack costs the lowest of its price, the tier its quantity reaches and the
campaigns its seller runs; a campaign of the platform below that is paid by the platform. Gift
boxes are then broken up into what they hold. Coupons of sellers come first and lower what is
divided among those behind the goods; coupons of the platform come last and lower only what the
buyer pays. Every line stays worth at least one fen to everybody.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from catalog.values import Funder
from kernel.money import allot
from orders.values import (
    NO_OFFERS,
    AppliedCoupon,
    BundleRef,
    CampaignPrice,
    CouponScope,
    CouponTerms,
    QuotedLine,
    Reduction,
    ReductionKind,
)

PERCENT = 100


def share(total: int, weights: Mapping[str, int], room: Mapping[str, int]) -> dict[str, int]:
    """Divide `total` by weights, nobody more than its room; the parts add up exactly.

    What a part has no room for goes to the others by the room they have left. `total` is at
    most the sum of the room, and no weight is below its room.
    """
    parts = allot(total, list(weights.items()))
    over = sum(max(0, part - room[code]) for code, part in parts.items())
    parts = {code: min(part, room[code]) for code, part in parts.items()}
    left = [(code, room[code] - part) for code, part in parts.items()]
    more = allot(over, left)
    return {code: part + more[code] for code, part in parts.items()}


def price_line(line: QuotedLine) -> QuotedLine:
    """Return a line at the lowest price its quantity and the campaigns give.

    A line takes a campaign's price with all its packs or not at all: a campaign with fewer
    packs left than the line wants does not hold for it. A gift box has tiers, no campaigns.
    """
    best, cause = line.unit_price_minor, None
    for tier in sorted(line.offers.tiers, key=lambda one: one.from_quantity):
        if tier.from_quantity <= line.quantity and tier.price_minor < best:
            best = tier.price_minor
            cause = (ReductionKind.TIER, line.sku_code, line.name, line.name_en)
    campaigns = () if line.offers.parts else line.offers.campaigns
    open_now = [one for one in campaigns if _has_room(one, line.quantity)]
    for campaign in sorted(open_now, key=lambda one: (one.price_minor, one.code)):
        if campaign.funder is Funder.SELLER and campaign.price_minor < best:
            best = campaign.price_minor
            cause = _cause(campaign)
    reductions: list[Reduction] = []
    if cause is not None:
        taken = (line.unit_price_minor - best) * line.quantity
        reductions.append(Reduction(*cause, Funder.SELLER, taken))
    paid = [one for one in open_now if one.funder is Funder.PLATFORM and one.price_minor < best]
    platform_minor = 0
    if paid:
        chosen = min(paid, key=lambda one: (one.price_minor, one.code))
        platform_minor = (best - chosen.price_minor) * line.quantity
        reductions.append(Reduction(*_cause(chosen), Funder.PLATFORM, platform_minor))
    return replace(
        line,
        unit_price_minor=best,
        platform_discount_minor=line.platform_discount_minor + platform_minor,
        reductions=(*line.reductions, *reductions),
    )


def _has_room(campaign: CampaignPrice, quantity: int) -> bool:
    return campaign.left is None or quantity <= campaign.left


def _cause(campaign: CampaignPrice) -> tuple[ReductionKind, str, str, str]:
    return ReductionKind.CAMPAIGN, campaign.code, campaign.name, campaign.name_en


def unbox(box: QuotedLine, held: Mapping[str, QuotedLine]) -> list[QuotedLine]:
    """Break a priced gift box up into lines of what it holds, by the price of each.

    `held` is what one pack of each part is sold at now. The lines together cost what the box
    costs, and never more than the parts would one by one; what the platform pays of the box it
    pays of the lines.
    """
    ref = BundleRef(
        box.sku_id,
        box.sku_code,
        box.product_code,
        box.category_code,
        box.name,
        box.name_en,
        box.spec,
        box.quantity,
    )
    lines = {
        code: replace(held[code], quantity=packs * box.quantity, bundle=ref)
        for code, packs in box.offers.parts
    }
    lists = {code: line.list_minor for code, line in lines.items()}
    cheaper = max(0, sum(lists.values()) - box.list_minor)
    room = {code: minor - 1 for code, minor in lists.items()}
    off = share(min(cheaper, sum(room.values())), lists, room)
    boxed = {code: _boxed(line, ref, off[code]) for code, line in lines.items()}
    weights = {code: line.gross_minor for code, line in boxed.items()}
    room = {code: minor - 1 for code, minor in weights.items()}
    paid = share(min(box.platform_discount_minor, sum(room.values())), weights, room)
    platform = [one for one in box.reductions if one.funder is Funder.PLATFORM]
    return [
        replace(
            line,
            platform_discount_minor=paid[code],
            reductions=(
                *line.reductions,
                *(replace(one, minor=paid[code]) for one in platform if paid[code]),
            ),
        )
        for code, line in boxed.items()
    ]


def _boxed(line: QuotedLine, ref: BundleRef, off_minor: int) -> QuotedLine:
    off = Reduction(
        ReductionKind.BUNDLE, ref.sku_code, ref.name, ref.name_en, Funder.SELLER, off_minor
    )
    return replace(
        line,
        offers=NO_OFFERS,
        # A gift box has one price, whatever the pieces in it weigh.
        piece_range=None,
        seller_discount_minor=off_minor,
        reductions=(off,) if off_minor else (),
    )


def share_stock(lines: Iterable[QuotedLine]) -> list[QuotedLine]:
    """Let several lines of one SKU see the stock the lines before them leave."""
    wanted: dict[int, int] = {}
    shared = []
    for line in lines:
        before = wanted.get(line.sku_id, 0)
        wanted[line.sku_id] = before + line.quantity
        shared.append(replace(line, available=max(0, line.available - before)))
    return shared


def apply_coupons(
    lines: Sequence[QuotedLine], coupons: Iterable[CouponTerms]
) -> tuple[list[QuotedLine], tuple[AppliedCoupon, ...]]:
    """Take coupons off the lines, those of sellers first; say what each did.

    One coupon of each seller and one of the platform hold; a further one is refused.
    """
    current = list(lines)
    applied = []
    used: set[str | None] = set()
    for coupon in sorted(coupons, key=lambda one: (one.funder is Funder.PLATFORM, one.code)):
        result = _judge(current, coupon, used)
        if not result.refused:
            used.add(coupon.seller_code)
            current = _take_off(current, coupon, result.minor)
        applied.append(result)
    return current, tuple(applied)


def _judge(
    lines: Sequence[QuotedLine], coupon: CouponTerms, used: set[str | None]
) -> AppliedCoupon:
    head = (coupon.code, coupon.name, coupon.name_en, coupon.funder)
    fitting = [line for line in lines if _fits(coupon, line)]
    spend = sum(line.payable_minor for line in fitting)
    missing = max(0, coupon.min_spend_minor - spend)
    refused = coupon.refused
    if not refused and coupon.seller_code in used:
        refused = "coupon_one_each"
    if not refused and not fitting:
        refused, missing = "coupon_other_goods", 0
    if not refused and missing:
        refused = "coupon_spend_too_small"
    if refused:
        return AppliedCoupon(*head, 0, refused, missing)
    minor = coupon.amount_minor or spend * (coupon.percent or 0) // PERCENT
    if coupon.cap_minor is not None:
        minor = min(minor, coupon.cap_minor)
    minor = min(minor, spend - len(fitting))
    return AppliedCoupon(*head, max(minor, 0), "" if minor > 0 else "coupon_nothing_left")


def _fits(coupon: CouponTerms, line: QuotedLine) -> bool:
    """Say whether a coupon holds for a line; a gift box counts as what it is sold as."""
    if coupon.seller_code not in (None, line.seller_code):
        return False
    sold_as = line.bundle or line
    known = {
        CouponScope.ALL: None,
        CouponScope.SELLER: line.seller_code,
        CouponScope.CATEGORY: sold_as.category_code,
        CouponScope.PRODUCT: sold_as.product_code,
    }
    return known[coupon.scope] == coupon.scope_code


def _take_off(lines: Sequence[QuotedLine], coupon: CouponTerms, minor: int) -> list[QuotedLine]:
    fitting = {str(at): line for at, line in enumerate(lines) if _fits(coupon, line)}
    weights = {at: line.payable_minor for at, line in fitting.items()}
    # Ties of the remainder go to the line that stands first, whatever its number.
    width = len(str(len(lines)))
    weights = {at.zfill(width): weight for at, weight in weights.items()}
    parts = share(minor, weights, {at: weight - 1 for at, weight in weights.items()})
    by_line = {int(at): part for at, part in parts.items()}
    return [_less(line, coupon, by_line.get(at, 0)) for at, line in enumerate(lines)]


def _less(line: QuotedLine, coupon: CouponTerms, minor: int) -> QuotedLine:
    if not minor:
        return line
    reduction = Reduction(
        ReductionKind.COUPON, coupon.code, coupon.name, coupon.name_en, coupon.funder, minor
    )
    kept = (*line.reductions, reduction)
    if coupon.funder is Funder.SELLER:
        off = line.seller_discount_minor + minor
        return replace(line, seller_discount_minor=off, reductions=kept)
    paid = line.platform_discount_minor + minor
    return replace(line, platform_discount_minor=paid, reductions=kept)


def struck_minor(offered_minor: int, lowest_deal_minor: int | None) -> int | None:
    """Return the price that may be struck through beside an offered one, or None.

    Never above the lowest price the goods really changed hands at before the offer; where
    nothing was sold, or that price is not above the offered one, nothing is struck through.
    """
    if lowest_deal_minor is None or lowest_deal_minor <= offered_minor:
        return None
    return lowest_deal_minor
