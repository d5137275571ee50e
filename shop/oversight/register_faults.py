"""What an official reads about each fault in a file: code → sentence."""

from flask_babel import LazyString
from flask_babel import lazy_gettext as _

FAULTS: dict[str, LazyString] = {
    "category_goes_back": _("日期不晚于现有类别的开始日期，请核对。"),
    "cell_empty": _("不能为空。"),
    "cell_in_future": _("日期或年度不能晚于今天。"),
    "cell_negative": _("不能为负数。"),
    "cell_not_a_day": _("应写成 2026-01-31 这样的日期。"),
    "cell_not_a_year": _("应写成四位年份。"),
    "cell_not_an_amount": _("应为金额（元），最多两位小数，不带千分位。"),
    "cell_not_whole": _("应为 0 至 999 的整数。"),
    "cell_not_yes_no": _("请填写“是”或“否”。"),
    "cell_too_long": _("文字过长，或含有换行等不可见字符。"),
    "column_missing": _("缺少这一列。"),
    "eliminated_out_of_order": _("消除日期应在识别日期之后、今天之前。"),
    "file_empty": _("文件中没有数据行。"),
    "file_too_long": _("行数过多，请分成几个文件。"),
    "household_not_yours": _("该户不在您的辖区。"),
    "household_number_invalid": _("户编号应为 H 加数字；请勿填写姓名、身份证号或电话。"),
    "household_twice": _("同一户在文件中出现了两次。"),
    "household_unknown": _("名册中没有这一户。"),
    "measure_unknown": _("应写成 产业@2026-01-01，多项用分号隔开。"),
    "more_labour_than_members": _("劳动力多于人口。"),
    "nobody_lives_there": _("人口应大于零。"),
    "recognised_missing": _("填写了风险信息，但缺少识别日期。"),
    "risk_goes_back": _("该风险已登记消除，不能改回监测中；如再次出现风险请重新识别。"),
    "status_contradicts": _("风险状态为监测中，不应有消除日期。"),
    "status_unknown": _("请填写“监测中”或“已消除”。"),
    "term_not_in_force": _("该类别名称在这一日期不适用，请核对名称和日期。"),
    "term_unknown": _("没有这个类别名称。"),
    "village_differs": _("与名册登记的村不一致；迁村请另行办理。"),
    "village_not_yours": _("村代码不在您的辖区。"),
    "year_missing": _("填写了收入，但缺少年度。"),
}


def sentence(code: str) -> str:
    """Return the sentence of a fault in the reader's language."""
    return str(FAULTS[code])
