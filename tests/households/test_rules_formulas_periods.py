"""What holds for what a year or a period pays: dividends, patronage, assets, work, rent."""

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from households.rules import formulas
from households.values import (
    AssetTerms,
    DividendMode,
    EquityTerms,
    GuaranteedTerms,
    OrderTerms,
    PatronageTerms,
    ReliefworkTerms,
    RentTerms,
    TrustTerms,
    WageTerms,
)
from kernel.errors import InvalidError
from kernel.money import round_half_up

FEN = st.integers(0, 10_000_000_00)
BP = st.integers(0, 10_000)
GRAMS = st.integers(0, 5_000_000)
PRICE = st.integers(0, 20_000)
WEIGHTS = st.dictionaries(
    st.sampled_from([f"H{number:02}" for number in range(30)]),
    st.integers(0, 100_000),
    min_size=1,
).filter(lambda weights: any(weights.values()))
ORDERS = st.builds(
    OrderTerms,
    floor_minor_per_kg=PRICE,
    max_weight_g=st.none() | GRAMS,
    premium_bp=BP,
    add_minor_per_kg=st.just(0),
)
SETTINGS = settings(max_examples=150, deadline=None, database=None)


@SETTINGS
@given(
    st.builds(
        GuaranteedTerms,
        principal_minor=FEN,
        floor_rate_bp=st.integers(0, 1_200),
        profit_share_bp=BP,
        mode=st.sampled_from(DividendMode),
        after_floor=st.booleans(),
        cap_rate_bp=st.none() | st.integers(1_200, 3_000),
        area_mu_x100=st.just(0),
    ),
    st.integers(-1_000_000, 10_000_000_00),
    st.integers(0, 1_000_000),
    st.integers(0, 366),
)
def test_a_guarantee_pays_its_floor_whatever_the_year_brings(
    terms: GuaranteedTerms, profit: int, more: int, days: int
) -> None:
    floor = round_half_up(
        Fraction(terms.principal_minor * terms.floor_rate_bp * days, 10_000 * 365)
    )

    paid = formulas.guaranteed(terms, profit_minor=profit, days=days)
    better = formulas.guaranteed(terms, profit_minor=profit + more, days=days)

    assert paid.minor >= floor
    assert paid.floor_minor + paid.dividend_minor == paid.minor
    assert paid.minor <= better.minor
    if terms.cap_rate_bp is not None:
        cap = Fraction(terms.principal_minor * terms.cap_rate_bp * days, 10_000 * 365)
        assert paid.minor <= round_half_up(cap)


@SETTINGS
@given(FEN, st.integers(0, 5_000), st.integers(0, 4_999), FEN, WEIGHTS)
def test_share_cooperation_gives_away_exactly_the_profit(
    profit: int, reserve: int, collective: int, losses: int, shares: dict[str, int]
) -> None:
    terms = EquityTerms(reserve_bp=reserve, collective_share_bp=collective, shares=shares)

    pool = formulas.equity(terms, profit_minor=profit, loss_cover_minor=losses)

    parts = (pool.loss_cover_minor, pool.reserve_minor, pool.collective_minor, pool.minor)
    assert sum(parts) == profit
    assert min(parts) >= 0
    assert sum(pool.division.by_code.values()) == pool.minor


@SETTINGS
@given(FEN, st.integers(6_000, 10_000), WEIGHTS, WEIGHTS)
def test_patronage_gives_back_the_whole_surplus_by_trade_and_capital(
    surplus: int, refund_bp: int, trade: dict[str, int], capital: dict[str, int]
) -> None:
    paid = formulas.patronage(
        PatronageTerms(refund_bp=refund_bp),
        surplus_minor=surplus,
        trade=trade,
        capital=capital,
        floor_bp=6_000,
    )

    assert sum(paid.total.values()) == surplus
    assert paid.minor * 10_000 >= surplus * 6_000 - 5_000


def test_a_patronage_refund_below_the_legal_floor_is_refused_by_the_formula_too() -> None:
    with pytest.raises(InvalidError) as refusal:
        formulas.patronage(
            PatronageTerms(refund_bp=5_999),
            surplus_minor=100,
            trade={"H1": 1},
            capital={"H1": 1},
            floor_bp=6_000,
        )

    assert refusal.value.code == "below_legal_floor"


@pytest.mark.parametrize(
    ("volume", "returned", "expected"), [(10, 3, (7, 0)), (10, 12, (0, 2)), (0, 0, (0, 0))]
)
def test_goods_returned_after_a_close_count_in_the_next_period(
    volume: int, returned: int, expected: tuple[int, int]
) -> None:
    assert formulas.net_volume(volume, returned) == expected


@SETTINGS
@given(FEN, BP, BP, WEIGHTS)
def test_asset_income_is_divided_without_a_rest(
    income: int, one: int, two: int, persons: dict[str, int]
) -> None:
    assume(one + two <= 10_000)
    terms = AssetTerms(household_bp=one, public_bp=two, reserve_bp=10_000 - one - two)

    parts = formulas.asset_distribution(terms, income, beneficiaries=persons)

    total = parts.household_minor + parts.public_minor + parts.reserve_minor
    assert total == income
    assert parts.division is not None
    assert sum(parts.division.by_code.values()) == parts.household_minor


def test_asset_income_of_a_part_of_a_year() -> None:
    paid = formulas.asset_income(10_000_000, 600, days=73)

    assert paid.minor == 120_000
    assert formulas.village_share(8_600_000, 1_000).minor == 860_000


@SETTINGS
@given(FEN, BP, st.integers(-1_000_000, 1_000_000_00))
def test_an_operated_asset_never_pays_less_than_its_floor(
    floor: int, share_bp: int, profit: int
) -> None:
    terms = TrustTerms(floor_minor=floor, share_bp=share_bp)

    paid = formulas.trust(terms, profit_minor=profit)

    assert paid.minor >= floor
    assert paid.minor == floor or profit > 0


def test_wages_of_days_hours_and_pieces_are_rounded_once() -> None:
    terms = WageTerms(day_rate_minor=12_001, hour_rate_minor=1_501, piece_rate_minor=35)

    paid = formulas.wages(terms, days=Fraction(1, 2), hours=Fraction(3, 2), pieces=3)

    assert paid.minor == round_half_up(Fraction(12_001, 2) + Fraction(4_503, 2) + 105)
    assert paid.steps[-1].result.value == paid.minor


def test_a_quarter_day_is_refused() -> None:
    with pytest.raises(InvalidError) as refusal:
        formulas.wages(WageTerms(day_rate_minor=1), days=Fraction(1, 4))

    assert refusal.value.code == "half_days_only"


def test_the_least_labour_pay_is_rounded_up() -> None:
    terms = ReliefworkTerms(subsidy_minor=101, special_fund=True)

    checks = [
        formulas.relief_check(terms, paid_minor=paid, floor_bp=1_500) for paid in (15, 16)
    ]

    assert [(check.is_met, check.minimum_minor) for check in checks] == [
        (False, 16),
        (True, 16),
    ]


def test_a_promise_above_the_policy_floor_counts() -> None:
    terms = ReliefworkTerms(subsidy_minor=1_000, special_fund=False, labour_bp=3_000)

    assert formulas.relief_check(terms, paid_minor=299, floor_bp=1_000).minimum_minor == 300


@SETTINGS
@given(
    st.integers(1, 100_000),
    st.integers(0, 100_000),
    st.integers(0, 1_000),
    st.dates(date(2020, 1, 1), date(2026, 12, 31)),
    st.integers(0, 900),
    st.integers(0, 900),
)
def test_rent_of_two_periods_is_the_rent_of_both(
    area: int, per_mu: int, escalation: int, since: date, first: int, second: int
) -> None:
    terms = RentTerms(
        area_mu_x100=area, rent_minor_per_mu_year=per_mu, escalation_bp=escalation
    )
    middle = since + timedelta(days=first)
    until = middle + timedelta(days=second + 1)

    early = formulas.rent(terms, since=since, until=middle)
    late = formulas.rent(
        terms, since=middle + timedelta(days=1), until=until, contract_from=since
    )
    whole = formulas.rent(terms, since=since, until=until)

    assert early.days + late.days == whole.days == (until - since).days + 1
    assert abs(early.minor + late.minor - whole.minor) <= 1


def test_rent_rises_with_each_full_year_of_the_contract() -> None:
    terms = RentTerms(area_mu_x100=100, rent_minor_per_mu_year=36_500, escalation_bp=1_000)

    def year(number: int) -> int:
        return formulas.rent(
            terms,
            since=date(2021 + number, 3, 1),
            until=date(2022 + number, 2, 28),
            contract_from=date(2021, 3, 1),
        ).minor

    assert [year(number) for number in (0, 1, 2)] == [36_500, 40_150, 44_165]


def test_a_contract_of_the_29th_of_february_has_its_anniversary_on_the_28th() -> None:
    terms = RentTerms(area_mu_x100=100, rent_minor_per_mu_year=36_500, escalation_bp=1_000)

    paid = formulas.rent(
        terms,
        since=date(2025, 2, 27),
        until=date(2025, 2, 28),
        contract_from=date(2024, 2, 29),
    )

    assert paid.minor == 100 + 110


def test_rent_before_its_contract_and_backwards_is_refused() -> None:
    terms = RentTerms(area_mu_x100=100, rent_minor_per_mu_year=1)
    day = date(2025, 1, 1)

    for given_days, code in (
        ((day, day - timedelta(days=1), None), "period_reversed"),
        ((day, day, day + timedelta(days=1)), "period_before_contract"),
    ):
        with pytest.raises(InvalidError) as refusal:
            formulas.rent(
                terms, since=given_days[0], until=given_days[1], contract_from=given_days[2]
            )
        assert refusal.value.code == code
