"""Goods of households are weighed and bought: they earn at once, the lot stands at cost.

Takes one weighing or many; many are carried out set by set. Row locks: lots by id, purchase
contracts by id, ledger balances by account.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy.orm import Session

from catalog import queries as catalog_queries
from catalog import rules as catalog_rules
from catalog import service as catalog
from catalog.errors import LotNotFoundError
from catalog.values import Delivered as LotDelivery
from catalog.values import EmptyLot, ReceivingLot
from households import service as households
from households.queries import receipts as receipt_queries
from households.rules import advances
from households.rules import receipts as rules
from households.service import PricedWeighing
from households.values import HouseholdId, Priced, PurchaseInForce, Received, Weighing
from kernel.clock import local_date
from kernel.errors import ConflictError, NotFoundError
from ledger import queries as ledger_queries
from ledger import service as ledger
from ledger.values import Book, Entry, Line, PostingKind
from workflows.covering import cover
from workflows.own_goods import inventory


@dataclass(frozen=True, slots=True, kw_only=True)
class NewReceipt:
    """One weighing to be recorded: whose goods, under which contract, into which lot."""

    code: str
    contract_code: str
    household_id: HouseholdId
    lot_code: str
    weight_g: int
    grade_percent: int
    received_on: date
    """Whose contract terms and market price hold."""
    at: datetime
    """When it is recorded; the household earns from then on, closed months stay closed."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the weighings: new receipts and those that had been recorded before."""

    recorded: Sequence[PricedWeighing]
    repeated: Sequence[Received]


def receive(
    session: Session, receipts: Sequence[NewReceipt], *, seller_code: str, actor: str
) -> Outcome:
    """Record weighings, add the goods to their lots and owe the households their pay.

    The contract version in force on the day of the receipt decides. A code recorded before
    with the same content changes nothing; with other content it is a conflict. Raises refusals
    of the lot, the contract and the price; nothing is written then.
    """
    lots = catalog.lock_receiving_lots(session, {one.lot_code for one in receipts})
    households.lock_purchases(session, {one.contract_code for one in receipts})
    known = receipt_queries.find_receipts(session, [one.code for one in receipts])
    for one in receipts:
        if one.code in known:
            _check_repeated(one, known[one.code], lots[one.lot_code])
    fresh = [one for one in receipts if one.code not in known]
    if not fresh:
        return Outcome([], list(known.values()))
    bought = _price(session, fresh, lots, seller_code=seller_code)
    packs = catalog.add_deliveries(session, [_delivery(one.weighing) for one in bought])
    households.record_receipts(session, bought, packs=packs, actor=actor)
    _post(session, bought, {lot.lot_id: lot.code for lot in lots.values()}, seller_code)
    return Outcome(bought, list(known.values()))


def receive_new(session: Session, receipt: NewReceipt, lot: EmptyLot, *, actor: str) -> Outcome:
    """Open a lot for a weighing and record it there; the receipt's own lot code is ignored.

    The caller keeps a repetition away: each call opens a lot.
    """
    opened = replace(receipt, lot_code=catalog.open_lot(session, lot))
    return receive(session, [opened], seller_code=lot.seller_code, actor=actor)


def preview(
    session: Session, receipt: NewReceipt, *, seller_code: str, lot: EmptyLot | None = None
) -> Priced:
    """Return what a weighing would pay and why; nothing is written, refusals are the same.

    `lot` is one still to be opened; without it the receipt names one that is there.
    """
    if lot is None:
        lots = catalog.lock_receiving_lots(session, {receipt.lot_code})
    else:
        lots = {receipt.lot_code: catalog.plan_lot(session, lot)}
    return _price(session, [receipt], lots, seller_code=seller_code)[0].priced


def take_back(
    session: Session, code: str, *, seller_code: str, actor: str, at: datetime
) -> None:
    """Take a wrong weighing back in full while its lot is untouched; weigh anew afterwards.

    What the household was paid out already becomes a claim on it. Raises `NotFoundError` for
    an unknown receipt and for somebody else's, `ConflictError` when the lot is on sale or the
    receipt is taken back.
    """
    lot_id = _own(session, code, seller_code).lot_id
    lot_code = catalog_queries.list_lot_codes(session, [lot_id])[lot_id]
    lot = catalog.lock_receiving_lots(session, {lot_code})[lot_code]
    receipt = _own(session, code, seller_code)
    if receipt.is_taken_back:
        raise ConflictError("receipt_taken_back", f"{code} is taken back", receipt=code)
    if not lot.is_untouched:
        raise ConflictError("lot_is_selling", f"lot {lot.code} is on sale", lot=lot.code)
    households.lock_purchases(session, {receipt.contract_code})
    delivery = LotDelivery(
        lot_id=receipt.lot_id,
        household_id=receipt.household_id,
        weight_g=receipt.weight_g,
        grade_percent=receipt.grade_percent,
        at=at,
    )
    packs = catalog.take_back_delivery(session, delivery)
    households.take_back_receipt(
        session, receipt, code=back_code(code), packs=packs, actor=actor, at=at
    )
    ledger.post_many(session, cover(session, [_back_entry(receipt, lot_code, at)]))


def _own(session: Session, code: str, seller_code: str) -> Received:
    receipt = receipt_queries.find_receipts(session, [code]).get(code)
    if receipt is None or receipt.organisation_code != seller_code:
        raise NotFoundError("receipt_not_found", f"no goods receipt {code}", receipt=code)
    return receipt


def _check_repeated(given: NewReceipt, known: Received, lot: ReceivingLot) -> None:
    same = (
        (given.contract_code, given.household_id, lot.lot_id)
        == (known.contract_code, known.household_id, known.lot_id)
        and (given.weight_g, given.grade_percent) == (known.weight_g, known.grade_percent)
        and given.received_on == known.received_on
    )
    if not same:
        raise ConflictError(
            "receipt_code_reused", f"{given.code} is another weighing", receipt=given.code
        )


def _price(
    session: Session,
    receipts: Sequence[NewReceipt],
    lots: Mapping[str, ReceivingLot],
    *,
    seller_code: str,
) -> list[PricedWeighing]:
    days = [one.received_on for one in receipts]
    goods = [lots[one.lot_code].product_code for one in receipts]
    markets = catalog_queries.find_market_prices(session, set(zip(goods, days, strict=True)))
    weighings = [
        _weighing(one, lots[one.lot_code], market.minor_per_kg if market else None)
        for one, product, day in zip(receipts, goods, days, strict=True)
        for market in [markets.get((product, day))]
    ]
    purchases = _purchases(session, weighings)
    for weighing, product in zip(weighings, goods, strict=True):
        purchase = purchases[weighing.contract_code, weighing.received_on]
        rules.check_weighing(weighing, today=local_date(weighing.at))
        rules.check_purchase(purchase, weighing, seller_code=seller_code, product_code=product)
    for one in receipts:
        _check_lot(lots[one.lot_code], one, seller_code)
    _check_members(session, purchases, weighings)
    contracts = {purchase.contract_id for purchase in purchases.values()}
    before = receipt_queries.sum_delivered(session, contracts)
    priced = rules.price_all(purchases, weighings, before)
    return [
        PricedWeighing(
            weighing,
            purchases[weighing.contract_code, weighing.received_on].version_id,
            one,
        )
        for weighing, one in zip(weighings, _netted(session, weighings, priced), strict=True)
    ]


def _netted(
    session: Session, weighings: Sequence[Weighing], priced: Sequence[Priced]
) -> list[Priced]:
    """Net pays against open advances, in the order in which the weighings are given."""
    accounts = [advances.account_of(one.household_id, one.contract_code) for one in weighings]
    still_open = ledger_queries.list_balances(session, sorted(set(accounts)))
    pays = [(account, one.pay_minor) for account, one in zip(accounts, priced, strict=True)]
    return [
        replace(one, netted_minor=minor)
        for one, minor in zip(priced, advances.net(pays, still_open), strict=True)
    ]


def _weighing(receipt: NewReceipt, lot: ReceivingLot, market: int | None) -> Weighing:
    return Weighing(
        code=receipt.code,
        contract_code=receipt.contract_code,
        household_id=receipt.household_id,
        lot_id=lot.lot_id,
        received_on=receipt.received_on,
        weight_g=receipt.weight_g,
        grade_percent=receipt.grade_percent,
        market_minor_per_kg=market,
        at=receipt.at,
    )


def _purchases(
    session: Session, weighings: Sequence[Weighing]
) -> Mapping[tuple[str, date], PurchaseInForce]:
    wanted = {(one.contract_code, one.received_on) for one in weighings}
    purchases = receipt_queries.find_purchases(session, wanted)
    for code, day in sorted(wanted - purchases.keys()):
        raise ConflictError(
            "contract_not_in_force", f"{code} does not hold on {day}", contract=code, day=day
        )
    return purchases


def _check_lot(lot: ReceivingLot, receipt: NewReceipt, seller_code: str) -> None:
    if lot.seller_code != seller_code:
        raise LotNotFoundError(lot.code)
    catalog_rules.check_receiving(lot, on=receipt.received_on)


def _check_members(
    session: Session,
    purchases: Mapping[tuple[str, date], PurchaseInForce],
    weighings: Sequence[Weighing],
) -> None:
    """Refuse strangers under a contract that binds every member of the payer."""
    open_to_all = {
        (weighing.household_id, purchase.organisation_code, weighing.received_on)
        for weighing in weighings
        for purchase in [purchases[weighing.contract_code, weighing.received_on]]
        if purchase.household_id is None
    }
    strangers = receipt_queries.list_strangers(session, open_to_all)
    if strangers:
        raise ConflictError(
            "household_not_member", f"{strangers[0]} is no member", household=strangers[0]
        )


def _delivery(weighing: Weighing) -> LotDelivery:
    return LotDelivery(
        lot_id=weighing.lot_id,
        household_id=weighing.household_id,
        weight_g=weighing.weight_g,
        grade_percent=weighing.grade_percent,
        at=weighing.at,
    )


def _post(
    session: Session,
    bought: Sequence[PricedWeighing],
    lots: Mapping[int, str],
    seller_code: str,
) -> None:
    """R1 for every weighing; what households owe from before is netted out of their pay."""
    entries = [
        _entry(one, lots[one.weighing.lot_id], seller_code)
        for one in bought
        if one.priced.gross_minor
    ]
    if not entries:
        return
    last = max(bought, key=lambda one: (one.weighing.at, one.weighing.code)).weighing
    set_off = ledger.recovery_entry(
        session,
        [line for entry in entries for line in entry.lines],
        key=f"{receipt_key(last.code)}:set-off",
        source=f"receipt:{last.code}",
        effective_at=last.at,
    )
    ledger.post_many(session, [*entries, *([set_off] if set_off else [])])


def _entry(bought: PricedWeighing, lot_code: str, seller_code: str) -> Entry:
    """R1: the lot stands at its cost; an advance is netted, inputs go back to the seller."""
    weighing, priced = bought.weighing, bought.priced
    return Entry(
        book=Book.MONEY,
        key=receipt_key(weighing.code),
        kind=PostingKind.GOODS_RECEIVED,
        effective_at=weighing.at,
        source=f"receipt:{weighing.code}",
        lines=[
            Line(inventory(lot_code), priced.gross_minor),
            *_of_household(weighing, priced.pay_minor, priced.netted_minor, sign=-1),
            Line(f"L:payable:coop:{seller_code}", -priced.withheld_minor),
        ],
    )


def _back_entry(receipt: Received, lot_code: str, at: datetime) -> Entry:
    return Entry(
        book=Book.MONEY,
        key=receipt_key(back_code(receipt.code)),
        kind=PostingKind.RECEIPT_TAKEN_BACK,
        effective_at=at,
        source=f"receipt:{back_code(receipt.code)}",
        lines=[
            *_of_household(receipt, receipt.pay_minor, receipt.netted_minor, sign=1),
            Line(f"L:payable:coop:{receipt.organisation_code}", receipt.withheld_minor),
            Line(inventory(lot_code), -receipt.gross_minor),
        ],
        reverses=receipt_key(receipt.code),
    )


def _of_household(
    of: Weighing | Received, pay_minor: int, netted_minor: int, *, sign: int
) -> list[Line]:
    """Return what a household is owed, and what its advance goes down by."""
    lines = [Line(f"L:payable:hh:{of.household_id}", sign * (pay_minor - netted_minor))]
    if netted_minor:
        account = advances.account_of(of.household_id, of.contract_code)
        lines.append(Line(account, sign * netted_minor))
    return lines


def receipt_key(code: str) -> str:
    """Return the posting key under which a goods receipt is booked."""
    return f"grn:{code}"


def back_code(code: str) -> str:
    """Return the number under which a receipt is taken back."""
    return f"{code}-R"
