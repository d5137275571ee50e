"""What a year or a period pays: floors, dividends, shares, patronage, assets, trust.

`guaranteed(terms, profit_minor=…, days=365) -> GuaranteedPay(minor, floor_minor,
dividend_minor, steps)`
`equity(terms, profit_minor=…, loss_cover_minor=0, shares=None) -> EquityPool(minor,
loss_cover_minor, reserve_minor, collective_minor, division, steps)`
`patronage(terms, surplus_minor=…, trade=…, capital=None, floor_bp=…, loss_cover_minor=0) ->
Patronage(distributable_minor, minor, capital_minor, by_trade, by_capital, total, steps)`
`village_share(base_minor, share_bp) -> Pay`
`asset_income(principal_minor, rate_bp, days=365) -> Pay`
`asset_distribution(terms, income_minor, beneficiaries=None) -> AssetDistribution(
household_minor, public_minor, reserve_minor, division, steps)`
`trust(terms, profit_minor=…) -> Pay`

Profit may be negative; it then counts as zero. Every amount is rounded half up once, and a
division never rounds: it uses the largest remainder.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from households.rules.formulas.notation import (
    Exact,
    fen,
    figure,
    greatest,
    least,
    minor_of,
    minus,
    not_below_zero,
    plus,
    rate,
    times,
    years,
)
from households.rules.formulas.weights import divide
from households.rules.terms.ratios import percent_of
from households.values import (
    BASIS_POINTS,
    AssetTerms,
    DividendMode,
    Division,
    EquityTerms,
    FormulaStep,
    GuaranteedTerms,
    PatronageTerms,
    TrustTerms,
    Unit,
)
from kernel.errors import InvalidError
from kernel.money import allot

MU_HUNDREDTHS = 100
YEAR = 365


@dataclass(frozen=True, slots=True, kw_only=True)
class Pay:
    """An amount in fen and how it was calculated."""

    minor: int
    steps: Sequence[FormulaStep]


@dataclass(frozen=True, slots=True, kw_only=True)
class GuaranteedPay:
    """What a guaranteed dividend pays and which part of it is which."""

    minor: int
    floor_minor: int
    dividend_minor: int
    steps: Sequence[FormulaStep]


@dataclass(frozen=True, slots=True, kw_only=True)
class EquityPool:
    """What share cooperation leaves for the shares, and who gets it."""

    minor: int
    loss_cover_minor: int
    reserve_minor: int
    collective_minor: int
    division: Division
    steps: Sequence[FormulaStep]


@dataclass(frozen=True, slots=True, kw_only=True)
class Patronage:
    """A distributable surplus, by trade and by capital."""

    distributable_minor: int
    minor: int
    """What goes back by trade."""
    capital_minor: int
    by_trade: Division
    by_capital: Division
    steps: Sequence[FormulaStep]

    @property
    def total(self) -> dict[str, int]:
        """Return what each member gets of both, in fen."""
        codes = sorted(self.by_trade.parts.keys() | self.by_capital.parts.keys())
        trade, capital = self.by_trade.by_code, self.by_capital.by_code
        return {code: trade.get(code, 0) + capital.get(code, 0) for code in codes}


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetDistribution:
    """Income of an assistance asset: to households, for the public good, kept."""

    household_minor: int
    public_minor: int
    reserve_minor: int
    division: Division | None
    """The household part by beneficiary; None while nobody has been listed."""
    steps: Sequence[FormulaStep]


def guaranteed(terms: GuaranteedTerms, *, profit_minor: int, days: int = YEAR) -> GuaranteedPay:
    """Return what a guaranteed dividend pays for `days` of a year.

    As a guarantee the greater of floor and dividend of the year counts and is taken for the
    days. Additive contracts pay the floor for the days and on top the dividend on the period's
    profit, or on what of it exceeds the floor. A cap bounds what is paid in either case.
    """
    not_below_zero(days=days)
    if terms.mode is DividendMode.GUARANTEE:
        return _guarantee(terms, profit_minor, days)
    floors = _floors(terms, days)
    floor_minor = sum(minor_of(step) for step in floors)
    dividend = _dividend(terms, profit_minor, floor_minor)
    both = plus("floor_and_dividend", floor_minor, minor_of(dividend))
    steps = [*floors, dividend, both, *_cap(terms, minor_of(both), days)]
    minor = minor_of(steps[-1])
    return GuaranteedPay(
        minor=minor,
        floor_minor=min(floor_minor, minor),
        dividend_minor=max(minor - floor_minor, 0),
        steps=steps,
    )


def equity(
    terms: EquityTerms,
    *,
    profit_minor: int,
    loss_cover_minor: int = 0,
    shares: Mapping[str, Exact] | None = None,
) -> EquityPool:
    """Divide by shares what loss cover, reserve and collective leave of profit."""
    not_below_zero(loss_cover_minor=loss_cover_minor)
    base = minus("after_losses", max(profit_minor, 0), loss_cover_minor)
    reserve = times("to_reserve", base.result, rate(terms.reserve_bp))
    collective = times("to_collective", base.result, rate(terms.collective_share_bp))
    kept = (minor_of(reserve), minor_of(collective))
    pool = minus("pool", minor_of(base), *kept)
    return EquityPool(
        minor=minor_of(pool),
        loss_cover_minor=min(loss_cover_minor, max(profit_minor, 0)),
        reserve_minor=kept[0],
        collective_minor=kept[1],
        division=divide(minor_of(pool), terms.shares if shares is None else shares),
        steps=[base, reserve, collective, pool],
    )


def patronage(
    terms: PatronageTerms,
    *,
    surplus_minor: int,
    trade: Mapping[str, Exact],
    floor_bp: int,
    capital: Mapping[str, Exact] | None = None,
    loss_cover_minor: int = 0,
) -> Patronage:
    """Divide a surplus: at least `floor_bp` of it by trade, the rest by capital accounts.

    Raises `InvalidError` `below_legal_floor` for a contract that gives less back by trade.
    """
    not_below_zero(loss_cover_minor=loss_cover_minor)
    if terms.refund_bp < floor_bp:
        raise InvalidError(
            "below_legal_floor",
            f"at least {floor_bp} of 10000 goes back by trade",
            minimum=floor_bp,
            percent=percent_of(floor_bp),
        )
    base = minus("after_losses", max(surplus_minor, 0), loss_cover_minor)
    reserve = times("to_reserve", base.result, rate(terms.reserve_bp))
    distributable = minus("distributable", minor_of(base), minor_of(reserve))
    pool = times("by_trade", distributable.result, rate(terms.refund_bp))
    rest = minus("by_capital", minor_of(distributable), minor_of(pool))
    return Patronage(
        distributable_minor=minor_of(distributable),
        minor=minor_of(pool),
        capital_minor=minor_of(rest),
        by_trade=divide(minor_of(pool), trade),
        by_capital=divide(minor_of(rest), terms.capital if capital is None else capital),
        steps=[base, reserve, distributable, pool, rest],
    )


def village_share(base_minor: int, share_bp: int) -> Pay:
    """Return a village collective's part; no household's income until it is distributed."""
    not_below_zero(base_minor=base_minor, share_bp=share_bp)
    step = times("to_village", fen(base_minor), rate(share_bp))
    return Pay(minor=minor_of(step), steps=[step])


def asset_income(principal_minor: int, rate_bp: int, *, days: int = YEAR) -> Pay:
    """Return what an assistance asset brings for `days` of a year at its rate."""
    not_below_zero(principal_minor=principal_minor, rate_bp=rate_bp, days=days)
    step = times("asset_income", fen(principal_minor), rate(rate_bp), years(days))
    return Pay(minor=minor_of(step), steps=[step])


def asset_distribution(
    terms: AssetTerms, income_minor: int, *, beneficiaries: Mapping[str, Exact] | None = None
) -> AssetDistribution:
    """Divide an asset's income in three, and the household part by the list of beneficiaries.

    The list is the one valid on the day of the decision: persons, equal parts or points.
    Raises `InvalidError` `parts_do_not_sum` for three parts that are not the whole.
    """
    weights = {
        "HOUSEHOLD": terms.household_bp,
        "PUBLIC": terms.public_bp,
        "RESERVE": terms.reserve_bp,
    }
    stated = sum(weights.values())
    if stated != BASIS_POINTS:
        raise InvalidError(
            "parts_do_not_sum",
            f"the three parts sum to {stated}, not to 10000",
            percent=percent_of(stated),
        )
    parts = allot(income_minor, list(weights.items()))
    listed = terms.beneficiaries if beneficiaries is None else beneficiaries
    names = {"HOUSEHOLD": "to_households", "PUBLIC": "to_public", "RESERVE": "kept_back"}
    steps = [
        FormulaStep(names[code], one.op, one.figures, fen(parts[code]))
        for code, weight in weights.items()
        for one in [times(names[code], fen(income_minor), rate(weight))]
    ]
    return AssetDistribution(
        household_minor=parts["HOUSEHOLD"],
        public_minor=parts["PUBLIC"],
        reserve_minor=parts["RESERVE"],
        division=divide(parts["HOUSEHOLD"], listed) if listed else None,
        steps=steps,
    )


def trust(terms: TrustTerms, *, profit_minor: int) -> Pay:
    """Return what an operated asset pays in a year: the floor and a share of profit on top."""
    share = times("share_of_profit", fen(max(profit_minor, 0)), rate(terms.share_bp))
    both = plus("floor_and_dividend", terms.floor_minor, minor_of(share))
    return Pay(minor=minor_of(both), steps=[share, both])


def _guarantee(terms: GuaranteedTerms, profit_minor: int, days: int) -> GuaranteedPay:
    floors = _floors(terms, YEAR)
    floor_minor = sum(minor_of(step) for step in floors)
    dividend = _dividend(terms, profit_minor, floor_minor)
    exact_floor = _exact_floor(terms)
    exact_dividend = max(profit_minor, 0) * rate(terms.profit_share_bp).value
    if terms.after_floor:
        exact_dividend = max(profit_minor - exact_floor, 0) * rate(terms.profit_share_bp).value
    year = max(exact_floor, exact_dividend)
    chosen = greatest("greater_of_both", fen(floor_minor), dividend.result)
    taken = times("for_the_days", fen(year), years(days))
    steps = [*floors, dividend, chosen, taken, *_cap(terms, minor_of(taken), days)]
    minor = minor_of(steps[-1])
    floor_part = min(minor_of(times("floor", fen(exact_floor), years(days))), minor)
    return GuaranteedPay(
        minor=minor, floor_minor=floor_part, dividend_minor=minor - floor_part, steps=steps
    )


def _exact_floor(terms: GuaranteedTerms) -> Exact:
    by_principal = terms.principal_minor * rate(terms.floor_rate_bp).value
    by_area = fen(terms.area_mu_x100 * terms.floor_minor_per_mu).value / MU_HUNDREDTHS
    return by_principal + by_area


def _floors(terms: GuaranteedTerms, days: int) -> list[FormulaStep]:
    """Write the floor by principal and, where the contract has one, the floor by area."""
    steps = []
    if terms.principal_minor or not terms.floor_minor_per_mu:
        principal = fen(terms.principal_minor)
        steps.append(times("floor", principal, rate(terms.floor_rate_bp), years(days)))
    if terms.floor_minor_per_mu:
        area = figure(fen(terms.area_mu_x100).value / MU_HUNDREDTHS, Unit.MU)
        per_mu = figure(terms.floor_minor_per_mu, Unit.FEN_PER_MU_YEAR)
        steps.append(times("floor_by_area", area, per_mu, years(days)))
    return steps


def _dividend(terms: GuaranteedTerms, profit_minor: int, floor_minor: int) -> FormulaStep:
    base = max(profit_minor, 0)
    if terms.after_floor:
        base = max(profit_minor - floor_minor, 0)
    return times("dividend", fen(base), rate(terms.profit_share_bp))


def _cap(terms: GuaranteedTerms, minor: int, days: int) -> list[FormulaStep]:
    if terms.cap_rate_bp is None:
        return []
    most = times("cap", fen(terms.principal_minor), rate(terms.cap_rate_bp), years(days))
    return [most, least("capped", fen(minor), most.result)]
