"""Pure decisions about refunds by bank transfer: the account, and a wallet's window."""

import re
import unicodedata
from datetime import datetime, timedelta
from typing import Final

from kernel.errors import InvalidError
from payments.values.byhand import BankAccount

MAX_NAME: Final = 60
NUMBER: Final = re.compile(r"\d{8,30}")
WINDOW: Final = "refund_window_days_"
"""Begins the code of the dated number of days within which a wallet takes refunds."""


def checked_account(holder: str, bank: str, number: str) -> BankAccount:
    """Return an account without blanks around it; raises `InvalidError` for what is none."""
    holder, bank = (unicodedata.normalize("NFKC", text).strip() for text in (holder, bank))
    digits = re.sub(r"[\s-]+", "", unicodedata.normalize("NFKC", number))
    for text, field in ((holder, "holder"), (bank, "bank")):
        if not 0 < len(text) <= MAX_NAME or not text.isprintable():
            raise InvalidError("refund_account_name", f"{field} is needed", maximum=MAX_NAME)
    if not (digits.isascii() and NUMBER.fullmatch(digits)):
        raise InvalidError("refund_account_number", "an account has 8 to 30 digits")
    return BankAccount(holder, bank, digits)


def is_past(captured_at: datetime, days: int, at: datetime) -> bool:
    """Say whether a wallet takes a payment of that moment back no more."""
    return at > captured_at + timedelta(days=days)
