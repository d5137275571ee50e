"""Whether everything that must hold holds right now, one line each."""

from flask import Blueprint, render_template
from flask_babel import gettext as _

from kernel import clock
from kernel.access import requires
from kernel.db import unit_of_work
from parties.values import Role
from reporting.invariants import checks

pages = Blueprint("console_invariants", __name__)


@pages.get("/invariants")
@requires(Role.OPERATOR)
def show() -> str:
    """Ask every cheap check; `make verify` asks the long ones too."""
    with unit_of_work() as session:
        findings = checks.ask_cheap(session)
    words = _words()
    return render_template(
        "console/invariants/show.html",
        findings=[(words.get(found.name, found.about), found) for found in findings],
        broken=sum(not found.holds for found in findings),
        as_of=clock.now(),
    )


def _words() -> dict[str, str]:
    """Return what each check holds, in the reader's language."""
    return {
        "ledger-books": _("两本账各自借贷合计为零"),
        "ledger-transactions": _("每笔记账借贷相等，且没有空账"),
        "trial-balance": _("试算平衡：资产与费用等于负债与收入"),
        "guarded-balances": _("受保护账户的余额等于其分录合计，且不越过零"),
        "ledger-reversals": _("冲回金额从不超过原记账"),
        "custodians-apart": _("不同托管方的资金只能经划转合并"),
        "prepaid-money": _("预收账户在送达或退款前等于订单金额，之后为零"),
        "refund-money": _("退款到账前全额挂账，到账后为零"),
        "payments-one-to-one": _("已付款订单与成功支付一一对应，金额相等"),
        "refunds-within-paid": _("退款合计不超过支付金额，且等于各部分之和"),
        "lots-conserved": _("批次守恒：入库 = 占用 + 可售 + 已售 + 报损"),
        "lots-recounted": _("按库存流水重算与批次记录一致"),
        "reservations-held": _("批次占用数等于待付款订单的占用记录"),
        "sold-by-lot": _("已付款订单行的件数全部落到批次"),
        "contributions-add-up": _("农户交货重量合计等于批次重量"),
        "group-totals": _("订单合计等于各卖方、各行之和"),
        "lines-refunded": _("订单行已退金额等于退款记录"),
        "volume-events": _("官方销售额逐行等于已付款减已退款"),
        "entitlements-gross": _("每个已付款订单行的分配合计等于货款"),
        "entitlements-stage": _("收益阶段与订单状态一致"),
        "reversals-recorded": _("收益冲回金额等于退款记录"),
        "earned-households": _("农户已得收益等于账簿应付（逐户核对）"),
        "earned-cooperatives": _("合作社已得收益等于账簿应付"),
        "earned-villages": _("村集体已得收益等于账簿应付"),
        "trace-book": _("溯源账与农户已得收益一致"),
        "drawdowns": _("承诺完成额等于订单行货款减退款"),
        "cold-deliveries-judged": _("每票有温度要求的送达货物都有一个有效结论"),
        "losses-add-up": _("每位承运人的度分合计等于整票结论"),
        "cases-follow-steps": _("每条超温和缺失记录停在最后一步"),
        "alarms-have-cases": _("每个报警和每段缺失都有处理记录"),
        "shipments-follow-orders": _("运单状态与订单状态一致"),
        "outbox-delivered": _("没有事实等待处理超过五分钟"),
        "order-history": _("订单状态等于其历史的最后一步"),
    }
