"""Refusals of the intake of readings, of files of loggers, and of bookings of stores."""

from collections.abc import Mapping

from flask_babel import LazyString
from flask_babel import lazy_gettext as _

INTAKE_SENTENCES: Mapping[str, LazyString] = {
    "senml_channel_missing": _("第 %(record)s 条（从 0 起）：名称末尾没有通道代码。"),
    "senml_label_unknown": _(
        "第 %(record)s 条（从 0 起）：标签 %(label)s 要求的扩展不受支持。"
    ),
    "senml_label_wrong": _("第 %(record)s 条（从 0 起）：标签 %(label)s 的内容不对。"),
    "senml_no_pack": _("SenML 数据包应为列表，最多 %(maximum)s 条。"),
    "senml_other_device": _("第 %(record)s 条（从 0 起）：名称属于另一台记录仪。"),
    "senml_time_out_of_range": _("第 %(record)s 条（从 0 起）：时间超出范围。"),
    "senml_unit_unknown": _("第 %(record)s 条（从 0 起）：需有数值，单位为 Cel 或 K。"),
    "senml_unreadable": _("内容不是 SenML（JSON）。"),
    "senml_value_missing": _("第 %(record)s 条（从 0 起）：没有值。"),
    "senml_value_out_of_range": _("第 %(record)s 条（从 0 起）：数值超出范围。"),
    "senml_value_twice": _("第 %(record)s 条（从 0 起）：只能有一个值。"),
    "senml_version_unknown": _("第 %(record)s 条（从 0 起）：SenML 版本不受支持或前后不一。"),
    "thingsboard_other_device": _("遥测数据属于另一台设备：%(device_name)s。"),
    "thingsboard_too_many": _("一次最多 %(maximum)s 个数值，请分批上传。"),
    "thingsboard_unreadable": _("内容不是 ThingsBoard 遥测数据（JSON）。"),
    "jt808_other_terminal": _("报文来自另一台终端：%(terminal)s。"),
    "jt808_too_many": _("一次最多 %(maximum)s 帧，请分批上传。"),
    "jt808_unreadable": _("内容中没有 JT/T 808 报文。"),
    "table_column_missing": _("文件中没有“%(column)s”这一列，请核对列模板。"),
    "table_empty": _("文件中没有列名所在的行，请核对列模板。"),
    "table_encoding_unknown": _("文件的文字编码无法识别。"),
    "table_old_workbook": _("不支持 xls 格式的旧版工作簿，请另存为 xlsx 或 CSV。"),
    "table_too_large": _("文件过大，最多 %(megabytes)s MB。"),
    "table_too_long": _("文件行数过多，最多 %(maximum)s 行。"),
    "table_unreadable": _("文件不是可以读取的表格。"),
    "template_channel_unknown": _("列模板写明的通道 %(channel)s 不属于这台设备。"),
    "template_foreign": _("代码 %(template_code)s 已被其他单位的列模板使用。"),
    "template_missing": _("表格文件须选择列模板，其他格式不需要。"),
    "template_not_found": _("没有代码为 %(template_code)s 的列模板。"),
    "template_time_missing": _("列模板没有写明时间所在的列。"),
    "zone_unknown": _("没有名为 %(zone)s 的时区。"),
    "report_not_ready": _("报告正在生成，请一分钟后再试。"),
    "store_zone_not_found": _("没有代码为 %(code)s 的库位，或该库位不对外预订。"),
    "store_zone_full": _("这段时间里库位最少只空余 %(free_m3)s m³，请减少体积或改期。"),
    "store_booking_period": _("结束日期不能早于开始日期，也不能是过去的日期。"),
    "store_booking_volume": _("请填写大于零的体积，单位立方米，例如 12.5。"),
    "store_booking_goods": _("请写明存放什么。"),
    "store_booking_key": _("请回到冷库页面重新提交。"),
    "store_booking_not_found": _("没有这条库位预订。"),
    "correction_not_found": _("没有这条时钟校正。"),
    "correction_step": _("这条时钟校正已有决定，不能再这样处理。"),
    "intake_file_not_found": _("没有这个数据文件。"),
}
