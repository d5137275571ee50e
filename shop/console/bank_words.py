"""What the operator reads about each fault in a bank statement: code → sentence."""

from flask_babel import LazyString
from flask_babel import lazy_gettext as _

FAULTS: dict[str, LazyString] = {
    "bank_row_amount": _("收入金额应为大于零的金额（元），最多两位小数。"),
    "bank_row_date": _("交易日期应写成 2026-01-31 这样的日期，且不能晚于今天。"),
    "bank_row_reference": _("银行流水号应为 40 位以内的字母和数字。"),
    "bank_row_reference_twice": _("同一流水号对应内容不同的两笔款项，请核对。"),
    "bank_row_text": _("对方户名、对方账号或附言过长。"),
}


def fault_words(code: str) -> str:
    """Return the sentence of a fault in the reader's language."""
    return str(FAULTS[code])
