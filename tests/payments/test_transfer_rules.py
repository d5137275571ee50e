"""Match codes find every slip, and a statement is read to the fen or refused row by row."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from payments.rules import transfers as rules

TODAY = date(2026, 11, 22)
SIGNS = st.sampled_from(rules.ALPHABET)
BODIES = st.text(alphabet=rules.ALPHABET, min_size=rules.RANDOM, max_size=rules.RANDOM)


def a_row(**changed: str) -> dict[str, str]:
    return {
        rules.DATE: "2026-11-20",
        rules.REFERENCE: "B20261120-001",
        rules.AMOUNT: "1,234.50",
        rules.PAYER: "示例单位",
        rules.ACCOUNT: "0000000000000002",
        rules.REMARK: "货款",
    } | changed


@given(body=BODIES, place=st.integers(0, rules.LENGTH - 1), sign=SIGNS)
def test_one_wrong_sign_is_always_found(body: str, place: int, sign: str) -> None:
    code = body + rules.check_sign(body)
    slipped = code[:place] + sign + code[place + 1 :]

    assert rules.is_code(f"SJ{code}")
    assert rules.is_code(f"SJ{slipped}") is (slipped == code)


@given(
    body=BODIES, one=st.integers(0, rules.LENGTH - 1), other=st.integers(0, rules.LENGTH - 1)
)
def test_two_signs_in_each_others_place_are_always_found(
    body: str, one: int, other: int
) -> None:
    code = list(body + rules.check_sign(body))
    swapped = list(code)
    swapped[one], swapped[other] = code[other], code[one]

    assert rules.is_code("SJ" + "".join(swapped)) is (swapped == code)


@given(before=st.text(max_size=20), after=st.text(max_size=20), body=BODIES)
def test_a_code_is_found_in_whatever_a_payer_wrote(before: str, after: str, body: str) -> None:
    code = f"SJ{body}{rules.check_sign(body)}"

    assert code in rules.find_codes(f"{before} {rules.spoken(code).lower()} {after}")


def test_codes_cannot_be_guessed_from_each_other() -> None:
    codes = {rules.new_code() for _ in range(1_000)}

    assert len(codes) == 1_000
    assert all(rules.is_code(code) for code in codes)


@given(minor=st.integers(1, rules.MAX_MINOR - 1))
def test_amounts_are_read_to_the_fen(minor: int) -> None:
    assert rules.read_minor(f"{minor // 100:,}.{minor % 100:02d}") == minor


def test_rows_without_income_are_left_out() -> None:
    read = rules.read_statement(
        [a_row(), a_row(**{rules.AMOUNT: "", rules.REFERENCE: "B2"})], today=TODAY
    )

    assert [row.minor for row in read.rows] == [123_450]
    assert (read.faults, read.outgoing) == ((), 1)


def test_every_fault_is_told_at_once() -> None:
    read = rules.read_statement(
        [
            a_row(**{rules.DATE: "2026-02-30"}),
            a_row(**{rules.DATE: "2026-11-23"}),
            a_row(**{rules.AMOUNT: "1.005"}),
            a_row(**{rules.AMOUNT: "-5"}),
            a_row(**{rules.REFERENCE: "流水"}),
            a_row(**{rules.REMARK: "x" * 201}),
            a_row(),
            a_row(**{rules.AMOUNT: "9"}),
        ],
        today=TODAY,
    )

    assert [(fault.row, fault.code) for fault in read.faults] == [
        (1, "bank_row_date"),
        (2, "bank_row_date"),
        (3, "bank_row_amount"),
        (4, "bank_row_amount"),
        (5, "bank_row_reference"),
        (6, "bank_row_text"),
        (8, "bank_row_reference_twice"),
    ]


@given(
    cells=st.fixed_dictionaries({name: st.text(max_size=30) for name in rules.COLUMNS}),
)
def test_no_cell_makes_reading_fail(cells: dict[str, str]) -> None:
    read = rules.read_statement([cells], today=TODAY)

    assert len(read.rows) + len(read.faults) + read.outgoing == 1
