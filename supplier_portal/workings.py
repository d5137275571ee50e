"""Write how a share was worked out as lines a person can follow with a pocket calculator."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from flask_babel import gettext as _

from households.rules.working import read_steps
from households.values import Figure, FormulaStep, Op, Unit
from kernel.money import round_half_up

SIGNS: Final = {Op.TIMES: " × ", Op.PLUS: " + ", Op.MINUS: " − "}
FEN: Final = 100
DAYS: Final = 365


@dataclass(frozen=True, slots=True)
class WorkingLine:
    """One line: what is calculated, from which figures, what comes out."""

    name: str
    figures: str
    minor: int


def lines_of(figures: Mapping[str, Any]) -> list[WorkingLine]:
    """Return the lines of a kept working: its steps, then its parts of divided pots."""
    lines = [_line(step) for step in read_steps(figures)]
    names = {
        "division": _("按份额分得"),
        "trade": _("按交易额分得"),
        "capital": _("按出资分得"),
    }
    for key, name in names.items():
        part = figures.get(key)
        if part:
            lines.append(_part(name, part))
    return lines


def step_of(figures: Mapping[str, Any]) -> str:
    """Name the common step whose result is a village's part; empty for everybody else."""
    return _name(str(figures["step"])) if "step" in figures else ""


def trade_of(figures: Mapping[str, Any]) -> list[tuple[str, int]]:
    """Return what a patronage refund counted as trade: (words, fen)."""
    if "traded_minor" not in figures:
        return []
    words = (
        ("traded_minor", _("本期交易额")),
        ("returned_minor", _("本期退货")),
        ("carried_minor", _("上期结转的退货")),
        ("carry_minor", _("结转下期的退货")),
    )
    return [(name, int(figures[key])) for key, name in words if figures[key]]


def _part(name: str, part: Mapping[str, Any]) -> WorkingLine:
    text = f"{_yuan(part['pot_minor'])} × {_plain(part['weight'])} / {_plain(part['weights'])}"
    if part["extra"]:
        text += " " + _("（余数多得 1 分）")
    return WorkingLine(name, text, int(part["minor"]))


def _line(step: FormulaStep) -> WorkingLine:
    written = [_figure(figure) for figure in step.figures]
    if step.op in SIGNS:
        text = SIGNS[step.op].join(written)
    elif step.op is Op.GREATEST:
        text = _("取较大：") + " / ".join(written)
    else:
        text = _("取较小：") + " / ".join(written)
    minor = round_half_up(step.result.value)
    return WorkingLine(_name(step.name), text, minor)


def _figure(figure: Figure) -> str:
    value, unit = figure.value, figure.unit
    if unit is Unit.FEN:
        return _yuan(round_half_up(value))
    if unit is Unit.RATE:
        return f"{_plain(value * FEN)} %"
    if unit is Unit.YEARS:
        return f"{_plain(value * DAYS)} / {DAYS}"
    return _counted(value, unit)


def _counted(value: Fraction, unit: Unit) -> str:
    per: dict[Unit, str] = {
        Unit.FEN_PER_KG: _("元/公斤"),
        Unit.FEN_PER_MU_YEAR: _("元/亩/年"),
        Unit.FEN_PER_DAY: _("元/天"),
        Unit.FEN_PER_HOUR: _("元/小时"),
        Unit.FEN_PER_PIECE: _("元/件"),
    }
    counts: dict[Unit, str] = {
        Unit.MU: _("亩"),
        Unit.DAYS: _("天"),
        Unit.HOURS: _("小时"),
        Unit.PIECES: _("件"),
        Unit.GRAMS: _("克"),
    }
    if unit in per:
        return f"{_plain(value / FEN)} {per[unit]}"
    return f"{_plain(value)} {counts[unit]}"


def _plain(value: Fraction | str) -> str:
    """Write an exact number with four decimals at most."""
    number = Fraction(value)
    if number.denominator == 1:
        return f"{number.numerator:,}"
    return f"{float(number):,.4f}".rstrip("0").rstrip(".")


def _yuan(minor: int) -> str:
    sign = "−" if minor < 0 else ""
    whole, part = divmod(abs(minor), FEN)
    return f"{sign}¥{whole:,}.{part:02}"


def _name(code: str) -> str:
    names: dict[str, str] = {
        "by_days": _("按天计酬"),
        "by_hours": _("按小时计酬"),
        "by_pieces": _("计件"),
        "wage": _("报酬合计"),
        "rent": _("租金"),
        "rent_in_all": _("租金合计"),
        "floor": _("保底"),
        "floor_by_area": _("按面积保底"),
        "dividend": _("利润分成"),
        "floor_and_dividend": _("保底加分成"),
        "greater_of_both": _("保底与分成取较大"),
        "for_the_days": _("按天数折算"),
        "cap": _("封顶"),
        "capped": _("不超过封顶"),
        "share_of_profit": _("利润分成"),
        "after_losses": _("弥补亏损后"),
        "to_reserve": _("提取公积金"),
        "to_collective": _("集体留存"),
        "pool": _("可按股分配"),
        "distributable": _("可分配盈余"),
        "by_trade": _("按交易额返还"),
        "by_capital": _("按出资分配"),
        "to_households": _("到户部分"),
        "to_public": _("公益部分"),
        "kept_back": _("留存再发展"),
        "least_labour_pay": _("劳务报酬下限"),
    }
    return names.get(code, code)
