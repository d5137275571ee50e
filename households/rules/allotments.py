"""What a period close pays whom: contracts, declared figures and measured work in, shares out.

`work_out(gathered) -> Working` is pure. Every amount comes from `rules.formulas`; here stands
which contract, which days and which weights they are given, and which party a part belongs to.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from households.rules import formulas
from households.rules import terms as reading
from households.rules.working import common_steps, parts_of, steps_of
from households.values import (
    AllotmentShare,
    ContractVersionId,
    Division,
    FormulaStep,
    Gathered,
    LinkageModel,
    PartyKind,
    PeriodContract,
    WageTerms,
    Working,
)
from kernel.errors import ConflictError, InvalidError
from kernel.money import allot, round_half_up

YEAR = 365
HALVES = 2
VILLAGE_PREFIX = "village:"
COOPERATIVE_PREFIX = "coop:"
WEIGHT_FIELDS = frozenset({"shares", "capital", "beneficiaries"})
"""What each household's own contract says of itself; the other terms must be the same."""
PUBLIC_FUND, RESERVE_FUND = "PUBLIC", "RESERVE"


def work_out(gathered: Gathered) -> Working:
    """Return every share of a period close and the figures they have in common.

    Raises `ConflictError` `allotment_without_contract` when no contract holds in the period,
    `InvalidError` with the reason when a declared figure is missing or the law is not met.
    """
    if not gathered.contracts:
        raise ConflictError(
            "allotment_without_contract", "no contract of this kind holds in the period"
        )
    return MODELS[gathered.model](gathered)


def days_within(contract: PeriodContract, since: date, until: date) -> int:
    """Return the days of a period in which a contract holds; 365 at most."""
    first = max(since, contract.contract_from)
    last = min(until, contract.effective_to or until)
    return max(min((last - first).days + 1, YEAR), 0)


def _wage(gathered: Gathered) -> Working:
    """Pay attendance by the household's own contract, else by the one with everybody."""
    own = {str(one.household_id): one for one in gathered.contracts if one.household_id}
    general = next((one for one in gathered.contracts if one.household_id is None), None)
    shares = []
    for household_id, worked in sorted(gathered.inputs.items()):
        contract = own.get(household_id, general)
        if contract is None:
            raise InvalidError(
                "attendance_without_contract",
                f"{household_id} has no such contract in the period",
                household=household_id,
            )
        half_days = int(worked.get("half_days", 0))
        pay = formulas.wages(
            _wage_terms(contract),
            days=Fraction(half_days, HALVES),
            hours=int(worked.get("hours", 0)),
            pieces=int(worked.get("pieces", 0)),
        )
        shares.append(_to(contract, household_id, pay.minor, half_days, pay.steps))
    return Working(shares=shares, common=_relief(gathered, sum(one.minor for one in shares)))


def _wage_terms(contract: PeriodContract) -> WageTerms:
    if contract.model is LinkageModel.RELIEFWORK:
        relief = reading.read_reliefwork(contract.terms)
        return WageTerms(day_rate_minor=relief.day_rate_minor)
    return reading.read_wage(contract.terms)


def _relief(gathered: Gathered, minor: int) -> dict[str, Any]:
    """Check that a relief-work project pays its least part of the subsidy when it is closed."""
    if gathered.model is not LinkageModel.RELIEFWORK or not gathered.basis.get(
        "closes_project"
    ):
        return {}
    terms = reading.read_reliefwork(gathered.contracts[0].terms)
    floor = gathered.relief_special_bp if terms.special_fund else gathered.relief_floor_bp
    paid = minor + gathered.paid_before_minor
    check = formulas.relief_check(terms, paid_minor=paid, floor_bp=floor)
    if not check.is_met:
        raise InvalidError(
            "relief_labour_below_floor",
            f"the project pays {paid} of at least {check.minimum_minor} fen as wages",
            paid=paid,
            minimum=check.minimum_minor,
        )
    return common_steps(check.steps, paid_minor=paid, minimum_minor=check.minimum_minor)


def _rent(gathered: Gathered) -> Working:
    """Pay the days of each version; a rent rises with the full years of its contract."""
    shares = []
    for one in _single(gathered):
        first = max(gathered.period_from, one.effective_from)
        last = min(gathered.period_to, one.effective_to or gathered.period_to)
        if last < first:
            continue
        terms = reading.read_rent(one.terms)
        pay = formulas.rent(terms, since=first, until=last, contract_from=one.contract_from)
        shares.append(_to(one, _household(one), pay.minor, pay.days, pay.steps))
    return Working(shares=shares, common={})


def _guaranteed(gathered: Gathered) -> Working:
    """Pay floor and dividend: one contract with many is divided among them."""
    profit = _declared(gathered, "profit_minor")
    pooled = _pooled(gathered)
    if pooled is not None:
        terms = reading.read_guaranteed(pooled.terms)
        pay = formulas.guaranteed(terms, profit_minor=profit, days=_days(gathered, pooled))
        weights = pooled.terms.get("shares") or dict.fromkeys(gathered.members, 1)
        division = formulas.divide(pay.minor, weights)
        common = common_steps(pay.steps, pool_minor=pay.minor)
        return Working(shares=_by_holder([pooled], division), common=common)
    contracts = _latest(gathered)
    read = {one.version_id: reading.read_guaranteed(one.terms) for one in contracts}
    stakes = [(str(key), terms.principal_minor) for key, terms in read.items()]
    profits = allot(max(profit, 0), stakes)
    shares = []
    for one in contracts:
        part = formulas.guaranteed(
            read[one.version_id],
            profit_minor=profits[str(one.version_id)],
            days=_days(gathered, one),
        )
        weight = read[one.version_id].principal_minor
        shares.append(_to(one, _household(one), part.minor, weight, part.steps))
    return Working(shares=shares, common={"profit_minor": profit})


def _trust(gathered: Gathered) -> Working:
    """Pay each owner the floor for the days and a share of the profit of their asset."""
    profit = _declared(gathered, "profit_minor")
    contracts = _latest(gathered)
    read = {one.version_id: reading.read_trust(one.terms) for one in contracts}
    floors = [(str(key), terms.floor_minor) for key, terms in read.items()]
    profits = allot(max(profit, 0), floors)
    shares = []
    for one in contracts:
        terms = read[one.version_id]
        days = _days(gathered, one)
        floor_minor = round_half_up(Fraction(terms.floor_minor * days, YEAR))
        pay = formulas.trust(
            replace(terms, floor_minor=floor_minor), profit_minor=profits[str(one.version_id)]
        )
        shares.append(_to(one, _household(one), pay.minor, terms.floor_minor, pay.steps))
    return Working(shares=shares, common={"profit_minor": profit})


def _equity(gathered: Gathered) -> Working:
    """Divide what losses, reserve and collective leave of profit by shares."""
    contracts = _latest(gathered)
    terms = reading.read_equity(_common_terms(contracts))
    pool = formulas.equity(
        terms,
        profit_minor=_declared(gathered, "profit_minor"),
        loss_cover_minor=_declared(gathered, "loss_cover_minor", default=0),
        shares=_weights(contracts, "shares"),
    )
    shares = _by_holder(contracts, pool.division)
    kept = pool.collective_minor, "to_collective"
    shares += _to_village(gathered, contracts[0], "", kept)
    common = common_steps(
        pool.steps,
        pool_minor=pool.minor,
        reserve_minor=pool.reserve_minor,
        collective_minor=pool.collective_minor,
    )
    return Working(shares=shares, common=common)


def _patronage(gathered: Gathered) -> Working:
    """Divide a surplus by trade and by capital; what was returned lowers the trade."""
    contracts = _latest(gathered)
    terms = reading.read_patronage(_common_terms(contracts))
    holders = _holders(gathered, contracts)
    trade = {
        household: formulas.net_volume(
            gathered.traded.get(household, 0),
            gathered.returned.get(household, 0) + gathered.carried.get(household, 0),
        )
        for household in holders
    }
    capital = _weights(contracts, "capital")
    paid = formulas.patronage(
        terms,
        surplus_minor=_declared(gathered, "surplus_minor"),
        loss_cover_minor=_declared(gathered, "loss_cover_minor", default=0),
        trade={household: volume for household, (volume, _) in trade.items()},
        capital={code: capital.get(code, 0) for code in holders},
        floor_bp=gathered.patronage_floor_bp,
    )
    by_trade, by_capital = parts_of(paid.by_trade), parts_of(paid.by_capital)
    total = paid.total
    shares = []
    for household, contract in holders.items():
        volume, carry = trade[household]
        figures = {
            "traded_minor": gathered.traded.get(household, 0),
            "returned_minor": gathered.returned.get(household, 0),
            "carried_minor": gathered.carried.get(household, 0),
            "carry_minor": carry,
            "trade": by_trade[household],
            "capital": by_capital[household],
        }
        shares.append(_share(contract, household, total[household], volume, figures))
    common = common_steps(paid.steps, pool_minor=paid.minor, capital_minor=paid.capital_minor)
    return Working(shares=shares, common=common)


def _asset(gathered: Gathered) -> Working:
    """Divide asset income in three; households by the list of the day of the decision."""
    contracts = _latest(gathered)
    terms = reading.read_asset(_common_terms(contracts))
    single = {str(one.household_id): one for one in contracts if one.household_id}
    listed = dict(terms.beneficiaries) or dict(gathered.beneficiaries)
    if single:
        listed = {
            code: weight for code, weight in gathered.beneficiaries.items() if code in single
        }
    if not listed:
        raise InvalidError("beneficiaries_missing", "no household takes part")
    paid = formulas.asset_distribution(
        terms, _declared(gathered, "income_minor"), beneficiaries=listed
    )
    shares = _by_holder(contracts, formulas.divide(paid.household_minor, listed))
    for fund, minor, part in (
        (PUBLIC_FUND, paid.public_minor, "to_public"),
        (RESERVE_FUND, paid.reserve_minor, "kept_back"),
    ):
        shares += _to_village(gathered, contracts[0], f".{fund}", (minor, part))
    common = common_steps(
        paid.steps,
        pool_minor=paid.household_minor,
        public_minor=paid.public_minor,
        reserve_minor=paid.reserve_minor,
    )
    return Working(shares=shares, common=common)


MODELS: Mapping[LinkageModel, Callable[[Gathered], Working]] = MappingProxyType(
    {
        LinkageModel.WAGE: _wage,
        LinkageModel.RELIEFWORK: _wage,
        LinkageModel.RENT: _rent,
        LinkageModel.GUARANTEED: _guaranteed,
        LinkageModel.EQUITY: _equity,
        LinkageModel.PATRONAGE: _patronage,
        LinkageModel.ASSET: _asset,
        LinkageModel.TRUST: _trust,
    }
)
"""How each model that is paid by the period is worked out."""


def _declared(gathered: Gathered, name: str, *, default: int | None = None) -> int:
    value = gathered.basis.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidError("declared_figure_missing", f"{name} is not declared", field=name)
    return value


def _days(gathered: Gathered, contract: PeriodContract) -> int:
    return days_within(contract, gathered.period_from, gathered.period_to)


def _pooled(gathered: Gathered) -> PeriodContract | None:
    return next((one for one in _latest(gathered) if one.household_id is None), None)


def _single(gathered: Gathered) -> list[PeriodContract]:
    return [one for one in gathered.contracts if one.household_id is not None]


def _latest(gathered: Gathered) -> list[PeriodContract]:
    """Keep the version of each contract that holds at the end of the period, by contract."""
    latest = {one.contract_code: one for one in gathered.contracts}
    return [latest[code] for code in sorted(latest)]


def _common_terms(contracts: Sequence[PeriodContract]) -> dict[str, Any]:
    """Return the terms that single contracts with many households have in common."""
    shared = [
        {name: value for name, value in one.terms.items() if name not in WEIGHT_FIELDS}
        for one in contracts
    ]
    if any(terms != shared[0] for terms in shared):
        raise ConflictError(
            "contracts_disagree", "the contracts of this payer do not say the same"
        )
    first = contracts[0]
    return dict(first.terms) if first.household_id is None else shared[0]


def _weights(contracts: Sequence[PeriodContract], name: str) -> dict[str, int]:
    """Return the weights that contracts state; a contract with one household states its own."""
    weights: dict[str, int] = {}
    for one in contracts:
        stated = one.terms.get(name) or {}
        for code, weight in stated.items():
            weights[code] = weights.get(code, 0) + int(weight)
    if not sum(weights.values()):
        raise InvalidError("weights_missing", f"no contract states {name}", field=name)
    return weights


def _holders(
    gathered: Gathered, contracts: Sequence[PeriodContract]
) -> dict[str, PeriodContract]:
    """Return under which contract each member takes part."""
    own = {str(one.household_id): one for one in contracts if one.household_id}
    return own or dict.fromkeys(sorted(gathered.members), contracts[0])


def _by_holder(contracts: Sequence[PeriodContract], division: Division) -> list[AllotmentShare]:
    own = {str(one.household_id): one for one in contracts if one.household_id}
    figures = parts_of(division)
    return [
        _share(
            own.get(code, contracts[0]),
            code,
            part.minor,
            int(part.weight),
            {"division": figures[code]},
        )
        for code, part in division.parts.items()
    ]


def _household(contract: PeriodContract) -> str:
    return str(contract.household_id)


def _to(
    contract: PeriodContract,
    household_id: str,
    minor: int,
    weight: int,
    steps: Sequence[FormulaStep],
) -> AllotmentShare:
    return _share(contract, household_id, minor, weight, {"steps": steps_of(steps)})


def _to_village(
    gathered: Gathered, contract: PeriodContract, fund: str, part: tuple[int, str]
) -> list[AllotmentShare]:
    """Give the payer's village its part, the result of a common step; none without village."""
    minor, step = part
    if not minor or not gathered.village_code:
        return []
    code = f"{VILLAGE_PREFIX}{gathered.village_code}{fund}"
    return [_share(contract, code, minor, 0, {"step": step})]


def _share(
    contract: PeriodContract,
    code: str,
    minor: int,
    weight: int,
    figures: Mapping[str, Any],
) -> AllotmentShare:
    """Give a share to the party its code names: a household unless it says otherwise."""
    kind = PartyKind.HOUSEHOLD
    for prefix, other in (
        (VILLAGE_PREFIX, PartyKind.VILLAGE),
        (COOPERATIVE_PREFIX, PartyKind.COOPERATIVE),
    ):
        if code.startswith(prefix):
            kind, code = other, code.removeprefix(prefix)
    return AllotmentShare(
        party_kind=kind,
        party_code=code,
        contract_version_id=ContractVersionId(contract.version_id),
        weight=weight,
        minor=minor,
        working=figures,
    )
