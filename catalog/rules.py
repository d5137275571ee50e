"""Pure decisions about stock: which lots a quantity comes from, what a lot must have."""

from collections.abc import Iterable, Sequence
from datetime import date

from catalog.errors import (
    BatchCertificateMissingError,
    ContributionsDoNotAddUpError,
    NotEnoughStockError,
)
from catalog.values import LotOnShelf, NewLot, Pick, Want
from kernel.errors import InvalidError

LAST_DAY = date.max


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


def is_in_season(season_months: Sequence[int], *, is_year_round: bool, on: date) -> bool:
    """Say whether a product is in its season on a day."""
    return is_year_round or on.month in season_months
