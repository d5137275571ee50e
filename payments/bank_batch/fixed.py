"""The bank's file in fixed columns: GB18030, widths in bytes, amounts in fen to the right.

Three kinds of record, each ended by CR LF. Text stands to the left and is filled up with
blanks, numbers to the right; a Chinese character counts as the bytes it takes.

    head    1 · batch 24 · payments 8 · total in fen 18 · purpose 20
    line    2 · number 8 · account 32 · holder 60 · fen 18 · purpose 20
    tail    9 · payments 8 · total in fen 18 · check sum 10 · SHA-256 64

The check sum adds up the last eight digits of all accounts, modulo 10^10; the hash is that of
every byte before the tail. `read` takes a file apart again and refuses one whose figures do not
agree.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NoReturn

from kernel.errors import InvalidError
from payments.bank_batch.form import PURPOSE, Instruction
from payments.values import FileFormat, ReturnReason

ENCODING: Final = "gb18030"
END: Final = b"\r\n"
BATCH, NUMBER, ACCOUNT, HOLDER, FEN, USE = 24, 8, 32, 60, 18, 20
SUM, HASH = 10, 64
MODULUS: Final = 10_000_000_000
HEAD: Final = (BATCH, NUMBER, FEN, USE)
LINE: Final = (NUMBER, ACCOUNT, HOLDER, FEN, USE)
TAIL: Final = (NUMBER, FEN, SUM, HASH)
WHOLE = re.compile(rb" *(0|[1-9][0-9]*)")


@dataclass(frozen=True, slots=True)
class FixedColumns:
    """Fixed columns in GB18030."""

    format: FileFormat = FileFormat.FIXED

    def unfit(self, instructions: Sequence[Instruction]) -> Mapping[int, ReturnReason]:
        """Return the numbers of payments that cannot stand in the file, and why."""
        reasons = {
            one.number: ReturnReason.NAME_UNWRITABLE
            if not _fits(one.holder, HOLDER)
            else ReturnReason.ACCOUNT_INVALID
            for one in instructions
            if not _fits(one.holder, HOLDER) or not _is_account(one.account)
        }
        return dict(sorted(reasons.items()))

    def write(self, batch_code: str, instructions: Sequence[Instruction]) -> bytes:
        """Return the file, its lines by number.

        Raises `InvalidError` naming the batch and the numbers of lines whose holder or account
        does not fit; what stands there is never repeated.
        """
        unfit = self.unfit(instructions)
        if unfit:
            numbers = ", ".join(map(str, unfit))
            raise InvalidError(
                "payout_line_unwritable",
                f"lines {numbers} of {batch_code} do not fit into the bank's file",
                code=batch_code,
                lines=numbers,
            )
        lines = sorted(instructions, key=lambda one: one.number)
        count, total = len(lines), sum(one.amount_minor for one in lines)
        records = [
            b"1"
            + _text(batch_code, BATCH)
            + _whole(count, NUMBER)
            + _whole(total, FEN)
            + _text(PURPOSE, USE),
            *(
                b"2"
                + _whole(one.number, NUMBER)
                + _text(one.account, ACCOUNT)
                + _text(one.holder, HOLDER)
                + _whole(one.amount_minor, FEN)
                + _text(PURPOSE, USE)
                for one in lines
            ),
        ]
        body = END.join(records) + END
        tail = b"9" + _whole(count, NUMBER) + _whole(total, FEN) + _whole(_sum(lines), SUM)
        return body + tail + hashlib.sha256(body).hexdigest().encode() + END


def read(content: bytes) -> tuple[str, Sequence[Instruction]]:
    """Take a file apart; raises `InvalidError` when it is none or its figures do not agree."""
    records = content.split(END)
    if len(records) < 3 or records[-1]:  # noqa: PLR2004 -- head, tail and what follows the end
        _refuse("its records")
    head, *middle, tail = records[:-1]
    batch, count, total, _ = _cells(head, b"1", HEAD)
    lines = [_line(record) for record in middle]
    said = _cells(tail, b"9", TAIL)
    body = content[: -len(tail) - len(END)]
    figures = (len(lines), sum(one.amount_minor for one in lines))
    if (_number(count), _number(total)) != figures:
        _refuse("its head")
    if (_number(said[0]), _number(said[1]), _number(said[2])) != (*figures, _sum(lines)):
        _refuse("its control totals")
    if said[3] != hashlib.sha256(body).hexdigest().encode():
        _refuse("its hash")
    return _words(batch), lines


def _line(record: bytes) -> Instruction:
    number, account, holder, fen, _ = _cells(record, b"2", LINE)
    digits = _words(account)
    if not _is_account(digits):
        _refuse("an account")
    return Instruction(_number(number), _words(holder), digits, _number(fen))


def _cells(record: bytes, kind: bytes, widths: Sequence[int]) -> Sequence[bytes]:
    if not record.startswith(kind) or len(record) != 1 + sum(widths):
        _refuse("a record")
    starts = [1 + sum(widths[:at]) for at in range(len(widths))]
    return [record[at : at + width] for at, width in zip(starts, widths, strict=True)]


def _number(cell: bytes) -> int:
    found = WHOLE.fullmatch(cell)
    if found is None:
        _refuse("a number")
    return int(found[1])


def _words(cell: bytes) -> str:
    try:
        return cell.decode(ENCODING).rstrip(" ")
    except UnicodeDecodeError:
        return _refuse("its characters")


def _text(words: str, width: int) -> bytes:
    return words.encode(ENCODING).ljust(width)


def _whole(number: int, width: int) -> bytes:
    return str(number).encode().rjust(width)


def _fits(words: str, width: int) -> bool:
    """Say whether a text can be written, is read back the same, and is not too long."""
    try:
        encoded = words.encode(ENCODING)
    except UnicodeEncodeError:
        return False
    is_plain = words == words.strip(" ") and words.isprintable()
    return is_plain and 0 < len(encoded) <= width and encoded.decode(ENCODING) == words


def _is_account(account: str) -> bool:
    return account.isascii() and account.isdigit() and len(account) <= ACCOUNT


def _sum(lines: Sequence[Instruction]) -> int:
    return sum(int(one.account[-8:]) for one in lines) % MODULUS


def _refuse(what: str) -> NoReturn:
    raise InvalidError("payout_file_unreadable", f"the file does not agree: {what}")
