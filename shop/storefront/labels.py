"""Words for the codes a list repeats, made once for each language."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from flask_babel import force_locale, get_locale
from flask_babel import gettext as _

from kernel.regions import DistrictMark


def storage_labels() -> Mapping[str, str]:
    """Return the word for each storage class in the reader's language."""
    return _storage_labels(str(get_locale()))


def certificate_labels() -> Mapping[str, str]:
    """Return the official name of each kind of certificate in the reader's language."""
    return _certificate_labels(str(get_locale()))


def mark_labels() -> Mapping[str, str]:
    """Return what each list is called on which a district can stand."""
    return _mark_labels(str(get_locale()))


@cache
def _mark_labels(locale: str) -> Mapping[str, str]:
    with force_locale(locale):
        return MappingProxyType(
            {
                DistrictMark.COUNTY_832.value: _("832 脱贫县"),
                DistrictMark.LIFTED.value: _("重庆 18 个脱贫区县"),
                DistrictMark.KEY.value: _("国家乡村振兴重点帮扶县"),
            }
        )


@cache
def _storage_labels(locale: str) -> Mapping[str, str]:
    with force_locale(locale):
        return MappingProxyType(
            {
                "AMBIENT": _("常温"),
                "COOL": _("阴凉"),
                "TEA_COLD": _("茶叶低温"),
                "CHILL_MEAT": _("冷鲜肉"),
                "CHILL_VEG": _("冷藏果蔬"),
                "CHILL_READY": _("冷藏即食"),
                "COOL_FRUIT": _("果菜控温"),
                "FROZEN": _("冷冻"),
                "ICED": _("冰鲜"),
                "LIVE": _("鲜活"),
                "NONE": _("无需储存"),
            }
        )


@cache
def _certificate_labels(locale: str) -> Mapping[str, str]:
    with force_locale(locale):
        return MappingProxyType(
            {
                "CQHGZ": _("承诺达标合格证"),
                "QUARANTINE": _("动物检疫合格证明"),
                "SC": _("食品生产许可"),
                "XZF": _("小作坊登记证"),
                "GREEN": _("绿色食品"),
                "ORGANIC": _("有机产品"),
                "GI_AGI": _("农产品地理标志"),
                "GI_TM": _("地理标志证明商标"),
                "GI_PGI": _("地理标志保护产品"),
                "MTYX": _("名特优新农产品"),
                "QUALITY": _("质量检验报告"),
                "LAB": _("检测报告"),
                "BRAND_REGION": _("寻味武隆授权"),
                "BRAND_OWN": _("名优品牌授权"),
                "RECOGNITION": _("帮扶产品认定"),
            }
        )
