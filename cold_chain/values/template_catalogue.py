"""Column templates of loggers whose files are documented; what is not known is not made up."""

from typing import Any

from cold_chain.values.tables import (
    Checksum,
    DateOrder,
    Separator,
    TableSpec,
    ValueColumn,
)

BEIJING = "Asia/Shanghai"
TEMPLATES: tuple[dict[str, Any], ...] = (
    {
        "code": "TIME-TEMP",
        "name": "两列：时间、温度",
        "name_en": "Two columns: time, temperature",
        "spec": TableSpec(
            values=(ValueColumn(column="#2", channel="t1"),), time="#1", zone=BEIJING
        ),
    },
    {
        "code": "ELITECH-RC",
        "name": "精创 RC 系列文本（序号、时间、温度）",
        "name_en": "Elitech RC text (number, time, temperature)",
        "spec": TableSpec(
            values=(ValueColumn(column="#3", channel="t1"),),
            time="#2",
            zone=BEIJING,
            separator=Separator.TAB,
            heading_line=0,
            first_line=1,
        ),
    },
    {
        "code": "APAR-AR232",
        "name": "APAR AR232／AR236（分号、小数逗号、混合事件）",
        "name_en": "APAR AR232/AR236 (semicolons, decimal commas, mixed events)",
        "spec": TableSpec(
            values=(ValueColumn(column="#6", channel="t1"),),
            date="#2",
            clock="#3",
            zone=BEIJING,
            separator=Separator.SEMICOLON,
            has_decimal_comma=True,
            heading_line=0,
            event="#4",
            event_codes=("5",),
            checksum=Checksum.UNCHECKED,
        ),
    },
    {
        "code": "EXCEL-SERIAL",
        "name": "两列：Excel 日期序数、温度",
        "name_en": "Two columns: Excel serial, temperature",
        "spec": TableSpec(
            values=(ValueColumn(column="#2", channel="t1"),),
            time="#1",
            order=DateOrder.EXCEL,
            zone=BEIJING,
        ),
    },
)
