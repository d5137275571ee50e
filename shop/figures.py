"""Write the exact figures of a calculation for the reader, such as ¥8.00/kg or 6.5 mu."""

from fractions import Fraction

from flask_babel import gettext as _

from households.values import Figure, Unit

DAYS_OF_A_YEAR = 365
FEN_PER_YUAN = 100
GRAMS_PER_KG = 1000
PLACES = 6
PER = {
    Unit.FEN_PER_KG,
    Unit.FEN_PER_MU_YEAR,
    Unit.FEN_PER_DAY,
    Unit.FEN_PER_HOUR,
    Unit.FEN_PER_PIECE,
}


def write(figure: Figure) -> str:
    """Write a figure with its unit in the reader's language; nothing is rounded away."""
    value = figure.value
    if figure.unit is Unit.FEN or figure.unit in PER:
        money = f"¥{_exact(value / FEN_PER_YUAN, least=2)}"
        return money if figure.unit is Unit.FEN else _rate(figure.unit, money)
    if figure.unit is Unit.RATE:
        return f"{_exact(value * 100)} %"
    if figure.unit is Unit.YEARS:
        return _years(value)
    counted = value / GRAMS_PER_KG if figure.unit is Unit.GRAMS else value
    return _count(figure.unit, _exact(counted))


def _rate(unit: Unit, amount: str) -> str:
    words = {
        Unit.FEN_PER_KG: _("%(amount)s/公斤", amount=amount),
        Unit.FEN_PER_MU_YEAR: _("%(amount)s/亩·年", amount=amount),
        Unit.FEN_PER_DAY: _("%(amount)s/天", amount=amount),
        Unit.FEN_PER_HOUR: _("%(amount)s/小时", amount=amount),
        Unit.FEN_PER_PIECE: _("%(amount)s/件", amount=amount),
    }
    return str(words[unit])


def _count(unit: Unit, count: str) -> str:
    words = {
        Unit.GRAMS: _("%(count)s 公斤", count=count),
        Unit.MU: _("%(count)s 亩", count=count),
        Unit.DAYS: _("%(count)s 天", count=count),
        Unit.HOURS: _("%(count)s 小时", count=count),
        Unit.PIECES: _("%(count)s 件", count=count),
    }
    return str(words[unit])


def _years(value: Fraction) -> str:
    days = value * DAYS_OF_A_YEAR
    if value.denominator == 1 or days.denominator != 1:
        return str(_("%(count)s 年", count=_exact(value)))
    return str(_("%(days)s/365 年", days=days.numerator))


def _exact(value: Fraction, *, least: int = 0) -> str:
    """Write a number in decimals where it ends, else as the fraction it is."""
    sign, value = ("-", -value) if value < 0 else ("", value)
    digits = value * 10**PLACES
    if digits.denominator != 1:
        return f"{sign}{value.numerator:,}/{value.denominator:,}"
    whole, part = divmod(digits.numerator, 10**PLACES)
    text = f"{part:0{PLACES}}".rstrip("0").ljust(least, "0")
    return f"{sign}{whole:,}.{text}" if text else f"{sign}{whole:,}"
