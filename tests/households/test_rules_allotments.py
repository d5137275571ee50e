"""What a period close pays whom: every model, every remainder, the floors of the law."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from households.rules import allotments
from households.rules.working import read_steps
from households.values import (
    ContractVersionId,
    Gathered,
    HouseholdId,
    LinkageModel,
    PartyKind,
    PeriodContract,
    Working,
)
from kernel.errors import ConflictError, InvalidError

FIRST, LAST = date(2025, 1, 1), date(2025, 12, 31)
WEIGHTS = st.dictionaries(
    st.integers(1, 400).map(lambda number: f"H{number:04}"),
    st.integers(0, 10_000),
    min_size=1,
    max_size=60,
).filter(lambda weights: sum(weights.values()) > 0)


def a_contract(
    model: LinkageModel, terms: Mapping[str, Any], household: str | None = None, **changes: Any
) -> PeriodContract:
    """Make a contract version that holds since before the period."""
    values: dict[str, Any] = {
        "contract_code": f"K-{household or 'ALL'}",
        "version_id": ContractVersionId(int((household or "H0").removeprefix("H"))),
        "model": model,
        "household_id": HouseholdId(household) if household else None,
        "terms": terms,
        "effective_from": date(2021, 1, 1),
        "effective_to": None,
        "contract_from": date(2021, 1, 1),
    }
    return PeriodContract(**(values | changes))


def worked_out(model: LinkageModel, *contracts: PeriodContract, **changes: Any) -> Working:
    """Work a close of the year 2025 out."""
    values = {"period_from": FIRST, "period_to": LAST} | changes
    return allotments.work_out(Gathered(model=model, contracts=contracts, **values))


def by_party(working: Working) -> dict[str, int]:
    """Return the fen by party."""
    return {share.party_code: share.minor for share in working.shares}


@given(weights=WEIGHTS, profit=st.integers(0, 10**12))
@settings(deadline=None)
def test_any_dividend_adds_up_and_nobody_is_off_by_more_than_a_fen(
    weights: dict[str, int], profit: int
) -> None:
    terms = {"reserve_bp": 1500, "collective_share_bp": 1000, "shares": weights}

    working = worked_out(
        LinkageModel.EQUITY,
        a_contract(LinkageModel.EQUITY, terms),
        basis={"profit_minor": profit},
    )

    pool = working.common["pool_minor"]
    whole = sum(weights.values())
    assert working.total_minor == pool
    assert all(
        pool * weights[code] // whole <= minor <= -(-pool * weights[code] // whole)
        for code, minor in by_party(working).items()
    )


@given(weights=WEIGHTS, surplus=st.integers(1, 10**10), data=st.data())
@settings(deadline=None, max_examples=50)
def test_any_patronage_refund_adds_up_and_returns_never_pay(
    weights: dict[str, int], surplus: int, data: st.DataObject
) -> None:
    returned = {
        code: data.draw(st.integers(0, 2 * volume + 1)) for code, volume in weights.items()
    }
    counted = {code: max(weights[code] - returned[code], 0) for code in weights}
    terms = {"refund_bp": 10_000, "capital": dict.fromkeys(weights, 1)}
    gathered: dict[str, Any] = {
        "basis": {"surplus_minor": surplus},
        "members": sorted(weights),
        "traded": weights,
        "returned": returned,
        "patronage_floor_bp": 6_000,
    }
    contract = a_contract(LinkageModel.PATRONAGE, terms)
    if not sum(counted.values()):
        with pytest.raises(InvalidError):
            worked_out(LinkageModel.PATRONAGE, contract, **gathered)
        return

    working = worked_out(LinkageModel.PATRONAGE, contract, **gathered)

    assert working.total_minor == surplus
    for share in working.shares:
        assert counted[share.party_code] or not share.minor
        carry = share.working["carry_minor"]
        assert carry == max(returned[share.party_code] - weights[share.party_code], 0)


def test_what_a_return_takes_beyond_the_trade_is_carried() -> None:
    terms = {"refund_bp": 6_000, "capital": {"H1": 15, "H2": 985}}

    working = worked_out(
        LinkageModel.PATRONAGE,
        a_contract(LinkageModel.PATRONAGE, terms),
        basis={"surplus_minor": 10_000_000},
        members=["H1", "H2"],
        traded={"H1": 480_000 + 20_000, "H2": 11_520_000},
        carried={"H1": 20_000},
        patronage_floor_bp=6_000,
    )

    assert by_party(working) == {"H1": 240_000 + 60_000, "H2": 5_760_000 + 3_940_000}


def test_a_refund_below_the_legal_floor_is_refused() -> None:
    contract = a_contract(LinkageModel.PATRONAGE, {"refund_bp": 5_999, "capital": {"H1": 1}})

    with pytest.raises(InvalidError) as refused:
        worked_out(
            LinkageModel.PATRONAGE,
            contract,
            basis={"surplus_minor": 1},
            members=["H1"],
            traded={"H1": 1},
            patronage_floor_bp=6_000,
        )

    assert refused.value.code == "below_legal_floor"


def test_half_days_hours_and_pieces_are_paid() -> None:
    terms = {"day_rate_fen": 12_000, "piece_rate_fen": 35, "hour_rate_fen": 1_500}

    working = worked_out(
        LinkageModel.WAGE,
        a_contract(LinkageModel.WAGE, terms),
        inputs={"H1": {"half_days": 45}, "H2": {"pieces": 340}, "H3": {"hours": 3}},
    )

    assert by_party(working) == {"H1": 270_000, "H2": 11_900, "H3": 4_500}
    assert read_steps(working.shares[0].working)[-1].result.value == 270_000


def test_relief_work_pays_its_least_part_of_the_subsidy() -> None:
    terms = {"subsidy_fen": 5_000_000, "special_fund": True, "day_rate_fen": 10_000}
    contract = a_contract(LinkageModel.RELIEFWORK, terms)
    gathered: dict[str, Any] = {
        "basis": {"closes_project": True},
        "inputs": {"H1": {"half_days": 149}},
        "relief_floor_bp": 1_000,
        "relief_special_bp": 1_500,
    }

    with pytest.raises(InvalidError) as refused:
        worked_out(LinkageModel.RELIEFWORK, contract, **gathered)
    enough = worked_out(LinkageModel.RELIEFWORK, contract, **gathered, paid_before_minor=5_000)

    assert refused.value.code == "relief_labour_below_floor"
    assert refused.value.params == {"paid": 745_000, "minimum": 750_000}
    assert enough.common["minimum_minor"] == 750_000


def test_rent_follows_the_days_of_each_version() -> None:
    terms = {"area_mu_x100": 650, "rent_fen_per_mu_year": 50_000}
    old = a_contract(
        LinkageModel.RENT,
        terms,
        "H1",
        effective_from=date(2025, 3, 1),
        effective_to=date(2025, 6, 30),
        contract_from=date(2025, 3, 1),
    )
    new = a_contract(
        LinkageModel.RENT,
        terms | {"rent_fen_per_mu_year": 60_000},
        "H1",
        version_id=ContractVersionId(9),
        effective_from=date(2025, 7, 1),
        contract_from=date(2025, 3, 1),
    )
    whole = a_contract(
        LinkageModel.RENT,
        terms,
        "H2",
        effective_from=date(2025, 3, 1),
        contract_from=date(2025, 3, 1),
    )

    working = worked_out(LinkageModel.RENT, old, new, whole)

    assert [share.minor for share in working.shares] == [108_630, 196_603, 272_466]


def test_a_guarantee_is_paid_by_the_days_of_the_first_year() -> None:
    terms = {"principal_fen": 2_000_000, "floor_rate_bp": 500, "profit_share_bp": 2_000}
    begun = a_contract(
        LinkageModel.GUARANTEED,
        terms,
        "H1",
        contract_from=date(2025, 9, 23),
        effective_from=date(2025, 9, 23),
    )
    whole = a_contract(LinkageModel.GUARANTEED, terms, "H2")

    working = worked_out(LinkageModel.GUARANTEED, begun, whole, basis={"profit_minor": 0})

    assert by_party(working) == {"H1": 27_397, "H2": 100_000}


def test_gaoxian_pays_floor_and_dividend_to_138_members_alike() -> None:
    members = [f"M{number:03}" for number in range(1, 139)]
    terms = {
        "principal_fen": 100_000_000,
        "floor_rate_bp": 500,
        "profit_share_bp": 2_900,
        "mode": "additive",
    }

    working = worked_out(
        LinkageModel.GUARANTEED,
        a_contract(LinkageModel.GUARANTEED, terms),
        members=members,
        basis={"profit_minor": 10_000_000},
    )

    paid = by_party(working)
    assert working.total_minor == 7_900_000
    assert {paid[code] for code in members[:52]} == {57_247}
    assert {paid[code] for code in members[52:]} == {57_246}


def test_heishui_divides_64_shares_among_58_villages_and_who_holds_the_rest() -> None:
    villages = {f"village:5132281002{number:02}": 1 for number in range(58)}
    terms = {
        "reserve_bp": 0,
        "collective_share_bp": 0,
        "shares": {**villages, "coop:C90": 6},
    }

    working = worked_out(
        LinkageModel.EQUITY,
        a_contract(LinkageModel.EQUITY, terms),
        basis={"profit_minor": 6_400_000},
    )

    kinds = {share.party_kind for share in working.shares}
    assert kinds == {PartyKind.VILLAGE, PartyKind.COOPERATIVE}
    assert by_party(working)["C90"] == 600_000
    assert by_party(working)["513228100200"] == 100_000
    assert working.total_minor == 6_400_000


def test_asset_income_goes_to_households_the_public_good_and_the_reserve() -> None:
    terms = {"household_bp": 6000, "public_bp": 2000, "reserve_bp": 2000}

    working = worked_out(
        LinkageModel.ASSET,
        a_contract(LinkageModel.ASSET, terms),
        basis={"income_minor": 1_000_001},
        beneficiaries={"H1": 1, "H2": 3},
        village_code="500156104209",
    )

    assert by_party(working) == {
        "H1": 150_000,
        "H2": 450_001,
        "500156104209.PUBLIC": 200_000,
        "500156104209.RESERVE": 200_000,
    }


def test_a_trust_pays_its_floor_in_a_year_without_profit() -> None:
    terms = {"mode": "全托", "floor_fen": 200_000, "share_bp": 3_000}
    contract = a_contract(LinkageModel.TRUST, terms, "H1")

    bad = worked_out(LinkageModel.TRUST, contract, basis={"profit_minor": -50_000})
    good = worked_out(LinkageModel.TRUST, contract, basis={"profit_minor": 400_000})

    assert (bad.total_minor, good.total_minor) == (200_000, 320_000)


@pytest.mark.parametrize(
    ("model", "terms", "changes", "code"),
    [
        (
            LinkageModel.EQUITY,
            {"reserve_bp": 0, "collective_share_bp": 0},
            {},
            "declared_figure_missing",
        ),
        (
            LinkageModel.EQUITY,
            {"reserve_bp": 0, "collective_share_bp": 0},
            {"basis": {"profit_minor": 5}},
            "weights_missing",
        ),
        (
            LinkageModel.ASSET,
            {"household_bp": 10_000, "public_bp": 0, "reserve_bp": 0},
            {"basis": {"income_minor": 5}},
            "beneficiaries_missing",
        ),
    ],
)
def test_what_is_missing_is_named(
    model: LinkageModel, terms: dict[str, Any], changes: dict[str, Any], code: str
) -> None:
    with pytest.raises(InvalidError) as refused:
        worked_out(model, a_contract(model, terms), **changes)

    assert refused.value.code == code


def test_attendance_without_a_contract_is_refused() -> None:
    contract = a_contract(LinkageModel.WAGE, {"day_rate_fen": 1}, "H1")

    with pytest.raises(InvalidError) as refused:
        worked_out(LinkageModel.WAGE, contract, inputs={"H2": {"half_days": 1}})

    assert refused.value.code == "attendance_without_contract"


def test_contracts_that_say_different_things_are_not_pooled() -> None:
    one = a_contract(
        LinkageModel.EQUITY,
        {"reserve_bp": 0, "collective_share_bp": 0, "shares": {"H1": 1}},
        "H1",
    )
    other = a_contract(
        LinkageModel.EQUITY,
        {"reserve_bp": 9, "collective_share_bp": 0, "shares": {"H2": 1}},
        "H2",
    )

    with pytest.raises(ConflictError, match="do not say the same"):
        worked_out(LinkageModel.EQUITY, one, other, basis={"profit_minor": 1})


def test_without_a_contract_nothing_is_worked_out() -> None:
    with pytest.raises(ConflictError, match="no contract"):
        worked_out(LinkageModel.RENT)
