"""Read the form of a weighing: what is wrong with it is said field by field."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from flask_babel import gettext as _

from catalog.values import EmptyLot
from households.values import HouseholdId, PurchaseInForce
from kernel.clock import local_date
from workflows.goods_received import NewReceipt

NEW_LOT = "new"
GRAMS_PER_KG = 1_000
MAX_KG = 100_000
MAX_GRADE = 1_000
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
SLIP_LENGTH = 6
FIELDS = (
    *("code", "contract", "household", "lot", "sku", "harvested_on", "certificate"),
    *("weight_kg", "grade", "received_on"),
)


@dataclass(frozen=True, slots=True)
class Weighing:
    """A form of one weighing: what was typed, what is wrong, and what it means."""

    typed: Mapping[str, str]
    errors: Mapping[str, str] = field(default_factory=dict)
    receipt: NewReceipt | None = None
    """Empty while something is wrong."""
    new_lot: EmptyLot | None = None
    """The lot to be opened for it, where none was chosen."""

    @property
    def request(self) -> dict[str, str]:
        """Return what tells a repetition of the form from another one."""
        return {name: self.typed[name] for name in FIELDS}


def empty_form(*, at: datetime) -> Weighing:
    """Return a form for a new slip of today."""
    today = local_date(at)
    typed = dict.fromkeys(FIELDS, "") | {
        "code": new_code(today),
        "lot": NEW_LOT,
        "harvested_on": today.isoformat(),
        "received_on": today.isoformat(),
        "grade": "100",
    }
    return Weighing(typed)


def read_form(
    form: Mapping[str, str],
    contracts: Mapping[str, PurchaseInForce],
    *,
    seller_code: str,
    at: datetime,
) -> Weighing:
    """Read what was typed; nothing is looked up but the seller's purchase contracts."""
    typed = {name: form.get(name, "").strip() for name in FIELDS}
    errors: dict[str, str] = {}
    if not _is_slip(typed["code"]):
        typed["code"] = new_code(local_date(at))
    weight_g = _grams(typed["weight_kg"], errors)
    grade = _grade(typed["grade"], errors)
    received_on = _day("received_on", typed, errors)
    harvested_on = _day("harvested_on", typed, errors)
    household = _household(typed, contracts, errors)
    is_new = typed["lot"] == NEW_LOT
    if is_new and not typed["sku"]:
        errors["sku"] = _("新开批次请选择商品规格。")
    if errors or received_on is None or harvested_on is None:
        return Weighing(typed, errors)
    receipt = NewReceipt(
        code=typed["code"],
        contract_code=typed["contract"],
        household_id=HouseholdId(household),
        lot_code=typed["lot"],
        weight_g=weight_g,
        grade_percent=grade,
        received_on=received_on,
        at=at,
    )
    lot = EmptyLot(
        sku_code=typed["sku"],
        seller_code=seller_code,
        harvested_on=harvested_on,
        batch_certificate_number=typed["certificate"],
        opened_at=at,
    )
    return Weighing(typed, {}, receipt, lot if is_new else None)


def new_code(day: date) -> str:
    """Return a number nobody has for a slip of a day."""
    tail = "".join(secrets.choice(ALPHABET) for _place in range(SLIP_LENGTH))
    return f"GB{day:%y%m%d}-{tail}"


def _is_slip(code: str) -> bool:
    head, _dash, tail = code.partition("-")
    is_head = head.startswith("GB") and head[2:].isascii() and head[2:].isdigit()
    return is_head and len(tail) == SLIP_LENGTH and set(tail) <= set(ALPHABET)


def _household(
    typed: Mapping[str, str],
    contracts: Mapping[str, PurchaseInForce],
    errors: dict[str, str],
) -> str:
    contract = contracts.get(typed["contract"])
    if contract is None:
        errors["contract"] = _("请选择收购合同。")
        return ""
    household = typed["household"] or contract.household_id or ""
    if not (household.isascii() and household.isalnum()):
        errors["household"] = _("这份合同面向全体成员，请填写户号。")
    return household


def _grams(text: str, errors: dict[str, str]) -> int:
    """Read kilograms with at most three decimals as grams."""
    try:
        grams = Decimal(text.replace(",", "")) * GRAMS_PER_KG
    except InvalidOperation:
        grams = Decimal(0)
    if not (grams.is_finite() and 0 < grams <= MAX_KG * GRAMS_PER_KG) or grams % 1:
        errors["weight_kg"] = _("重量请填大于零的公斤数，最多三位小数，例如 12.345。")
        return 0
    return int(grams)


def _grade(text: str, errors: dict[str, str]) -> int:
    is_whole = text.isascii() and text.isdigit() and len(text) <= len(str(MAX_GRADE))
    grade = int(text) if is_whole else 0
    if not 0 < grade <= MAX_GRADE:
        errors["grade"] = _("等级系数请填 1 到 1000 的整数，标准等级为 100。")
    return grade


def _day(name: str, typed: Mapping[str, str], errors: dict[str, str]) -> date | None:
    try:
        return date.fromisoformat(typed[name])
    except ValueError:
        errors[name] = _("日期请按 2026-06-01 的格式填写。")
        return None
