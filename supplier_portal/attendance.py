"""Read an attendance list as people type or paste it, with the row that is wrong."""

from decimal import Decimal, InvalidOperation
from typing import Final, NoReturn

from households.values import Attendance, HouseholdId
from kernel.errors import InvalidError

ROWS_MAX: Final = 5_000
FIELDS: Final = 4
SEPARATORS: Final = str.maketrans({"，": ",", "\t": ",", ";": ",", "；": ","})
HALVES: Final = 2
MOST: Final = 100_000


def read_attendance(pasted: str) -> list[Attendance]:
    """Return the rows `household,days,hours,pieces`; a heading and empty lines are skipped.

    Raises `InvalidError` `attendance_row_wrong` with the number of the first wrong row.
    """
    lines = [line.strip() for line in pasted.splitlines()]
    if len(lines) > ROWS_MAX:
        raise InvalidError("attendance_too_long", "too many rows", maximum=ROWS_MAX)
    return [
        _row(number, line)
        for number, line in enumerate(lines, 1)
        if line and not (number == 1 and not any(mark.isdigit() for mark in line))
    ]


def _row(number: int, line: str) -> Attendance:
    cells = [cell.strip() for cell in line.translate(SEPARATORS).split(",")]
    cells += ["0"] * (FIELDS - len(cells))
    household, days, hours, pieces = cells[:FIELDS]
    half_days = _count(number, days) * HALVES
    if len(cells) > FIELDS or not household.isalnum() or half_days % 1:
        _refuse(number)
    return Attendance(
        household_id=HouseholdId(household),
        half_days=int(half_days),
        hours=_whole(number, hours),
        pieces=_whole(number, pieces),
    )


def _whole(number: int, cell: str) -> int:
    count = _count(number, cell)
    if count % 1:
        _refuse(number)
    return int(count)


def _count(number: int, cell: str) -> Decimal:
    try:
        count = Decimal(cell or "0")
    except InvalidOperation:
        _refuse(number)
    if not count.is_finite() or not 0 <= count <= MOST:
        _refuse(number)
    return count


def _refuse(number: int) -> NoReturn:
    raise InvalidError("attendance_row_wrong", f"row {number} is wrong", row=number)
