"""Write a calculation down step by step while it is made."""

from fractions import Fraction

from households.values import BASIS_POINTS, Figure, FormulaStep, Op, Unit
from kernel.errors import InvalidError
from kernel.money import round_half_up

Exact = Fraction | int

GRAMS_PER_KG = 1_000
DAYS_OF_A_YEAR = 365
"""Rent, floors and interest know no leap year."""
PERCENT = 100


def fen(value: Exact) -> Figure:
    """Return an amount in fen as a figure."""
    return Figure(Fraction(value), Unit.FEN)


def figure(value: Exact, unit: Unit) -> Figure:
    """Return any number with its unit."""
    return Figure(Fraction(value), unit)


def rate(basis_points: Exact) -> Figure:
    """Return basis points as a part of one."""
    return Figure(Fraction(basis_points) / BASIS_POINTS, Unit.RATE)


def years(days: int) -> Figure:
    """Return days as a part of a contract year of 365 days."""
    return Figure(Fraction(days, DAYS_OF_A_YEAR), Unit.YEARS)


def times(name: str, *figures: Figure) -> FormulaStep:
    """Multiply figures and round the amount half up."""
    product = Fraction(1)
    for one in figures:
        product *= one.value
    return FormulaStep(name, Op.TIMES, figures, fen(round_half_up(product)))


def weighed(
    name: str, weight_g: Exact, price: Exact, *, grade_percent: int = PERCENT
) -> FormulaStep:
    """Multiply grams and a price in fen per kilogram, times the grade where it is not 100."""
    figures = [figure(weight_g, Unit.GRAMS), figure(price, Unit.FEN_PER_KG)]
    exact = Fraction(weight_g) * Fraction(price) / GRAMS_PER_KG
    if grade_percent != PERCENT:
        figures.append(figure(Fraction(grade_percent, PERCENT), Unit.RATE))
        exact = exact * grade_percent / PERCENT
    return FormulaStep(name, Op.TIMES, figures, fen(round_half_up(exact)))


def plus(name: str, *minors: Exact) -> FormulaStep:
    """Add amounts in fen."""
    return FormulaStep(
        name, Op.PLUS, [fen(minor) for minor in minors], fen(sum(minors, Fraction(0)))
    )


def minus(name: str, first: Exact, *others: Exact) -> FormulaStep:
    """Subtract amounts in fen from the first, never below zero."""
    rest = max(Fraction(first) - sum(others, Fraction(0)), Fraction(0))
    return FormulaStep(
        name, Op.MINUS, [fen(first), *(fen(minor) for minor in others)], fen(rest)
    )


def greatest(name: str, *figures: Figure) -> FormulaStep:
    """Take the greatest of figures of one unit."""
    most = max(figures, key=lambda one: one.value)
    return FormulaStep(name, Op.GREATEST, figures, most)


def least(name: str, *figures: Figure) -> FormulaStep:
    """Take the least of figures of one unit."""
    fewest = min(figures, key=lambda one: one.value)
    return FormulaStep(name, Op.LEAST, figures, fewest)


def minor_of(step: FormulaStep) -> int:
    """Return what a step comes to in whole fen."""
    return round_half_up(step.result.value)


def not_below_zero(**numbers: Exact) -> None:
    """Refuse a number below zero, with its name (`InvalidError`)."""
    for name, number in numbers.items():
        if number < 0:
            raise InvalidError(
                "formula_input_negative", f"{name} is {number}, below zero", field=name
            )
