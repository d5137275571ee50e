"""What is wrong with a row of the bank's answers, in the reader's language."""

from collections.abc import Sequence

from flask_babel import LazyString
from flask_babel import lazy_gettext as _

from payments.errors import RowFault

FAULTS: dict[str, LazyString] = {
    "answer_amount_differs": _("金额与明细不一致"),
    "answer_amount_unreadable": _("金额无法识别"),
    "answer_batch_differs": _("批次号不是本批次"),
    "answer_cells_differ": _("列数不对"),
    "answer_contradicts": _("与已入账的回复矛盾"),
    "answer_day_impossible": _("日期早于批准日（到账后退回的早于到账日）或晚于今天"),
    "answer_day_unreadable": _("日期应写作 2026-01-31"),
    "answer_line_twice": _("同一明细出现两次"),
    "answer_line_unknown": _("本批次没有这个明细编号"),
    "answer_number_unreadable": _("明细编号无法识别"),
    "answer_reason_unexpected": _("成功的行不应有退回原因"),
    "answer_reason_unknown": _("退回原因不在列表中"),
    "answer_reference_twice": _("银行流水号重复"),
    "answer_reference_unreadable": _("银行流水号无法识别"),
    "answer_result_unknown": _("结果应为“成功”或“退回”"),
}


def told(faults: Sequence[RowFault]) -> list[tuple[int, str, str]]:
    """Return row, sentence and the value at fault, by row."""
    return [
        (one.row, str(FAULTS[one.code]), one.value)
        for one in sorted(faults, key=lambda one: one.row)
    ]
