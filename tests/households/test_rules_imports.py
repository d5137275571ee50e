"""Files of the monitoring platform: every fault is told with row and column."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from households.rules import cells
from households.rules.imports import MAX_ROWS, plan_reclassification, plan_register
from households.values import OFFICIAL_TERMS, HouseholdCategory, HouseholdId
from households.values.imports import Cells, ImportContext, ImportPlan, Known, RowFault, Term

TODAY = date(2026, 6, 1)
VILLAGE = "500156204203"
OLD = {
    HouseholdCategory.UNSTABLE_LIFTED,
    HouseholdCategory.BORDERLINE,
    HouseholdCategory.SUDDEN_DIFFICULTY,
}
TERMS = [
    Term(
        category,
        term,
        date(2026, 1, 1) if category is HouseholdCategory.AT_RISK else date(2014, 1, 1),
        date(2025, 12, 31) if category in OLD else None,
    )
    for term, category in OFFICIAL_TERMS.items()
]
KNOWN = Known(
    id=HouseholdId("H0001"),
    village_code=VILLAGE,
    members=3,
    labour=1,
    is_relocated=False,
    category=HouseholdCategory.UNSTABLE_LIFTED,
    category_since=date(2021, 1, 1),
    baselines={},
    risks={},
    measures=frozenset(),
)
CONTEXT = ImportContext(
    known={"H0001": KNOWN},
    foreign=frozenset({"H0009"}),
    villages=frozenset({VILLAGE}),
    terms=TERMS,
    today=TODAY,
)
SAME = {
    cells.HOUSEHOLD: "H0001",
    cells.VILLAGE: VILLAGE,
    cells.CATEGORY: "脱贫不稳定户",
    cells.SINCE: "2021-01-01",
    cells.MEMBERS: "3",
    cells.LABOUR: "1",
    cells.RELOCATED: "否",
}
RECLASS = {
    cells.HOUSEHOLD: "H0001",
    cells.NEW_CATEGORY: "防止返贫致贫对象",
    cells.FROM: "2026-01-01",
    cells.BASIS: "年度动态调整",
}


def register(**changes: str) -> ImportPlan:
    return plan_register([SAME | changes], CONTEXT)


def codes(plan: ImportPlan) -> list[tuple[int, str, str]]:
    return [(fault.row, fault.column, fault.code) for fault in plan.faults]


def test_what_the_register_says_changes_nothing() -> None:
    assert register().is_empty
    assert not register().faults


def test_a_reclassification_ends_the_old_category_with_a_new_one() -> None:
    plan = plan_reclassification([RECLASS], CONTEXT)

    (change,) = plan.categories
    assert (change.category, change.on) == (HouseholdCategory.AT_RISK, date(2026, 1, 1))
    assert not plan.faults


def test_the_same_category_again_changes_nothing() -> None:
    already = Known(
        **{name: getattr(KNOWN, name) for name in Known.__dataclass_fields__}
        | {"category": HouseholdCategory.AT_RISK, "category_since": date(2026, 1, 1)}
    )
    context = ImportContext(
        known={"H0001": already},
        foreign=frozenset(),
        villages=CONTEXT.villages,
        terms=TERMS,
        today=TODAY,
    )

    plan = plan_reclassification([RECLASS], context)

    assert plan.is_empty
    assert not plan.faults


@pytest.mark.parametrize(
    ("changes", "column", "code"),
    [
        ({cells.NEW_CATEGORY: "贫困户"}, cells.NEW_CATEGORY, "term_unknown"),
        ({cells.NEW_CATEGORY: "边缘易致贫户"}, cells.NEW_CATEGORY, "term_not_in_force"),
        ({cells.FROM: "2025-12-31"}, cells.NEW_CATEGORY, "term_not_in_force"),
        ({cells.FROM: "2026-06-02"}, cells.FROM, "cell_in_future"),
        ({cells.FROM: "2026-02-30"}, cells.FROM, "cell_not_a_day"),
        ({cells.FROM: ""}, cells.FROM, "cell_empty"),
        (
            {cells.NEW_CATEGORY: "脱贫户", cells.FROM: "2021-01-01"},
            cells.FROM,
            "category_goes_back",
        ),
        ({cells.HOUSEHOLD: "H7777"}, cells.HOUSEHOLD, "household_unknown"),
        ({cells.HOUSEHOLD: "H0009"}, cells.HOUSEHOLD, "household_not_yours"),
        ({cells.HOUSEHOLD: "510232196001011234"}, cells.HOUSEHOLD, "household_number_invalid"),
        ({cells.HOUSEHOLD: "张三"}, cells.HOUSEHOLD, "household_number_invalid"),
        ({cells.BASIS: "长" * 61}, cells.BASIS, "cell_too_long"),
    ],
)
def test_a_faulty_reclassification_names_row_and_column(
    changes: dict[str, str], column: str, code: str
) -> None:
    plan = plan_reclassification([RECLASS | changes], CONTEXT)

    assert (2, column, code) in codes(plan)
    assert not plan.categories


@pytest.mark.parametrize(
    ("changes", "column", "code"),
    [
        ({cells.VILLAGE: "500156204204"}, cells.VILLAGE, "village_not_yours"),
        ({cells.MEMBERS: "三"}, cells.MEMBERS, "cell_not_whole"),
        ({cells.MEMBERS: "３"}, cells.MEMBERS, "cell_not_whole"),
        ({cells.MEMBERS: "0", cells.LABOUR: "0"}, cells.MEMBERS, "nobody_lives_there"),
        ({cells.LABOUR: "4"}, cells.LABOUR, "more_labour_than_members"),
        ({cells.RELOCATED: "也许"}, cells.RELOCATED, "cell_not_yes_no"),
        ({cells.YEAR: "2027"}, cells.YEAR, "cell_in_future"),
        ({cells.YEAR: "去年"}, cells.YEAR, "cell_not_a_year"),
        ({cells.WAGE: "1.00"}, cells.WAGE, "year_missing"),
        ({cells.YEAR: "2025", cells.WAGE: "1,000"}, cells.WAGE, "cell_not_an_amount"),
        ({cells.YEAR: "2025", cells.WAGE: "1.001"}, cells.WAGE, "cell_not_an_amount"),
        ({cells.YEAR: "2025", cells.WAGE: "1e3"}, cells.WAGE, "cell_not_an_amount"),
        ({cells.YEAR: "2025", cells.COST: "-1"}, cells.COST, "cell_negative"),
        ({cells.STATUS: "监测中"}, cells.STATUS, "recognised_missing"),
        ({cells.RECOGNISED: "2025-01-01", cells.STATUS: "好"}, cells.STATUS, "status_unknown"),
        (
            {
                cells.RECOGNISED: "2025-01-01",
                cells.STATUS: "监测中",
                cells.ELIMINATED: "2025-02-01",
            },
            cells.ELIMINATED,
            "status_contradicts",
        ),
        (
            {
                cells.RECOGNISED: "2025-01-01",
                cells.STATUS: "已消除",
                cells.ELIMINATED: "2024-02-01",
            },
            cells.ELIMINATED,
            "eliminated_out_of_order",
        ),
        ({cells.MEASURES: "产业"}, cells.MEASURES, "measure_unknown"),
        ({cells.MEASURES: "发钱@2025-01-01"}, cells.MEASURES, "measure_unknown"),
        ({cells.MEASURES: "产业@2027-01-01"}, cells.MEASURES, "cell_in_future"),
    ],
)
def test_a_faulty_cell_is_named(changes: dict[str, str], column: str, code: str) -> None:
    assert (2, column, code) in codes(register(**changes))


def test_all_faults_of_all_rows_are_told_at_once() -> None:
    rows = [SAME | {cells.MEMBERS: "x", cells.SINCE: "y"}, SAME | {cells.LABOUR: "-1"}]

    found = codes(plan_register(rows, CONTEXT))

    assert {(2, cells.MEMBERS, "cell_not_whole"), (2, cells.SINCE, "cell_not_a_day")} <= set(
        found
    )
    assert {
        (3, cells.LABOUR, "cell_not_whole"),
        (3, cells.HOUSEHOLD, "household_twice"),
    } <= set(found)


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([], "file_empty"),
        ([SAME] * (MAX_ROWS + 1), "file_too_long"),
        ([{"户": "H1"}], "column_missing"),
    ],
)
def test_a_file_of_the_wrong_shape_is_refused(rows: list[Cells], code: str) -> None:
    assert code in {fault.code for fault in plan_register(rows, CONTEXT).faults}


def test_a_new_household_comes_with_all_it_has() -> None:
    row = SAME | {
        cells.HOUSEHOLD: "H0100",
        cells.YEAR: "2025",
        cells.TRANSFER: "-12.30",
        cells.RECOGNISED: "2025-01-01",
        cells.STATUS: "监测中",
        cells.RISK: "因病",
        cells.MEASURES: "产业@2025-02-01；就业@2025-03-01",
    }

    plan = plan_register([row], CONTEXT)

    assert [household.id for household in plan.households] == ["H0100"]
    assert plan.baselines[0][1].transfer_minor == -1_230
    assert (len(plan.risks), len(plan.measures)) == (1, 2)


ANY_TEXT = st.text(max_size=20)
ANY_CELL = st.one_of(
    ANY_TEXT,
    st.sampled_from(
        ["H0001", "=1+1", "'=1", "-5", "2026-01-01", VILLAGE, "是", "9" * 30, "NaN"]
    ),
    st.integers().map(str),
)


@given(
    st.lists(
        st.fixed_dictionaries(
            dict.fromkeys(cells.REGISTER_COLUMNS[:8], ANY_CELL),
            optional=dict.fromkeys(cells.REGISTER_COLUMNS[8:], ANY_CELL),
        ),
        max_size=4,
    )
)
def test_no_file_breaks_the_reading(rows: list[dict[str, Any]]) -> None:
    plan = plan_register(rows, CONTEXT)

    assert plan.rows == len(rows)
    for fault in plan.faults:
        assert 1 <= fault.row <= len(rows) + 1
    for household in plan.households:
        assert cells.HOUSEHOLD_NUMBER.fullmatch(household.id)
        assert 0 <= household.labour <= household.members


@given(st.integers(-(10**11), 10**11))
def test_an_amount_survives_being_written_and_read(minor: int) -> None:
    faults: list[RowFault] = []
    line = cells.Line(2, {cells.TRANSFER: cells.yuan(minor)}, faults)

    assert line.amount(cells.TRANSFER) == minor
    assert not faults
