"""What people read about refusals of the exchange of events with partners."""

from flask_babel import LazyString
from flask_babel import lazy_gettext as _

EXCHANGE: dict[str, LazyString] = {
    "epcis_unreadable": _("无法读取这份文档：%(reason)s"),
    "epcis_refused": _("文档中有 %(problems)s 处不符合 EPCIS 2.0，请按 errors 中的说明修改。"),
    "gs1_key_unknown": _("这里没有编码为 %(number)s 的货物。"),
    "gs1_prefix_invalid": _("厂商识别代码为 6 到 12 位数字。"),
    "partner_field_missing": _("请填写每一项。"),
    "gs1_prefix_missing": _("尚未登记 GS1 厂商识别代码，无法为货物编码。"),
    "gs1_numbers_used_up": _("GS1 厂商识别代码下的 %(kind)s 号码已用完。"),
    "epcis_key_wrong": _("密钥不正确或已停用。"),
    "epcis_query_not_found": _("没有名为 %(name)s 的查询。"),
    "epcis_query_name_taken": _("查询名 %(name)s 已被使用。"),
    "epcis_query_in_use": _("查询 %(name)s 仍有订阅，不能删除。"),
}
