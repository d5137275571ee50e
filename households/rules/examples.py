"""What terms would pay in a plain case, worked out by the real formulas before they hold.

`work_out(model, terms, assumed) -> [Example]`: a sale of 100 yuan, a delivery of 100 kilograms,
a month of work, or a year. Nothing here is anybody's entitlement.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from types import MappingProxyType

from households.rules import attribution, formulas
from households.rules.terms import fields, ratios, reading
from households.values import (
    ConsignmentTerms,
    ContractVersionId,
    Contribution,
    Division,
    Figure,
    FormulaStep,
    HouseholdId,
    LineShare,
    LinkageModel,
    LotShare,
    PremiumInForce,
    Unit,
)

SALE_MINOR = 10_000
DELIVERY_G = 100_000
MARKET_PERCENTS = (80, 120)
PROFIT_MINOR = 10_000_000
WORK = {"days": Fraction(45, 2), "hours": Fraction(180), "pieces": Fraction(1_000)}
LATER_YEAR = 5
SOMEBODY = "SOMEBODY"
HOUSEHOLD = "HOUSEHOLD"
HOUSEHOLDS = "HOUSEHOLDS"
MEMBERS = "MEMBERS"
USUAL = ("FEE", "LOGISTICS", ratios.PREMIUM_FUND, HOUSEHOLDS, "COOP", "VILLAGE")
"""In which order parties of a sale are told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumed:
    """What a person assumes for an example; a usual case where nothing is said."""

    market_minor_per_kg: int | None = None
    profit_minor: int | None = None
    """A year's profit, surplus or income."""
    premium: PremiumInForce | None = None
    relief_floor_bp: int = 0
    """What the policy asks of a subsidy as pay."""


@dataclass(frozen=True, slots=True)
class Row:
    """What one party would have, in fen; `party` is a code for which a page has the words."""

    party: str
    minor: int
    household_id: str | None = None


@dataclass(frozen=True, slots=True)
class Example:
    """One plain case: what is given, who has what of it, and how it was calculated."""

    case: str
    given: Figure
    rows: Sequence[Row]
    steps: Sequence[FormulaStep]


def work_out(model: LinkageModel, terms: fields.Terms, assumed: Assumed) -> list[Example]:
    """Return the examples of a contract; raises `InvalidError` for terms that do not hold."""
    return EXAMPLES[model](terms, assumed)


def _sale(terms: fields.Terms, assumed: Assumed) -> list[Example]:
    agreed = reading.read_consignment(terms)
    return [_shared(ConsignmentTerms(*_parts(agreed), premium=assumed.premium))]


def _parts(terms: ConsignmentTerms) -> tuple[int, int, Mapping[str, Fraction]]:
    return terms.fee_bp, terms.logistics_bp, terms.ratios


def _shared(terms: ConsignmentTerms) -> Example:
    lot = LotShare(
        lot_id=0,
        quantity=1,
        contributions=[Contribution(HouseholdId(SOMEBODY), 1)],
        cooperative_code=SOMEBODY,
        village_code=SOMEBODY,
        logistics_code=SOMEBODY,
    )
    line = LineShare(
        order_line_id=0,
        gross_minor=SALE_MINOR,
        contract_version_id=ContractVersionId(0),
        terms=terms,
        lots=[lot],
    )
    rows = []
    for share in attribution.attribute(line):
        code = attribution.split_code(share.party_kind, share.party_code)
        rows.append(Row(HOUSEHOLDS if code == SOMEBODY else code, share.minor))
    rows.sort(key=_place)
    return Example("sale", Figure(Fraction(SALE_MINOR), Unit.FEN), rows, [])


def _place(row: Row) -> tuple[int, str]:
    """Put deductions first, then households, payer and village, then funds by code."""
    return (USUAL.index(row.party) if row.party in USUAL else len(USUAL), row.party)


def _premium(terms: fields.Terms, assumed: Assumed) -> list[Example]:
    del assumed
    fund = formulas.premium(reading.read_premium(terms), [SALE_MINOR])
    rows = [Row(ratios.PREMIUM_FUND, fund.minor), Row("REST", SALE_MINOR - fund.minor)]
    given = Figure(Fraction(SALE_MINOR), Unit.FEN)
    return [Example("sale", given, rows, fund.steps[:1])]


def _order(terms: fields.Terms, assumed: Assumed) -> list[Example]:
    agreed = reading.read_order(terms)
    around = [agreed.floor_minor_per_kg * percent // 100 for percent in MARKET_PERCENTS]
    asked = assumed.market_minor_per_kg
    examples = []
    for market in around if asked is None else [asked]:
        paid = formulas.order_purchase(agreed, weight_g=DELIVERY_G, market_minor_per_kg=market)
        rows = [Row(HOUSEHOLD, paid.minor), Row("ABOVE_MARKET", paid.uplift_minor)]
        given = Figure(Fraction(market), Unit.FEN_PER_KG)
        examples.append(Example("delivery_at_market", given, rows, paid.steps))
    return examples


def _inkind(terms: fields.Terms, assumed: Assumed) -> list[Example]:
    del assumed
    agreed = reading.read_inkind(terms)
    paid = formulas.buy_back(agreed, weight_g=DELIVERY_G)
    loss = formulas.certified_loss(agreed)
    rows = [
        Row(HOUSEHOLD, paid.minor),
        Row("WITHHELD", paid.withheld_minor),
        Row("STILL_OWED", paid.carry_minor),
    ]
    borne = [Row("HOUSEHOLD_BEARS", loss.household_minor), Row("PAYER", loss.payer_minor)]
    cost = Figure(Fraction(agreed.input_cost_minor), Unit.FEN)
    weight = Figure(Fraction(DELIVERY_G), Unit.GRAMS)
    return [
        Example("delivery", weight, rows, paid.steps),
        Example("certified_loss", cost, borne, loss.steps),
    ]


def _guaranteed(terms: fields.Terms, assumed: Assumed) -> list[Example]:
    agreed = reading.read_guaranteed(terms)
    asked = assumed.profit_minor
    examples = []
    for profit in (0, PROFIT_MINOR) if asked is None else (asked,):
        paid = formulas.guaranteed(agreed, profit_minor=profit)
        rows = [
            Row(HOUSEHOLD, paid.minor),
            Row("FLOOR", paid.floor_minor),
            Row("DIVIDEND", paid.dividend_minor),
        ]
        examples.append(_year(profit, rows, paid.steps))
    return examples


def _equity(terms: fields.Terms, assumed: Assumed) -> list[Example]:
    agreed = reading.read_equity(terms)
    profit = _profit(assumed)
    shares = agreed.shares or {MEMBERS: 1}
    pool = formulas.equity(agreed, profit_minor=profit, shares=shares)
    rows = [
        Row("RESERVE", pool.reserve_minor),
        Row("COLLECTIVE", pool.collective_minor),
        *_households(pool.division),
    ]
    return [_year(profit, rows, pool.steps)]


def _patronage(terms: fields.Terms, assumed: Assumed) -> list[Example]:
    agreed = reading.read_patronage(terms)
    surplus = _profit(assumed)
    paid = formulas.patronage(
        agreed,
        surplus_minor=surplus,
        trade={MEMBERS: 1},
        capital=agreed.capital or {MEMBERS: 1},
        floor_bp=0,
    )
    rows = [
        Row("RESERVE", surplus - paid.distributable_minor),
        Row("BY_TRADE", paid.minor),
        *_households(paid.by_capital, everybody="BY_CAPITAL"),
    ]
    return [_year(surplus, rows, paid.steps)]


def _asset(terms: fields.Terms, assumed: Assumed) -> list[Example]:
    agreed = reading.read_asset(terms)
    steps: list[FormulaStep] = []
    income = _profit(assumed)
    if assumed.profit_minor is None and agreed.principal_minor and agreed.floor_rate_bp:
        brought = formulas.asset_income(agreed.principal_minor, agreed.floor_rate_bp)
        income, steps = brought.minor, [*brought.steps]
    listed = agreed.beneficiaries or {MEMBERS: 1}
    parts = formulas.asset_distribution(agreed, income, beneficiaries=listed)
    rows = [Row("PUBLIC", parts.public_minor), Row("KEPT", parts.reserve_minor)]
    if parts.division is not None:
        rows += _households(parts.division)
    return [_year(income, rows, [*steps, *parts.steps])]


def _trust(terms: fields.Terms, assumed: Assumed) -> list[Example]:
    agreed = reading.read_trust(terms)
    asked = assumed.profit_minor
    examples = []
    for profit in (0, PROFIT_MINOR) if asked is None else (asked,):
        paid = formulas.trust(agreed, profit_minor=profit)
        examples.append(_year(profit, [Row(HOUSEHOLD, paid.minor)], paid.steps))
    return examples


def _wage(terms: fields.Terms, assumed: Assumed) -> list[Example]:
    del assumed
    agreed = reading.read_wage(terms)
    rates = {
        "days": agreed.day_rate_minor,
        "hours": agreed.hour_rate_minor,
        "pieces": agreed.piece_rate_minor,
    }
    units = {"days": Unit.DAYS, "hours": Unit.HOURS, "pieces": Unit.PIECES}
    examples = []
    for name in (name for name, rate in rates.items() if rate):
        count = WORK[name]
        paid = formulas.wages(
            agreed,
            days=count if name == "days" else 0,
            hours=count if name == "hours" else 0,
            pieces=int(count) if name == "pieces" else 0,
        )
        rows = [Row(HOUSEHOLD, paid.minor)]
        examples.append(Example("work", Figure(count, units[name]), rows, paid.steps[:1]))
    return examples


def _reliefwork(terms: fields.Terms, assumed: Assumed) -> list[Example]:
    agreed = reading.read_reliefwork(terms)
    checked = formulas.relief_check(agreed, paid_minor=0, floor_bp=assumed.relief_floor_bp)
    given = Figure(Fraction(agreed.subsidy_minor), Unit.FEN)
    rows = [Row("LEAST_PAY", checked.minimum_minor)]
    return [Example("subsidy", given, rows, checked.steps)]


def _rent(terms: fields.Terms, assumed: Assumed) -> list[Example]:
    del assumed
    agreed = reading.read_rent(terms)
    start = date(2001, 1, 1)
    examples = []
    for year in (1, LATER_YEAR) if agreed.escalation_bp else (1,):
        first = start.replace(year=start.year + year - 1)
        last = date(first.year, 12, 31)
        paid = formulas.rent(agreed, since=first, until=last, contract_from=start)
        given = Figure(Fraction(year), Unit.YEARS)
        examples.append(
            Example("contract_year", given, [Row(HOUSEHOLD, paid.minor)], paid.steps)
        )
    return examples


def _profit(assumed: Assumed) -> int:
    return PROFIT_MINOR if assumed.profit_minor is None else assumed.profit_minor


def _year(profit: int, rows: Sequence[Row], steps: Sequence[FormulaStep]) -> Example:
    return Example("year", Figure(Fraction(profit), Unit.FEN), rows, steps)


def _households(division: Division, *, everybody: str = HOUSEHOLDS) -> list[Row]:
    """List what each household has, or all together where the contract names none."""
    if set(division.parts) == {MEMBERS}:
        return [Row(everybody, division.minor)]
    return [Row(everybody, division.minor)] + [
        Row(HOUSEHOLD, minor, code) for code, minor in division.by_code.items()
    ]


EXAMPLES: Mapping[LinkageModel, Callable[[fields.Terms, Assumed], list[Example]]] = (
    MappingProxyType(
        {
            LinkageModel.CONSIGN: _sale,
            LinkageModel.PREMIUM: _premium,
            LinkageModel.ORDER: _order,
            LinkageModel.INKIND: _inkind,
            LinkageModel.GUARANTEED: _guaranteed,
            LinkageModel.EQUITY: _equity,
            LinkageModel.PATRONAGE: _patronage,
            LinkageModel.ASSET: _asset,
            LinkageModel.TRUST: _trust,
            LinkageModel.WAGE: _wage,
            LinkageModel.RELIEFWORK: _reliefwork,
            LinkageModel.RENT: _rent,
        }
    )
)
