"""Pure decisions about stock: which lots a quantity comes from, what a lot must have."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from catalog.errors import (
    BatchCertificateMissingError,
    ContributionsDoNotAddUpError,
    NotEnoughStockError,
)
from catalog.values import (
    BoxPlan,
    Delivered,
    EmptyLot,
    LotOnShelf,
    NewCampaign,
    NewLot,
    NewPresale,
    NewSupply,
    Pick,
    ReceivingLot,
    Want,
    WeekPrice,
)
from catalog.values.reviews import Said
from kernel.clock import local_date
from kernel.errors import ConflictError, InvalidError
from kernel.masking import BANK_ACCOUNT, EMAIL, ID_NUMBER, PHONE

LAST_DAY = date.max
MIN_TIER, MAX_PACKS = 2, 9_999
MAX_PERCENT = 99
MAX_CAP = 1_000_000
MAX_PARTS = 999
MAX_SUPPLY_G = 100_000_000_000
FIRST_SEASON, LAST_SEASON = 2020, 2100
STARS = range(1, 6)
MAX_REVIEW_WORDS = 1_000
CAMPAIGN_CODE = re.compile(r"[A-Z0-9][A-Z0-9-]{3,31}")


def allocate(wants: Iterable[Want], shelf: Iterable[LotOnShelf]) -> list[Pick]:
    """Choose lots first-expired-first-out; several lots may serve one want.

    Raises `NotEnoughStockError` for the first want the shelf cannot serve. Every SKU may stand
    in `wants` once.
    """
    by_sku: dict[int, list[LotOnShelf]] = {}
    for lot in sorted(shelf, key=lambda lot: (lot.best_before or LAST_DAY, lot.lot_id)):
        by_sku.setdefault(lot.sku_id, []).append(lot)
    picks: list[Pick] = []
    for want in wants:
        picks.extend(_pick_one(want, by_sku.get(want.sku_id, [])))
    return picks


def without(shelf: Iterable[LotOnShelf], picks: Iterable[Pick]) -> list[LotOnShelf]:
    """Return what is left on a shelf after some picks."""
    taken = {pick.lot_id: pick.quantity for pick in picks}
    return [replace(lot, available=lot.available - taken.get(lot.lot_id, 0)) for lot in shelf]


def _pick_one(want: Want, lots: Sequence[LotOnShelf]) -> list[Pick]:
    missing = want.quantity
    picks = []
    for lot in lots:
        taken = min(missing, lot.available)
        if taken > 0:
            picks.append(Pick(want.sku_id, lot.lot_id, taken))
            missing -= taken
        if missing == 0:
            return picks
    left = want.quantity - missing
    raise NotEnoughStockError(want.sku_id, wanted=want.quantity, left=left)


def check_new_lot(lot: NewLot, *, net_weight_g: int, needs_certificate: bool) -> None:
    """Refuse a harvest without its certificate, without packs, or that does not add up."""
    if lot.quantity <= 0:
        raise InvalidError("lot_without_packs", "a lot needs at least one pack")
    if needs_certificate and not lot.batch_certificate_number:
        raise BatchCertificateMissingError(lot.code)
    if len({household for household, _, _ in lot.contributions}) != len(lot.contributions):
        raise InvalidError("contribution_twice", "a household stands twice in one lot")
    weight_g = lot.quantity * net_weight_g
    contributed_g = sum(grams for _, grams, _ in lot.contributions)
    if lot.contributions and contributed_g != weight_g:
        raise ContributionsDoNotAddUpError(
            lot.code, weight_g=weight_g, contributed_g=contributed_g
        )


def check_empty_lot(
    lot: EmptyLot, *, net_weight_g: int, needs_certificate: bool, shelf_life_days: int | None
) -> date | None:
    """Refuse a lot that cannot be opened, and return its last day of sale."""
    if net_weight_g <= 0:
        raise InvalidError("sku_without_weight", f"{lot.sku_code} is not sold by weight")
    if needs_certificate and not lot.batch_certificate_number:
        raise BatchCertificateMissingError(lot.sku_code)
    opened_on = local_date(lot.opened_at)
    if lot.harvested_on > opened_on:
        raise InvalidError("harvest_in_future", f"{lot.harvested_on} has not come yet")
    if shelf_life_days is None:
        return None
    best_before = lot.harvested_on + timedelta(days=shelf_life_days)
    if best_before < opened_on:
        raise InvalidError(
            "harvest_past_its_day",
            f"goods of {lot.harvested_on} could be sold until {best_before}",
            best_before=best_before,
        )
    return best_before


def check_receiving(lot: ReceivingLot, *, on: date) -> None:
    """Refuse a lot that takes no further deliveries.

    Once a pack is held, sold or lost the lot is as it is: who gave what to it decides where
    the money of its sales goes.
    """
    if not lot.is_untouched:
        raise ConflictError("lot_is_selling", f"lot {lot.code} is on sale", lot=lot.code)
    if lot.is_quarantined:
        raise ConflictError("lot_quarantined", f"lot {lot.code} is not sold", lot=lot.code)
    if on < lot.harvested_on:
        raise InvalidError(
            "receipt_before_harvest",
            f"lot {lot.code} was harvested on {lot.harvested_on}",
            harvested_on=lot.harvested_on,
        )
    if lot.best_before is not None and lot.best_before < on:
        raise ConflictError("lot_past_its_day", f"lot {lot.code} is expired", lot=lot.code)


def check_grades(deliveries: Iterable[Delivered]) -> None:
    """Refuse two grades of one household in one lot: they would not be told apart."""
    grades: dict[tuple[int, str], int] = {}
    for one in deliveries:
        known = grades.setdefault((one.lot_id, one.household_id), one.grade_percent)
        if known != one.grade_percent:
            raise ConflictError(
                "contribution_other_grade",
                f"the lot holds goods of grade {known} of this household",
                grade=known,
            )


def check_week_prices(prices: Iterable[WeekPrice]) -> None:
    """Refuse prices that are not above zero and weeks that do not begin on a Monday."""
    for price in prices:
        if price.minor_per_kg <= 0:
            raise InvalidError(
                "market_price_not_positive", f"{price.product_code}: no price of goods"
            )
        if price.week_on.isoweekday() != 1:
            raise InvalidError("week_not_monday", f"{price.week_on} is not a Monday")


def check_tiers(tiers: Mapping[int, int], *, price_minor: int) -> None:
    """Refuse tiers that begin below two packs or do not become cheaper with the quantity."""
    before = price_minor
    for quantity, minor in sorted(tiers.items()):
        if not MIN_TIER <= quantity <= MAX_PACKS or not 0 < minor < before:
            raise InvalidError(
                "tiers_out_of_order",
                "a larger quantity costs less a pack",
                quantity=quantity,
            )
        before = minor


def check_bundle(parts: Mapping[str, int], *, worth_minor: int, price_minor: int) -> None:
    """Refuse a gift box of fewer than two packs and one that costs more than its parts."""
    if sum(parts.values()) < MIN_TIER or min(parts.values(), default=0) < 1:
        raise InvalidError("bundle_too_small", "a gift box holds at least two packs")
    if price_minor > worth_minor:
        raise InvalidError("bundle_too_dear", "a gift box costs no more than its parts")


def check_box(plan: BoxPlan) -> None:
    """Refuse a gift box without a name, a description, what it is sold as, or a price."""
    if not all(word.strip() for word in (plan.name, plan.description, plan.spec)):
        raise InvalidError("box_untold", "a box has a name, a description and a size")
    if not plan.parts or any(not 1 <= packs <= MAX_PARTS for packs in plan.parts.values()):
        raise InvalidError("bundle_too_small", "a gift box holds at least two packs")
    if plan.price_minor <= 0:
        raise InvalidError("price_not_an_amount", "a price is an amount in yuan above zero")


def check_campaign(new: NewCampaign) -> None:
    """Refuse a campaign without goods, without time, or whose limits are not above zero."""
    if not CAMPAIGN_CODE.fullmatch(new.code) or not new.name.strip():
        raise InvalidError("campaign_code_unfit", "4 to 32 letters A-Z, digits and hyphens")
    if new.ends_at <= new.starts_at:
        raise InvalidError("period_out_of_order", "it ends before it begins")
    if not new.skus:
        raise InvalidError("campaign_without_goods", "a campaign needs goods")
    if new.percent is not None and not 1 <= new.percent <= MAX_PERCENT:
        raise InvalidError("percent_out_of_bounds", "1 to 99 percent", maximum=MAX_PERCENT)
    if any(limit is not None and limit <= 0 for limit in (new.stock, new.limit_per_buyer)):
        raise InvalidError("limit_not_positive", "limits are above zero")


def campaign_prices(new: NewCampaign, today: Mapping[str, int]) -> dict[str, int]:
    """Return the price of each SKU; a percentage is rounded down to the fen.

    Raises `InvalidError` for a price that is not below today's.
    """
    prices = {}
    for code, given in new.skus.items():
        minor = given if given is not None else today[code] * (new.percent or 100) // 100
        if not 0 < minor < today[code]:
            raise InvalidError("campaign_not_cheaper", f"{code} would not cost less", code=code)
        prices[code] = minor
    return prices


def check_presale(new: NewPresale, *, at: datetime) -> None:
    """Refuse a presale without packs, over in the past, or that ships before it closes."""
    if not 1 <= new.cap <= MAX_CAP:
        raise InvalidError("presale_cap_unfit", "a presale has packs", maximum=MAX_CAP)
    if new.closes_at <= new.opens_at or new.closes_at <= at:
        raise InvalidError("period_out_of_order", "it ends before it begins")
    if new.ships_until < local_date(new.closes_at - timedelta(seconds=1)):
        raise InvalidError("presale_ships_early", "goods leave after the last day of sale")
    if abs(new.season - new.ships_until.year) > 1:
        raise InvalidError("presale_season_unfit", "the season is the year of the harvest")


def check_supply(new: NewSupply) -> None:
    """Refuse a harvest of nothing, of a year far off, or that rests on nothing."""
    if not 1 <= new.weight_g <= MAX_SUPPLY_G:
        raise InvalidError(
            "supply_unfit", "a harvest weighs", maximum=MAX_SUPPLY_G // 1_000_000
        )
    if not FIRST_SEASON <= new.year <= LAST_SEASON:
        raise InvalidError("presale_season_unfit", "the season is the year of the harvest")
    if not new.basis.strip():
        raise InvalidError("supply_basis_missing", "say what the figure rests on")


def is_in_season(season_months: Sequence[int], *, is_year_round: bool, on: date) -> bool:
    """Say whether a product is in its season on a day."""
    return is_year_round or on.month in season_months


def check_review(said: Said) -> None:
    """Refuse stars out of range, and words that are too long or would tell who somebody is."""
    if said.rating not in STARS:
        raise InvalidError("review_rating", "one to five stars")
    check_review_words(said.words, at_most=MAX_REVIEW_WORDS)


def check_review_words(words: str, *, at_most: int) -> None:
    """Refuse words for everybody with a phone number, an id number or an account in them."""
    if len(words) > at_most:
        raise InvalidError("words_too_long", "too long", maximum=at_most)
    if any(sign.search(words) for sign in (PHONE, ID_NUMBER, BANK_ACCOUNT, EMAIL)):
        raise InvalidError("review_names_somebody", "these words tell who somebody is")
    if any(not (ch.isprintable() or ch in "\n\r\t") for ch in words):
        raise InvalidError("review_unprintable", "these words have signs nobody reads")
