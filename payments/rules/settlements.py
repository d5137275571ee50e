"""Pure decisions about settlements: names, kinds of payee, keys, what a bank can take."""

import re
import unicodedata
from datetime import date
from typing import Final

from kernel.clock import next_month
from payments.values import PayeeKind, PeriodKind

HOUSEHOLD_OWNER: Final = "hh:"
BANK: Final = "A:bank:main"
"""Where paid money leaves from."""
NUMBER = re.compile(r"[0-9]{8,32}")
MAX_HOLDER: Final = 60
FORMULA: Final = ("=", "+", "-", "@")
"""A cell that begins so is a command to a spreadsheet, not a name."""

_GROUPS: Final = (
    ("L:wage:", PayeeKind.WAGE),
    ("L:payable:hh:", PayeeKind.HOUSEHOLD),
    ("L:payable:coop:", PayeeKind.COOPERATIVE),
    ("L:payable:village:", PayeeKind.VILLAGE),
    ("L:payable:logistics:", PayeeKind.LOGISTICS),
)


def payee_kind(account_code: str) -> PayeeKind:
    """Return whom a payable account pays; raises `ValueError` for any other account."""
    for prefix, kind in _GROUPS:
        if account_code.startswith(prefix):
            is_fund = kind is PayeeKind.VILLAGE and "." in account_code
            return PayeeKind.VILLAGE_FUND if is_fund else kind
    raise ValueError(account_code)


def household_of(owner: str) -> str | None:
    """Return the household's opaque number when the ledger's owner is one."""
    return owner.removeprefix(HOUSEHOLD_OWNER) if owner.startswith(HOUSEHOLD_OWNER) else None


def account_owner(owner: str) -> str:
    """Return under whom the bank account is recorded; a village holds its funds' accounts."""
    return owner.split(".", maxsplit=1)[0] if owner.startswith("village:") else owner


def period_code(kind: PeriodKind, period_from: date, period_to: date, number: int) -> str:
    """Return the name of a settlement, which also stands in posting keys and bank files."""
    if kind is PeriodKind.REISSUE:
        return f"R{period_to:%Y%m%d}-{number}"
    if period_from.day == 1 and next_month(period_from) == _day_after(period_to):
        return f"S{period_from:%Y%m}"
    return f"S{period_from:%Y%m%d}-{period_to:%Y%m%d}"


def line_key(batch_code: str, number: int, suffix: str = "") -> str:
    """Return the posting key of one line: as approved, or with its answer."""
    return f"batch:{batch_code}:line:{number}{suffix}"


def inflight(batch_code: str) -> str:
    """Return the account on which instructed money stands until the bank answers."""
    return f"L:payout:inflight:{batch_code}"


def plain_number(number: str | None) -> str | None:
    """Return an account number without blanks, or None when no bank could take it."""
    digits = re.sub(r"[\s-]", "", number or "")
    return digits if NUMBER.fullmatch(digits) else None


def plain_holder(holder: str | None) -> str | None:
    """Return the account holder's name, or None when it cannot stand in a bank's file."""
    name = (holder or "").strip()
    if not name or len(name) > MAX_HOLDER or name.startswith(FORMULA):
        return None
    if any(unicodedata.category(letter).startswith("C") for letter in name):
        return None
    return name


def _day_after(day: date) -> date:
    return date.fromordinal(day.toordinal() + 1)
