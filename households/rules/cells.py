"""Read single cells of a monitoring file; a cell that cannot be read becomes a fault."""

import re
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Final, TypeVar

from households.values import HouseholdCategory, MeasureKind, RiskStatus
from households.values.imports import Cells, RowFault, Term

T = TypeVar("T")

HOUSEHOLD: Final = "户编号"
VILLAGE: Final = "村代码"
VILLAGE_NAME: Final = "村"
CATEGORY: Final = "类别"
SINCE: Final = "类别生效日期"
MEMBERS: Final = "人口"
LABOUR: Final = "劳动力"
RELOCATED: Final = "易地搬迁"
YEAR: Final = "年度"
WAGE: Final = "工资性收入"
GROSS: Final = "生产经营性收入"
COST: Final = "生产经营支出"
PROPERTY: Final = "财产性收入"
TRANSFER: Final = "转移性收入"
MEDICAL: Final = "医疗自付"
RISK: Final = "风险类型"
RECOGNISED: Final = "识别日期"
STATUS: Final = "风险状态"
ELIMINATED: Final = "消除日期"
MEASURES: Final = "措施"
BASIS: Final = "依据"
NEW_CATEGORY: Final = "新类别"
FROM: Final = "生效日期"

REGISTER_COLUMNS: Final = (
    *(HOUSEHOLD, VILLAGE, VILLAGE_NAME, CATEGORY, SINCE, MEMBERS, LABOUR, RELOCATED),
    *(YEAR, WAGE, GROSS, COST, PROPERTY, TRANSFER, MEDICAL),
    *(RISK, RECOGNISED, STATUS, ELIMINATED, MEASURES),
)
RECLASS_COLUMNS: Final = (HOUSEHOLD, NEW_CATEGORY, FROM, BASIS)

HOUSEHOLD_NUMBER = re.compile(r"H[0-9]{4,12}")
"""An opaque number; nothing that could be an identity or phone number passes."""
WHOLE = re.compile(r"[0-9]{1,3}")
AMOUNT = re.compile(r"-?[0-9]{1,10}(?:\.[0-9]{1,2})?")
ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
EARLIEST: Final = date(2000, 1, 1)
TEXT_MAX: Final = 60
CELL_SHOWN: Final = 40
FEN: Final = 100
MEASURE_BREAK = re.compile("[;\uff1b]")
YES_NO: Final = MappingProxyType({"是": True, "否": False})
STATUS_WORDS: Final = MappingProxyType(
    {"监测中": RiskStatus.MONITORING, "已消除": RiskStatus.ELIMINATED}
)
MEASURE_WORDS: Final = MappingProxyType(
    {
        "产业": MeasureKind.INDUSTRY,
        "就业": MeasureKind.JOB,
        "救助": MeasureKind.RELIEF,
        "保险": MeasureKind.INSURANCE,
        "医疗": MeasureKind.MEDICAL,
        "教育": MeasureKind.SCHOOLING,
        "住房": MeasureKind.HOUSING,
        "其他": MeasureKind.OTHER,
    }
)


class Line:
    """One row of a file, read cell by cell; every fault is kept, none stops the reading."""

    def __init__(self, row: int, cells: Cells, faults: list[RowFault]) -> None:
        """Remember the row, its number and where faults go."""
        self.row = row
        self._cells = cells
        self._faults = faults
        self._begun_with = len(faults)

    @property
    def is_sound(self) -> bool:
        """Say whether nothing was wrong so far."""
        return len(self._faults) == self._begun_with

    def fault(self, column: str, code: str) -> None:
        """Note what is wrong with a cell."""
        value = self._cells.get(column, "")
        self._faults.append(RowFault(self.row, column, code, value[:CELL_SHOWN]))

    def text(self, column: str) -> str:
        """Return the text of a cell, without the mark that keeps it from being a formula."""
        value = self._cells.get(column, "").strip()
        return value.removeprefix("'")

    def read(
        self, column: str, code: str, take: Callable[[str], T | None], *, needed: bool = True
    ) -> T | None:
        """Return what `take` makes of a cell; None is a fault, an empty cell may be one."""
        text = self.text(column)
        if not text:
            if needed:
                self.fault(column, "cell_empty")
            return None
        value = take(text)
        if value is None:
            self.fault(column, code)
        return value

    def whole(self, column: str) -> int | None:
        """Return a small whole number."""
        return self.read(column, "cell_not_whole", _whole)

    def amount(self, column: str) -> int:
        """Return yuan with at most two decimals as fen; an empty cell is nothing."""
        found = self.read(column, "cell_not_an_amount", _amount, needed=False)
        return 0 if found is None else found

    def day(self, column: str, *, needed: bool = True) -> date | None:
        """Return a day written as 2026-01-31."""
        return self.read(column, "cell_not_a_day", _day, needed=needed)

    def words(self, column: str) -> str:
        """Return a short text on one line."""
        text = self.text(column)
        if len(text) > TEXT_MAX or not text.isprintable():
            self.fault(column, "cell_too_long")
            return ""
        return text

    def term(
        self, column: str, terms: Sequence[Term], on: date | None
    ) -> HouseholdCategory | None:
        """Return the category a term stands for on a day."""
        named = self.read(
            column,
            "term_unknown",
            lambda text: [term for term in terms if term.term == text] or None,
        )
        if named is None or on is None:
            return None
        for term in named:
            if term.valid_from <= on and (term.valid_to is None or on <= term.valid_to):
                return term.category
        self.fault(column, "term_not_in_force")
        return None

    def measures(self, column: str) -> list[tuple[MeasureKind, date]]:
        """Return measures written as 产业@2026-01-01, several with semicolons between."""
        found = []
        for part in MEASURE_BREAK.split(self.text(column)):
            if not part.strip():
                continue
            word, _, day = part.strip().partition("@")
            kind, since = MEASURE_WORDS.get(word), _day(day)
            if kind is None or since is None:
                self.fault(column, "measure_unknown")
            else:
                found.append((kind, since))
        return found


def yuan(minor: int) -> str:
    """Return fen as yuan with two decimals, exactly."""
    sign = "-" if minor < 0 else ""
    return f"{sign}{abs(minor) // FEN}.{abs(minor) % FEN:02d}"


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and WHOLE.fullmatch(text) else None


def _amount(text: str) -> int | None:
    if not (text.isascii() and AMOUNT.fullmatch(text)):
        return None
    return int(Decimal(text) * FEN)


def _day(text: str) -> date | None:
    if not (text.isascii() and ISO_DAY.fullmatch(text)):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
