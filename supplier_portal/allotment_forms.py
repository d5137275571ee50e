"""Read and write the forms of period closes: contract, days, declared amounts, attendance."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from flask import request
from flask_babel import gettext as _

from households.service.allotment_figures import EVERYBODY
from households.values import (
    ALLOTTED,
    VILLAGE_MODELS,
    WITHOUT_NOTICE,
    AllotmentSource,
    LinkageModel,
    ResolutionBody,
)
from kernel.errors import InvalidError

FEN: Final = 100
LARGEST_YUAN: Final = 10_000_000_000
SEPARATOR: Final = "|"
PARTS: Final = 4
HALVES: Final = 2


def contract_options(
    contracts: Sequence[tuple[str, LinkageModel, str | None, int]],
    payers: Mapping[str, str],
    village_payers: Collection[str],
) -> list[tuple[str, str]]:
    """Return what can be closed as (value, text)."""
    options = []
    for payer, model, contract, count in contracts:
        sources = [AllotmentSource.OWN]
        if payer in village_payers and model in VILLAGE_MODELS and contract:
            sources += [AllotmentSource.VILLAGE, AllotmentSource.FUND]
        for source in sources:
            value = SEPARATOR.join((payer, model.value, source.value, contract or ""))
            scope = contract or _("%(count)s 份单户合同", count=count)
            words = [payers[payer], model_name(model), source_name(source), scope]
            options.append((value, " · ".join(word for word in words if word)))
    return options


def read_option(value: str) -> tuple[str, LinkageModel, AllotmentSource, str]:
    """Read a chosen contract back; raises `InvalidError` for one that was not offered."""
    parts = value.split(SEPARATOR)
    if len(parts) != PARTS or parts[1] not in ALLOTTED or parts[2] not in set(AllotmentSource):
        raise InvalidError("model_not_by_period", "choose a contract")
    return parts[0], LinkageModel(parts[1]), AllotmentSource(parts[2]), parts[3]


def read_day(name: str) -> date:
    """Read a day of the form; raises `InvalidError`."""
    try:
        return date.fromisoformat(request.form.get(name, ""))
    except ValueError as error:
        raise InvalidError("day_not_readable", "choose a day", field=name) from error


def declared_fields(model: LinkageModel) -> list[tuple[str, str]]:
    """Return the amounts a payer declares for a model: (name, words)."""
    fields: dict[LinkageModel, list[tuple[str, str]]] = {
        LinkageModel.GUARANTEED: [("profit_minor", _("本期利润（元）"))],
        LinkageModel.TRUST: [("profit_minor", _("本期利润（元）"))],
        LinkageModel.EQUITY: [
            ("profit_minor", _("本期利润（元）")),
            ("loss_cover_minor", _("弥补以前亏损（元）")),
        ],
        LinkageModel.PATRONAGE: [
            ("surplus_minor", _("本期盈余（元）")),
            ("loss_cover_minor", _("弥补以前亏损（元）")),
        ],
        LinkageModel.ASSET: [("income_minor", _("待分配收入（元）"))],
    }
    return fields.get(model, [])


def read_declared(model: LinkageModel) -> dict[str, Any]:
    """Read the declared amounts of the form, in fen."""
    declared: dict[str, Any] = {
        name: _read_amount(request.form.get(name, ""))
        for name, _words in declared_fields(model)
    }
    if model is LinkageModel.ASSET and request.form.get("everybody"):
        declared["beneficiaries"] = EVERYBODY
    if model is LinkageModel.RELIEFWORK and request.form.get("closes_project"):
        declared["closes_project"] = True
    return declared


def write_attendance(entered: Mapping[str, Mapping[str, Any]]) -> str:
    """Write attendance the way it is typed, with a heading."""
    rows = [_("户号,天数,小时,件数")]
    for household, figures in entered.items():
        whole, half = divmod(int(figures.get("half_days", 0)), HALVES)
        days = f"{whole}.5" if half else str(whole)
        rows.append(f"{household},{days},{figures.get('hours', 0)},{figures.get('pieces', 0)}")
    return "\n".join(rows)


def bodies(model: LinkageModel) -> list[tuple[str, str]]:
    """Return who may decide about a model, as (value, words)."""
    if model in WITHOUT_NOTICE:
        return [(ResolutionBody.PAYROLL.value, body_name(ResolutionBody.PAYROLL))]
    return [
        (body.value, body_name(body))
        for body in ResolutionBody
        if body is not ResolutionBody.PAYROLL
    ]


def body_name(body: ResolutionBody) -> str:
    """Name who decides."""
    names: dict[ResolutionBody, str] = {
        ResolutionBody.MEMBERS_MEETING: _("成员（代表）大会"),
        ResolutionBody.VILLAGE_ASSEMBLY: _("村民（代表）会议"),
        ResolutionBody.BOARD: _("理事会"),
        ResolutionBody.PAYROLL: _("第二人审批"),
    }
    return names[body]


def source_name(source: AllotmentSource) -> str:
    """Name which money is divided; the payer's own needs no name."""
    names: dict[AllotmentSource, str] = {
        AllotmentSource.OWN: "",
        AllotmentSource.VILLAGE: _("村集体分成资金"),
        AllotmentSource.FUND: _("村帮扶基金"),
    }
    return names[source]


def model_name(model: LinkageModel) -> str:
    """Name a model that is paid by the period."""
    names: dict[LinkageModel, str] = {
        LinkageModel.WAGE: _("就业带动（务工报酬）"),
        LinkageModel.RELIEFWORK: _("以工代赈劳务报酬"),
        LinkageModel.RENT: _("土地、林地、房屋流转租金"),
        LinkageModel.GUARANTEED: _("保底分红"),
        LinkageModel.EQUITY: _("股份合作（按股分红）"),
        LinkageModel.PATRONAGE: _("按交易量返还"),
        LinkageModel.ASSET: _("帮扶项目资产收益"),
        LinkageModel.TRUST: _("资产托管"),
    }
    return names[model]


def _read_amount(text: str) -> int:
    """Read yuan with two decimals at most as fen; an empty box is zero, losses are negative."""
    plain = text.strip().replace(",", "").replace("，", "").replace("−", "-")
    try:
        yuan = Decimal(plain or "0")
    except InvalidOperation:
        yuan = Decimal("NaN")
    if not yuan.is_finite() or abs(yuan) > LARGEST_YUAN or (yuan * FEN) % 1:
        raise InvalidError("amount_not_readable", "an amount is yuan with two decimals")
    return int(yuan * FEN)
