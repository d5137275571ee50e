"""The bank's file of a batch, and the bank's list of answers: columns, characters, refusals.

`BatchFormat` is the border to a bank. The built-in format is the batch payment file (代发) that
banks read in their portals, comma-separated, one payment a row, lines ended by CR LF:

    批次号,明细编号,收款人户名,收款账号,金额(元),用途
    S202609,1,张某,6200000000000001,123.45,助农结算

It is written in UTF-8 with a byte order mark and in GB18030. `fixed` has fixed columns for
banks that want those; the dated setting `payout_file_layout` says which files a batch has. The
same batch always gives the same bytes. The list of answers has one row a payment, in either
encoding:

    批次号,明细编号,金额(元),结果,银行流水号,日期,退回原因
    S202609,1,123.45,成功,B2026100800001,2026-10-08,

The result is 成功 or 退回; a returned row names its reason: 账号不存在, 账户已销户, 户名不符,
账号无效, 银行故障 or 其他. Money leaves the operator's own bank account: no pool is held here,
orders to pay are handed over and what became of them is recorded. A processor that pays out by
itself, such as Stripe Connect, would be another `BatchFormat` and source of answers.
"""

import csv
import hashlib
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from kernel.errors import InvalidError
from payments.bank_batch.fixed import FixedColumns
from payments.bank_batch.form import PURPOSE, BatchFormat, Instruction
from payments.errors import RowFault
from payments.rules.answers import BankAnswer
from payments.values import FileFormat, FileLayout, Outcome, ReturnReason

HEAD: Final = ("批次号", "明细编号", "收款人户名", "收款账号", "金额(元)", "用途")
ANSWER_HEAD: Final = (
    "批次号",
    "明细编号",
    "金额(元)",
    "结果",
    "银行流水号",
    "日期",
    "退回原因",
)
OUTCOMES: Final[Mapping[str, Outcome]] = {
    "成功": Outcome.PAID,
    "退回": Outcome.RETURNED,
    "paid": Outcome.PAID,
    "returned": Outcome.RETURNED,
}
REASONS: Final[Mapping[str, ReturnReason]] = {
    "账号不存在": ReturnReason.ACCOUNT_NOT_FOUND,
    "账户已销户": ReturnReason.ACCOUNT_CLOSED,
    "户名不符": ReturnReason.NAME_DIFFERS,
    "账号无效": ReturnReason.ACCOUNT_INVALID,
    "银行故障": ReturnReason.BANK_FAULT,
    "其他": ReturnReason.OTHER,
    **{reason.value: reason for reason in ReturnReason},
}
AMOUNT = re.compile(r"(0|[1-9][0-9]{0,11})(?:\.([0-9]{1,2}))?")
WHOLE = re.compile(r"[1-9][0-9]{0,8}")
REFERENCE = re.compile(r"[A-Za-z0-9._-]{1,64}")
MAX_FAULTS: Final = 200
"""More faults than this are not listed: the file as a whole is another one."""


@dataclass(frozen=True, slots=True)
class CommaSeparated:
    """The built-in format in one encoding."""

    format: FileFormat
    encoding: str

    def unfit(self, instructions: Sequence[Instruction]) -> Mapping[int, ReturnReason]:
        """Return nothing: what `payments.rules` lets through fits between commas."""
        del instructions
        return {}

    def write(self, batch_code: str, instructions: Sequence[Instruction]) -> bytes:
        """Return the file with its head and a row for every payment, by number."""
        rows = [
            (batch_code, one.number, one.holder, one.account, yuan(one.amount_minor), PURPOSE)
            for one in sorted(instructions, key=lambda one: one.number)
        ]
        return _written(HEAD, rows).encode(self.encoding)


FORMATS: Final[Mapping[FileLayout, tuple[BatchFormat, ...]]] = {
    FileLayout.TABLE: (
        CommaSeparated(FileFormat.UTF8, "utf-8-sig"),
        CommaSeparated(FileFormat.GB18030, "gb18030"),
    ),
    FileLayout.FIXED: (FixedColumns(),),
}
"""The files of a batch, by what the bank takes."""


def sha256(content: bytes) -> str:
    """Return the hash under which a file is known."""
    return hashlib.sha256(content).hexdigest()


def yuan(minor: int) -> str:
    """Return fen as yuan with two places, such as 123.45."""
    return f"{minor // 100}.{minor % 100:02d}"


def answer_form(batch_code: str, lines: Sequence[tuple[int, int]]) -> bytes:
    """Return a list of answers to be filled in: a row for each number and amount."""
    rows = [(batch_code, number, yuan(minor), "", "", "", "") for number, minor in lines]
    return _written(ANSWER_HEAD, rows).encode("utf-8-sig")


def read_answers(
    content: bytes, *, max_rows: int
) -> tuple[Sequence[BankAnswer], Sequence[RowFault]]:
    """Read the bank's list; every row that cannot be understood is named.

    Raises `InvalidError` when the file as a whole is none: other characters, another head, no
    rows, or more rows than are taken at once.
    """
    rows = _rows(_decoded(content), max_rows)
    answers: list[BankAnswer] = []
    faults: list[RowFault] = []
    for number, cells in enumerate(rows, start=1):
        try:
            answers.append(_answer(number, cells))
        except _CellFaultError as fault:
            faults.append(RowFault(number, fault.code, fault.value))
    return answers, faults[:MAX_FAULTS]


class _CellFaultError(Exception):
    """A row cannot be understood."""

    def __init__(self, code: str, value: str = "") -> None:
        """Say what is wrong and with which value, cut short."""
        super().__init__(code)
        self.code = code
        self.value = value[:40]


def _decoded(content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise InvalidError("answers_not_text", "the file is neither UTF-8 nor GB18030 text")


def _rows(text: str, max_rows: int) -> Sequence[Sequence[str]]:
    """Return the rows below the head, without empty ones; raises `InvalidError`."""
    try:
        rows = [
            [cell.strip() for cell in row]
            for row in csv.reader(io.StringIO(text, newline=""), strict=True)
            if any(cell.strip() for cell in row)
        ]
    except csv.Error as error:
        raise InvalidError("answers_not_a_table", "the file is not a table") from error
    if not rows or tuple(rows[0]) != ANSWER_HEAD:
        raise InvalidError(
            "answers_head_differs", "the first row differs", head=",".join(ANSWER_HEAD)
        )
    if len(rows) == 1:
        raise InvalidError("answers_empty", "the file has no rows")
    if len(rows) - 1 > max_rows:
        raise InvalidError("answers_too_many", f"more than {max_rows} rows", maximum=max_rows)
    return rows[1:]


def _answer(row: int, cells: Sequence[str]) -> BankAnswer:
    if len(cells) != len(ANSWER_HEAD):
        raise _CellFaultError("answer_cells_differ", str(len(cells)))
    batch, number, amount, result, reference, day, reason = cells
    if not WHOLE.fullmatch(number):
        raise _CellFaultError("answer_number_unreadable", number)
    if result not in OUTCOMES:
        raise _CellFaultError("answer_result_unknown", result)
    if not REFERENCE.fullmatch(reference):
        raise _CellFaultError("answer_reference_unreadable", reference)
    outcome = OUTCOMES[result]
    return BankAnswer(
        row=row,
        batch_code=batch,
        line_number=int(number),
        amount_minor=_fen(amount),
        outcome=outcome,
        bank_reference=reference,
        return_reason=_reason(outcome, reason),
        on=_day(day),
    )


def _fen(amount: str) -> int:
    found = AMOUNT.fullmatch(amount)
    if found is None:
        raise _CellFaultError("answer_amount_unreadable", amount)
    return int(found[1]) * 100 + int((found[2] or "").ljust(2, "0"))


def _reason(outcome: Outcome, reason: str) -> ReturnReason | None:
    if outcome is Outcome.PAID:
        if reason:
            raise _CellFaultError("answer_reason_unexpected", reason)
        return None
    if reason not in REASONS:
        raise _CellFaultError("answer_reason_unknown", reason)
    return REASONS[reason]


def _day(day: str) -> date:
    try:
        return date.fromisoformat(day)
    except ValueError:
        raise _CellFaultError("answer_day_unreadable", day) from None


def _written(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(head)
    writer.writerows(rows)
    return buffer.getvalue()
