"""The bank's file, and lists of answers from friends and foes."""

from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.errors import InvalidError
from payments import bank_batch
from payments.bank_batch import fixed
from payments.bank_batch.form import Instruction
from payments.rules import settlements as rules
from payments.values import FileLayout, Outcome, ReturnReason

HEAD = "批次号,明细编号,金额(元),结果,银行流水号,日期,退回原因\r\n"
GOOD = "S202606,1,50.00,成功,B1,2026-07-03,\r\n"


def read(text: str, encoding: str = "utf-8-sig"):  # type: ignore[no-untyped-def]  # noqa: ANN201 -- two lists
    return bank_batch.read_answers(text.encode(encoding), max_rows=10)


def test_the_same_batch_is_the_same_bytes_in_any_order() -> None:
    some = [Instruction(2, "乙", "62000000000002", 5), Instruction(1, "甲,乙", "62000001", 100)]
    for form in (one for forms in bank_batch.FORMATS.values() for one in forms):
        assert form.write("S1", some) == form.write("S1", some[::-1])
    utf8, chinese = (form.write("S1", some) for form in bank_batch.FORMATS[FileLayout.TABLE])
    assert utf8.startswith(b"\xef\xbb\xbf")
    assert utf8.decode("utf-8-sig") == chinese.decode("gb18030")
    assert '"甲,乙",62000001,1.00,' in chinese.decode("gb18030")


HOLDERS = st.text(
    st.one_of(
        st.characters(categories=["Lo", "Lu", "Ll", "Nd", "Po"]),
        st.sampled_from("张王李·𠮷䶮 "),
    ),
    min_size=1,
    max_size=15,
).filter(lambda name: name == name.strip(" "))
LINES = st.lists(
    st.tuples(
        HOLDERS, st.from_regex(r"[0-9]{8,32}", fullmatch=True), st.integers(1, 10**15)
    ).map(lambda cells: Instruction(0, *cells)),
    min_size=1,
    max_size=6,
)


@given(LINES)
def test_fixed_columns_read_back_to_the_same_lines(lines: list[Instruction]) -> None:
    numbered = [replace(one, number=number) for number, one in enumerate(lines, start=1)]
    form = fixed.FixedColumns()
    content = form.write("S202606", numbered[::-1])

    assert fixed.read(content) == ("S202606", numbered)
    head, *middle, tail, end = content.split(b"\r\n")
    assert not end
    assert {len(record) for record in middle} == {1 + sum(fixed.LINE)}
    assert int(head[33:51]) == sum(one.amount_minor for one in lines) == int(tail[9:27])


@given(LINES, st.data())
def test_no_byte_of_fixed_columns_changes_unseen(
    lines: list[Instruction], data: st.DataObject
) -> None:
    numbered = [replace(one, number=number) for number, one in enumerate(lines, start=1)]
    content = bytearray(fixed.FixedColumns().write("S202606", numbered))
    at = data.draw(st.integers(0, len(content) - 1))
    content[at] ^= data.draw(st.integers(1, 255))

    with pytest.raises(InvalidError) as refused:
        fixed.read(bytes(content))
    assert refused.value.code == "payout_file_unreadable"


@given(st.binary(max_size=200))
def test_bytes_that_are_no_file_are_refused(content: bytes) -> None:
    with pytest.raises(InvalidError):
        fixed.read(content)


@pytest.mark.parametrize("holder", ["阿" * 31, "张\ud800", "王\ue000", "李\u3000四", " 张", ""])
def test_a_name_that_does_not_fit_is_refused_by_its_number(holder: str) -> None:
    lines = [Instruction(1, "张三", "62000001", 5), Instruction(7, holder, "62000002", 5)]
    form = fixed.FixedColumns()

    assert form.unfit(lines) == {7: ReturnReason.NAME_UNWRITABLE}
    with pytest.raises(InvalidError) as refused:
        form.write("S202606", lines)
    assert refused.value.code == "payout_line_unwritable"
    assert (refused.value.params["code"], refused.value.params["lines"]) == ("S202606", "7")
    assert not holder or holder not in str(refused.value)


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
