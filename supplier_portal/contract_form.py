"""What a manager writes into the form of a contract, and the terms that come of it.

Amounts are written in yuan, rates in percent, areas in mu, all with their decimals; terms hold
whole fen, basis points and hundredths. Nothing is rounded: what has too many decimals is
pointed out.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any

from flask_babel import gettext as _

from households.rules import terms as rules
from households.rules.examples import Assumed
from households.rules.terms import FieldUnit
from households.values import FOR_ALL_PRODUCERS, DividendMode, LinkageModel, TrustMode

SHARES = ("HHPOT", "COOP", "VILLAGE", "POOR")
"""The shares a form offers; a contract that names others keeps them."""
CHOICES: Mapping[LinkageModel, Mapping[str, tuple[str, ...]]] = {
    LinkageModel.GUARANTEED: {"mode": tuple(DividendMode)},
    LinkageModel.TRUST: {"mode": tuple(TrustMode)},
}
FLAGS: Mapping[LinkageModel, str] = {
    LinkageModel.GUARANTEED: "after_floor",
    LinkageModel.RELIEFWORK: "special_fund",
}
ASSUMES = {
    LinkageModel.ORDER: "assumed_market",
    LinkageModel.GUARANTEED: "assumed_profit",
    LinkageModel.EQUITY: "assumed_profit",
    LinkageModel.PATRONAGE: "assumed_profit",
    LinkageModel.ASSET: "assumed_profit",
    LinkageModel.TRUST: "assumed_profit",
}
"""What an example of a model may assume."""
DECIMALS: Mapping[FieldUnit, int] = {
    FieldUnit.FEN: 2,
    FieldUnit.FEN_PER_KG: 2,
    FieldUnit.MU_X100: 2,
    FieldUnit.BASIS_POINTS: 2,
    FieldUnit.KG: 0,
    FieldUnit.PERCENT: 0,
    FieldUnit.DAY_OF_MONTH: 0,
}
AMOUNT = re.compile(r"(\d{1,12})(?:\.(\d*))?")
RATIO_FIELD = "ratio_"
NOTE_LENGTH = 200
YEARS = range(2000, 2101)
SOURCE = "market_price_source"
KEPT = (SOURCE, "share_classes", "target")
"""Words of a contract that a new version takes over unless the form asks for them."""
RESIDUAL = "residual"


@dataclass(slots=True)
class Written:
    """A filled-in form: what was written, the terms it makes, and what is wrong with it."""

    model: LinkageModel
    values: Mapping[str, str]
    terms: dict[str, Any] = field(default_factory=dict)
    household_id: str | None = None
    effective_from: date | None = None
    note: str = ""
    assumed: Assumed = field(default_factory=Assumed)
    errors: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FormField:
    """One number a form asks for."""

    code: str
    unit: str
    is_required: bool
    default: str
    high: str


def fields_of(model: LinkageModel) -> list[FormField]:
    """Return the numbers a model's form asks for, in their order."""
    return [
        FormField(
            code=number.code,
            unit=number.measure,
            is_required=number.default is None and not number.optional,
            default=_decimal(number.default or 0, DECIMALS[number.measure]),
            high=_decimal(number.maximum or 0, DECIMALS[number.measure]),
        )
        for number in rules.FIELDS[model]
    ]


def read(
    model: LinkageModel,
    values: Mapping[str, str],
    members: Collection[str],
    *,
    fixed_household: str | None = None,
) -> Written:
    """Read a form; what cannot be read stands in `errors` by field, in words."""
    written = Written(model, values, household_id=fixed_household)
    _read_numbers(written)
    _read_words(written)
    if model is LinkageModel.CONSIGN:
        _read_ratios(written)
    weights = rules.WEIGHTS.get(model)
    if weights:
        _read_weights(written, weights, members)
    _read_parties(written, members, fixed_household)
    _read_assumed(written)
    return written


def values_of(model: LinkageModel, terms: Mapping[str, Any]) -> dict[str, str]:
    """Return what a form shows for terms that exist."""
    values = {}
    for number in rules.FIELDS[model]:
        value = terms.get(number.code, number.default)
        if value is not None:
            values[number.code] = _decimal(value, DECIMALS[number.measure])
    if model is LinkageModel.CONSIGN:
        for code, ratio in rules.read_ratios(terms).items():
            values[f"{RATIO_FIELD}{code}"] = _percent_or_fraction(ratio)
    for choice in (*CHOICES.get(model, {}), SOURCE):
        values[choice] = str(terms.get(choice, ""))
    if terms.get(FLAGS.get(model, "")) is True:
        values[FLAGS[model]] = "yes"
    weights = terms.get(rules.WEIGHTS.get(model, ""))
    if isinstance(weights, Mapping):
        rows = (f"{household} {weight}" for household, weight in sorted(weights.items()))
        values["weights"] = "\n".join(rows)
    return values


def amount(text: str, decimals: int) -> int | None:
    """Read a decimal of at most so many digits as a whole number of its last digit."""
    plain = text.strip().replace("，", "").replace(",", "").replace("．", ".")
    found = AMOUNT.fullmatch(plain.removeprefix("¥").removesuffix("%").strip())
    if found is None or not plain.isascii():
        return None
    whole, part = found[1], (found[2] or "").rstrip("0")
    if len(part) > decimals:
        return None
    return int(whole + part.ljust(decimals, "0"))


def ratio_codes(values: Mapping[str, str]) -> list[str]:
    """Return the shares a form shows: the usual ones, then those the contract names."""
    named = [key.removeprefix(RATIO_FIELD) for key in values if key.startswith(RATIO_FIELD)]
    return [*SHARES, *sorted(set(named) - set(SHARES))]


def _read_numbers(written: Written) -> None:
    for number in rules.FIELDS[written.model]:
        text = written.values.get(number.code, "").strip()
        if not text:
            if number.default is None and not number.optional:
                written.errors[number.code] = _("请填写。")
            continue
        value = amount(text, DECIMALS[number.measure])
        if value is None:
            written.errors[number.code] = _number_words(DECIMALS[number.measure])
        elif not number.minimum <= value or (
            number.maximum is not None and value > number.maximum
        ):
            written.errors[number.code] = _(
                "应在 %(low)s 到 %(high)s 之间。",
                low=_decimal(number.minimum, DECIMALS[number.measure]),
                high=_decimal(number.maximum or 0, DECIMALS[number.measure]),
            )
        else:
            written.terms[number.code] = value


def _read_words(written: Written) -> None:
    for name, allowed in CHOICES.get(written.model, {}).items():
        value = written.values.get(name, "")
        if value not in allowed:
            written.errors[name] = _("请选择一项。")
        else:
            written.terms[name] = value
    flag = FLAGS.get(written.model)
    if flag:
        written.terms[flag] = written.values.get(flag) == "yes"
    source = written.values.get(SOURCE, "").strip()
    if written.model is LinkageModel.ORDER and source:
        if len(source) > NOTE_LENGTH:
            written.errors[SOURCE] = _("最多 %(count)s 个字。", count=NOTE_LENGTH)
        written.terms[SOURCE] = source


def _read_ratios(written: Written) -> None:
    ratios = {}
    for code in ratio_codes(written.values):
        text = written.values.get(f"{RATIO_FIELD}{code}", "").strip()
        if not text:
            continue
        ratio = _ratio(text)
        if ratio is None:
            name = f"{RATIO_FIELD}{code}"
            written.errors[name] = _("请填写百分比（如 75 或 12.5）或分数（如 15/20）。")
        elif ratio:
            ratios[code] = str(ratio)
    written.terms["ratios"] = ratios
    if written.values.get(RESIDUAL):
        written.terms[RESIDUAL] = written.values[RESIDUAL]


def _read_weights(written: Written, name: str, members: Collection[str]) -> None:
    weights: dict[str, int] = {}
    for number, household, weight in _weight_rows(written.values.get("weights", "")):
        if household not in members:
            wrong = _("第 %(row)s 行：该户号不在您的成员名单中。", row=number)
        elif household in weights:
            wrong = _("第 %(row)s 行：该户号重复。", row=number)
        elif not (weight.isascii() and weight.isdigit() and len(weight) <= len("999999999")):
            wrong = _("第 %(row)s 行：请写“户号 空格 整数”。", row=number)
        else:
            weights[household] = int(weight)
            continue
        written.errors["weights"] = wrong
        return
    if weights:
        written.terms[name] = weights


def _weight_rows(text: str) -> Iterator[tuple[int, str, str]]:
    for number, line in enumerate(text.splitlines(), start=1):
        household, _space, weight = re.sub(r"[,，;；\t]+", " ", line).strip().partition(" ")
        if household:
            yield number, household.upper(), weight.strip()


def _read_parties(
    written: Written, members: Collection[str], fixed_household: str | None
) -> None:
    chosen = written.values.get("household", "")
    if fixed_household is None and chosen:
        if written.model in FOR_ALL_PRODUCERS or chosen not in members:
            written.errors["household"] = _("请选择成员名单中的一户，或选择全部交货农户。")
        else:
            written.household_id = chosen
    try:
        written.effective_from = date.fromisoformat(written.values.get("effective_from", ""))
    except ValueError:
        written.errors["effective_from"] = _("请填写开始日期。")
    else:
        if written.effective_from.year not in YEARS:
            written.errors["effective_from"] = _("日期太早或太晚，请核对。")
    written.note = written.values.get("note", "").strip()
    if len(written.note) > NOTE_LENGTH:
        written.errors["note"] = _("最多 %(count)s 个字。", count=NOTE_LENGTH)


def _read_assumed(written: Written) -> None:
    name = ASSUMES.get(written.model, "")
    text = written.values.get(name, "").strip()
    if not text:
        return
    value = amount(text, 2)
    if value is None:
        written.errors[name] = _number_words(2)
    elif name == "assumed_market":
        written.assumed = Assumed(market_minor_per_kg=value)
    else:
        written.assumed = Assumed(profit_minor=value)


def _ratio(text: str) -> Fraction | None:
    """Read 75, 12.5 %, or 15/20; None for anything else."""
    plain = text.replace("％", "%").removesuffix("%").strip()
    if re.fullmatch(r"\d{1,6}/\d{1,6}", plain, re.ASCII) and int(plain.split("/")[1]):
        return Fraction(plain)
    if re.fullmatch(r"\d{1,3}(\.\d{1,6})?", plain, re.ASCII):
        return Fraction(plain) / 100
    return None


def _percent_or_fraction(ratio: Fraction) -> str:
    percent = ratio * 100
    hundredths = percent * 10_000
    if hundredths.denominator != 1:
        return str(ratio)
    return _decimal(int(hundredths), 4)


def _decimal(value: int, decimals: int) -> str:
    """Write a whole number of last digits with its point, without idle zeros."""
    if not decimals:
        return str(value)
    digits = str(value).rjust(decimals + 1, "0")
    return f"{digits[:-decimals]}.{digits[-decimals:]}".rstrip("0").rstrip(".")


def _number_words(decimals: int) -> str:
    words = _("请填写数字，最多 %(count)s 位小数。", count=decimals)
    return str(words if decimals else _("请填写整数。"))
