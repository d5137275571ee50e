"""What work and land pay: wages, relief work, rent.

`wages(terms, days=0, hours=0, pieces=0) -> Pay(minor, steps)`; days may be halves
`relief_check(terms, paid_minor=…, floor_bp=…) -> ReliefCheck(is_met, minimum_minor, steps)`
`rent(terms, since=…, until=…, contract_from=None) -> RentPay(minor, days, steps)`; both days
count, and the rent rises with each full year since `contract_from`

A year of rent has 365 days, whatever the calendar says. Amounts are rounded half up once.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from households.rules.formulas.dividends import MU_HUNDREDTHS, Pay
from households.rules.formulas.notation import (
    Exact,
    fen,
    figure,
    not_below_zero,
    plus,
    rate,
    times,
    years,
)
from households.values import (
    BASIS_POINTS,
    FormulaStep,
    ReliefworkTerms,
    RentTerms,
    Unit,
    WageTerms,
)
from kernel.errors import InvalidError
from kernel.money import round_half_up

HALVES = 2
FEBRUARY, LEAP_DAY = 2, 29


@dataclass(frozen=True, slots=True, kw_only=True)
class ReliefCheck:
    """Whether a project pays enough of its subsidy as wages."""

    is_met: bool
    minimum_minor: int
    steps: Sequence[FormulaStep]


@dataclass(frozen=True, slots=True, kw_only=True)
class RentPay:
    """The rent of a period and how many days it has."""

    minor: int
    days: int
    steps: Sequence[FormulaStep]


def wages(terms: WageTerms, *, days: Exact = 0, hours: Exact = 0, pieces: int = 0) -> Pay:
    """Return the wage of days, hours and pieces; raises `InvalidError` for a quarter day."""
    not_below_zero(days=days, hours=hours, pieces=pieces)
    if Fraction(days) * HALVES % 1:
        raise InvalidError("half_days_only", f"{days} days are neither whole nor half")
    rows = (
        ("by_days", days, Unit.DAYS, terms.day_rate_minor, Unit.FEN_PER_DAY),
        ("by_hours", hours, Unit.HOURS, terms.hour_rate_minor, Unit.FEN_PER_HOUR),
        ("by_pieces", pieces, Unit.PIECES, terms.piece_rate_minor, Unit.FEN_PER_PIECE),
    )
    steps = [
        times(name, figure(count, unit), figure(price, per))
        for name, count, unit, price, per in rows
        if count
    ]
    exact = sum((Fraction(count) * price for _, count, _, price, _ in rows), Fraction(0))
    minor = round_half_up(exact)
    total = plus("wage", *(step.result.value for step in steps))
    return Pay(
        minor=minor,
        steps=[*steps, FormulaStep(total.name, total.op, total.figures, fen(minor))],
    )


def relief_check(terms: ReliefworkTerms, *, paid_minor: int, floor_bp: int) -> ReliefCheck:
    """Say whether pay reaches its least part of the subsidy, and what that part is.

    The contract's own promise counts where it lies above the policy floor `floor_bp`. The least
    amount is whole fen rounded up, so that it is never below the exact part.
    """
    not_below_zero(paid_minor=paid_minor, floor_bp=floor_bp)
    least_bp = max(floor_bp, terms.labour_bp or 0)
    exact = Fraction(terms.subsidy_minor * least_bp, BASIS_POINTS)
    minimum = -(-exact.numerator // exact.denominator)
    one = times("least_labour_pay", fen(terms.subsidy_minor), rate(least_bp))
    step = FormulaStep(one.name, one.op, one.figures, fen(minimum))
    return ReliefCheck(is_met=paid_minor >= exact, minimum_minor=minimum, steps=[step])


def rent(
    terms: RentTerms, *, since: date, until: date, contract_from: date | None = None
) -> RentPay:
    """Return the rent from `since` to `until`, both counted, rounded once.

    With each full year since `contract_from` the rent is higher by the escalation on the year
    before; a period over an anniversary is calculated in two parts.
    """
    if until < since:
        raise InvalidError("period_reversed", f"the period ends on {until}, before {since}")
    exact, days, steps = Fraction(0), 0, []
    area = figure(Fraction(terms.area_mu_x100, MU_HUNDREDTHS), Unit.MU)
    for year, first, last in _contract_years(contract_from or since, since, until):
        per_mu = terms.rent_minor_per_mu_year * _raised(terms.escalation_bp, year)
        count = (last - first).days + 1
        step = times("rent", area, figure(per_mu, Unit.FEN_PER_MU_YEAR), years(count))
        exact += area.value * per_mu * years(count).value
        days += count
        steps.append(step)
    minor = round_half_up(exact)
    if len(steps) > 1:
        total = plus("rent_in_all", *(step.result.value for step in steps))
        steps.append(FormulaStep(total.name, total.op, total.figures, fen(minor)))
    return RentPay(minor=minor, days=days, steps=steps)


def _raised(escalation_bp: int, full_years: int) -> Fraction:
    return Fraction(BASIS_POINTS + escalation_bp, BASIS_POINTS) ** full_years


def _contract_years(start: date, since: date, until: date) -> Iterator[tuple[int, date, date]]:
    """Cut a period at the anniversaries of a contract: (full years before it, first, last)."""
    if since < start:
        raise InvalidError(
            "period_before_contract", f"the contract begins on {start}, after {since}"
        )
    year = since.year - start.year
    if _anniversary(start, year) > since:
        year -= 1
    first = since
    while first <= until:
        last = min(_anniversary(start, year + 1) - timedelta(days=1), until)
        yield year, first, last
        first, year = last + timedelta(days=1), year + 1


def _anniversary(start: date, years_later: int) -> date:
    year = start.year + years_later
    if (start.month, start.day) == (FEBRUARY, LEAP_DAY) and not _has_leap_day(year):
        return date(year, FEBRUARY, LEAP_DAY - 1)
    return start.replace(year=year)


def _has_leap_day(year: int) -> bool:
    return (date(year, FEBRUARY + 1, 1) - timedelta(days=1)).day == LEAP_DAY
