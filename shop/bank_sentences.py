"""What people read about refusals of bank money: transfers, terms, refunds by hand."""

from flask_babel import LazyString
from flask_babel import lazy_gettext as _

BANK: dict[str, LazyString] = {
    "bank_columns_missing": _("文件缺少这些列：%(columns)s。"),
    "bank_reason_missing": _("请写明理由（%(maximum)s 字以内）。"),
    "bank_return_known": _("这个退款流水号已经记录过。"),
    "bank_row_changed": _("这笔到账刚刚有变化，请刷新后再决定。"),
    "bank_row_not_found": _("没有找到这笔到账。"),
    "bank_row_short": _("这笔到账剩下的金额不够。"),
    "bank_statement_refused": _("对账单中有 %(count)s 行需要改正，没有导入。"),
    "bank_too_many_rows": _("一个文件最多 %(maximum)s 行，请分成几个文件。"),
    "transfer_not_awaited": _("该订单没有在等待银行转账。"),
    "transfer_not_found": _("订单 %(number)s 没有选择银行转账。"),
    "transfer_not_offered": _("这个订单不能用银行转账付款。"),
    "transfer_too_much": _("金额超过该订单还差的款项。"),
    "bank_amount_not_positive": _("到账金额应大于零。"),
    "bank_reference_invalid": _("请填写银行流水号（字母、数字、- _ .）。"),
    # terms
    "credit_line_amount": _("请填写额度（元），可以为零。"),
    "credit_line_days": _("账期应为 1 到 %(maximum)s 天。"),
    "credit_line_decided": _("该额度已有结论。"),
    "credit_line_four_eyes": _("提议人不能批准自己的提议，请由另一位同事决定。"),
    "credit_line_not_found": _("没有找到该额度。"),
    "credit_line_organisation": _("请填写一个采购单位的编号。"),
    "credit_line_period": _("请填写有效日期，结束日期不能早于开始日期。"),
    "goods_unfit": _("订单中有商品已停止销售，不能继续。"),
    "terms_days_invalid": _("提醒日应为整数。"),
    "terms_line_short": _("账期额度不足，还可用 %(left)s 元。"),
    "terms_not_offered": _("这个订单不能用账期方式。"),
    "terms_overdue": _("有账单逾期未付，付清后才能再用账期下单。"),
    # refunds by hand
    "refund_account_missing": _("买家还没有提供收款账户。"),
    "refund_account_name": _("请填写户名和开户银行（各 %(maximum)s 字以内）。"),
    "refund_account_number": _("银行账号应为 8 到 30 位数字。"),
    "refund_four_eyes": _("放款人不能自己登记转账，请由另一位同事登记。"),
    "refund_not_by_hand": _("这笔退款不走银行转账。"),
    "refund_not_failed": _("这笔退款没有失败，不能重新提交。"),
    "refund_not_found": _("没有找到这笔退款。"),
    "bank_reason_unknown": _("请选择银行退汇的原因。"),
    "refund_not_paid": _("这笔退款还没有转出，不能登记退汇。"),
    "refund_not_released": _("这笔退款还没有放款，或已经转出。"),
    "refund_released": _("这笔退款已经放款，账户不能再改。"),
    "refund_window_passed": _("已过原路退回的期限，请改走银行转账。"),
}
