"""The bank's file, and lists of answers from friends and foes."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.errors import InvalidError
from payments import bank_batch
from payments.bank_batch import Instruction
from payments.rules import settlements as rules
from payments.values import Outcome, ReturnReason

HEAD = "批次号,明细编号,金额(元),结果,银行流水号,日期,退回原因\r\n"
GOOD = "S202606,1,50.00,成功,B1,2026-07-03,\r\n"


def read(text: str, encoding: str = "utf-8-sig"):  # type: ignore[no-untyped-def]  # noqa: ANN201 -- two lists
    return bank_batch.read_answers(text.encode(encoding), max_rows=10)


def test_the_same_batch_is_the_same_bytes_in_any_order() -> None:
    some = [Instruction(2, "乙", "62000000000002", 5), Instruction(1, "甲,乙", "62000001", 100)]
    for form in bank_batch.FORMATS:
        assert form.write("S1", some) == form.write("S1", some[::-1])
    utf8, chinese = (form.write("S1", some) for form in bank_batch.FORMATS)
    assert utf8.startswith(b"\xef\xbb\xbf")
    assert utf8.decode("utf-8-sig") == chinese.decode("gb18030")
    assert '"甲,乙",62000001,1.00,' in chinese.decode("gb18030")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_answers_are_read_in_every_encoding(encoding: str) -> None:
    rows, faults = read(
        HEAD + GOOD + "S202606,2,0.5,退回,B2,2026-07-03,户名不符\r\n\r\n", encoding
    )

    assert faults == []
    assert [(one.line_number, one.amount_minor, one.outcome) for one in rows] == [
        (1, 5_000, Outcome.PAID),
        (2, 50, Outcome.RETURNED),
    ]
    assert rows[1].return_reason is ReturnReason.NAME_DIFFERS


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("S,1,50.00,成功,B1,2026-07-03", "answer_cells_differ"),
        ("S,0,50.00,成功,B1,2026-07-03,", "answer_number_unreadable"),
        ("S,１,50.00,成功,B1,2026-07-03,", "answer_number_unreadable"),
        ("S,1,-5,成功,B1,2026-07-03,", "answer_amount_unreadable"),
        ("S,1,1e3,成功,B1,2026-07-03,", "answer_amount_unreadable"),
        ("S,1,5.001,成功,B1,2026-07-03,", "answer_amount_unreadable"),
        ("S,1,99999999999999999,成功,B1,2026-07-03,", "answer_amount_unreadable"),
        ("S,1,5,maybe,B1,2026-07-03,", "answer_result_unknown"),
        ("S,1,5,成功,=CMD(),2026-07-03,", "answer_reference_unreadable"),
        ("S,1,5,成功,B1,03.07.2026,", "answer_day_unreadable"),
        ("S,1,5,成功,B1,2026-02-30,", "answer_day_unreadable"),
        ("S,1,5,退回,B1,2026-07-03,", "answer_reason_unknown"),
        ("S,1,5,成功,B1,2026-07-03,户名不符", "answer_reason_unexpected"),
    ],
)
def test_a_row_that_cannot_be_read_is_named(row: str, fault: str) -> None:
    _, faults = read(HEAD + GOOD + row + "\r\n")

    assert [(one.row, one.code) for one in faults] == [(2, fault)]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "answers_head_differs"),
        (b"\xff\xfe\x00\x01", "answers_not_text"),
        (b"PK\x03\x04\x00\x00", "answers_not_text"),
        (HEAD.encode(), "answers_empty"),
        ((HEAD + '"never closed').encode(), "answers_not_a_table"),
        (("a,b\r\n" + GOOD).encode(), "answers_head_differs"),
        ((HEAD + GOOD * 11).encode(), "answers_too_many"),
        ((HEAD + "x" * 200_000 + "\r\n").encode(), "answers_not_a_table"),
    ],
)
def test_a_file_that_is_no_list_is_refused(content: bytes, code: str) -> None:
    with pytest.raises(InvalidError) as refused:
        bank_batch.read_answers(content, max_rows=10)
    assert refused.value.code == code


@given(st.binary(max_size=300))
def test_no_bytes_whatever_do_more_than_refuse(content: bytes) -> None:
    for start in (b"", HEAD.encode()):
        with suppress(InvalidError):
            bank_batch.read_answers(start + content, max_rows=10)


@given(st.integers(0, 10**13))
def test_fen_survive_the_way_to_the_bank_and_back(minor: int) -> None:
    form = bank_batch.answer_form("S1", [(1, minor)]).decode("utf-8-sig").splitlines()[1]
    filled = form.replace(",,,,", ",成功,B1,2026-07-03,")

    rows, _ = bank_batch.read_answers((HEAD + filled).encode(), max_rows=1)

    assert [one.amount_minor for one in rows] == [minor]


@pytest.mark.parametrize(
    ("number", "plain"),
    [
        ("6222 0000-1111 2222", "6222000011112222"),
        ("1234567", None),
        ("6" * 33, None),
        ("62２2000011112222", None),
        ("", None),
        (None, None),
    ],
)
def test_an_account_number_is_digits(number: str | None, plain: str | None) -> None:
    assert rules.plain_number(number) == plain


@pytest.mark.parametrize("holder", ["", "=1+1", "@x", "甲\n乙", "a" * 61, "甲\x00"])
def test_a_holder_that_could_harm_a_spreadsheet_is_refused(holder: str) -> None:
    assert rules.plain_holder(holder) is None
