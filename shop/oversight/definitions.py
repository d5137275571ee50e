"""The written definition (口径) that stands beside every figure an official reads."""

from flask_babel import gettext as _


def volume_definition() -> str:
    """Return what purchase volume is: the definition `purchase-volume/1` in words."""
    return str(
        _(
            "按付款时点计入已付款订单的货款，减去按退款登记时点计入的货款退款；不含运费。"
            "每个订单只计入一个主渠道，月份为北京时间自然月。退款计入退款发生的月份，"
            "因此过去月份的数字不再变动。产地以下单时商品所载产地为准。"
        )
    )


def benefit_definition(minimum: int) -> str:
    """Return what a benefited household is, and which figures are withheld."""
    return str(
        _(
            "受益农户：本年度内因商品送达而取得收益、扣除退款后收益大于零的农户，每户只计一次，"
            "按农户所在地统计；预计而未送达的收益不计入。少于 %(minimum)s 户的数字、"
            "两户合计占绝大部分的数字，以及能由此推算出它们的数字，均不公布。",
            minimum=minimum,
        )
    )


def pledge_definition() -> str:
    """Return how progress of a pledge is counted."""
    return str(
        _("采购承诺的完成额由已付款订单自动计算，扣除退款；承诺指定村的，只计产自该村的商品。")
    )
