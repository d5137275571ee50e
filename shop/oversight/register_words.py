"""What the words of the register are called on pages."""

from collections.abc import Sequence

from flask_babel import gettext as _

from households.queries.histories import TermRow
from households.values import HouseholdCategory
from shop.i18n import bilingual


def categories(terms: Sequence[TermRow]) -> dict[str, str]:
    """Return what each category is called; the Chinese name is the newest official term."""
    newest = {row.category: row.term for row in terms}
    english = {
        HouseholdCategory.GENERAL: "general household",
        HouseholdCategory.LIFTED: "lifted household",
        HouseholdCategory.UNSTABLE_LIFTED: "unstable lifted household",
        HouseholdCategory.BORDERLINE: "borderline household",
        HouseholdCategory.SUDDEN_DIFFICULTY: "household in sudden difficulty",
        HouseholdCategory.AT_RISK: "household at risk of returning to poverty",
    }
    return {
        str(category): bilingual(newest.get(category, str(category)), english[category])
        for category in HouseholdCategory
    }


def incomes() -> dict[str, str]:
    """Return the four classes of income."""
    return {
        "wage": _("工资性收入"),
        "operating": _("经营性收入"),
        "property": _("财产性收入"),
        "transfer": _("转移性收入"),
    }


def steps() -> dict[str, str]:
    """Return the steps of both procedures."""
    return {
        "screening": _("对象筛查"),
        "application": _("农户申请"),
        "nomination": _("村提名"),
        "verification": _("入户核实"),
        "village_review": _("村级评议（公示）"),
        "township_review": _("乡镇联合审核"),
        "district_decision": _("区县审定"),
    }


def procedures() -> dict[str, str]:
    """Return the two procedures and their states."""
    return {
        "recognition": _("识别认定"),
        "elimination": _("风险消除"),
        "open": _("进行中"),
        "completed": _("已办结"),
        "cancelled": _("已撤销"),
    }


def visits() -> dict[str, str]:
    """Return roles of visitors and what they found."""
    return {
        "contact": _("帮扶联系人"),
        "monitor": _("监测员"),
        "unchanged": _("情况无变化"),
        "better": _("情况好转"),
        "worse": _("情况变差"),
    }


def measures() -> dict[str, str]:
    """Return the kinds of measures."""
    return {
        "industry": _("产业帮扶"),
        "job": _("就业帮扶"),
        "relief": _("社会救助"),
        "insurance": _("防贫保险"),
        "medical": _("医疗帮扶"),
        "schooling": _("教育帮扶"),
        "housing": _("住房保障"),
        "other": _("其他帮扶"),
    }


def events() -> dict[str, str]:
    """Return the kinds of events."""
    return {
        "project_failed": _("产业项目失败"),
        "disaster": _("自然灾害"),
        "unemployment": _("劳动力失业"),
        "other": _("其他事件"),
    }


def models() -> dict[str, str]:
    """Return the twelve models of linkage."""
    return {
        "ORDER": _("订单收购"),
        "GUARANTEED": _("保底分红"),
        "EQUITY": _("股份合作"),
        "PATRONAGE": _("交易量返还"),
        "WAGE": _("就业带动"),
        "RENT": _("土地流转"),
        "INKIND": _("投入品统供"),
        "CONSIGN": _("代销"),
        "PREMIUM": _("溢价基金"),
        "ASSET": _("资产收益"),
        "RELIEFWORK": _("以工代赈"),
        "TRUST": _("托养托管"),
    }


def figures() -> dict[str, str]:
    """Return the columns of the published table."""
    return {
        "lifted_linked": _("脱贫户：有合同"),
        "lifted_unlinked": _("脱贫户：无合同"),
        "monitored_aided": _("在监测：有措施"),
        "monitored_unaided": _("在监测：无措施"),
        "general": _("其他农户"),
    }
