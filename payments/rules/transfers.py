"""Pure decisions about bank transfers: match codes, and what a bank statement may say."""

import hashlib
import re
import secrets
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Final

from payments.errors import RowFault
from payments.values.transfers import StatementRow

PREFIX: Final = "SJ"
ALPHABET: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""31 signs without 0, 1, I, L and O: a prime, so that one check sign finds every slip."""
RANDOM: Final = 9
LENGTH: Final = RANDOM + 1
CANDIDATE: Final = re.compile(rf"(?=({PREFIX}[{ALPHABET}]{{{LENGTH}}}))")
SEPARATORS: Final = re.compile(r"[\s\-_.·—–/]+")

DATE, REFERENCE, AMOUNT = "交易日期", "银行流水号", "收入金额"
PAYER, ACCOUNT, REMARK = "对方户名", "对方账号", "附言"
COLUMNS: Final = (DATE, REFERENCE, AMOUNT, PAYER, ACCOUNT, REMARK)
MAX_ROWS: Final = 2_000
MAX_REFERENCE: Final = 40
MAX_TEXT: Final = 200
MAX_MINOR: Final = 10**13
DAY: Final = re.compile(r"(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?(?:[ T].*)?")


def new_code() -> str:
    """Return a match code nobody can guess; its last sign checks the others."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(RANDOM))
    return f"{PREFIX}{body}{check_sign(body)}"


def check_sign(body: str) -> str:
    """Return the sign that makes the weighted sum of a code divisible by 31.

    Weights differ and are not divisible by 31, so one wrong sign and two signs in each other's
    place are always found.
    """
    total = sum(place * ALPHABET.index(sign) for place, sign in enumerate(body, start=2))
    return ALPHABET[-total % len(ALPHABET)]


def is_code(text: str) -> bool:
    """Say whether a text is a code whose check sign is right."""
    body = text.removeprefix(PREFIX)
    return (
        text.startswith(PREFIX)
        and len(body) == LENGTH
        and all(sign in ALPHABET for sign in body)
        and check_sign(body[:-1]) == body[-1]
    )


def find_codes(text: str) -> list[str]:
    """Return the codes in what a payer wrote, in order, each once.

    Full-width signs, small letters, blanks and dashes do not matter.
    """
    plain = SEPARATORS.sub("", unicodedata.normalize("NFKC", text)).upper()
    return list(dict.fromkeys(code for code in CANDIDATE.findall(plain) if is_code(code)))


def spoken(code: str) -> str:
    """Return a code in groups that are easy to copy."""
    middle = len(PREFIX) + LENGTH // 2
    return f"{code[: len(PREFIX)]}-{code[len(PREFIX) : middle]}-{code[middle:]}"


@dataclass(frozen=True, slots=True)
class ReadStatement:
    """A statement that was read: what came in, what is wrong, what is no income."""

    rows: tuple[StatementRow, ...]
    faults: tuple[RowFault, ...]
    outgoing: int
    """Rows without income, which are left out."""


def missing_columns(headings: Sequence[str]) -> list[str]:
    """Return the columns a statement lacks."""
    return [column for column in COLUMNS if column not in headings]


def read_statement(rows: Sequence[Mapping[str, str]], *, today: date) -> ReadStatement:
    """Read a statement row by row; every fault is told, so that all can be mended at once."""
    found: dict[str, StatementRow] = {}
    faults: list[RowFault] = []
    outgoing = 0
    for number, cells in enumerate(rows, start=1):
        if not cells[AMOUNT].strip() or read_minor(cells[AMOUNT]) == 0:
            outgoing += 1
            continue
        read = _read_row(number, cells, today)
        if isinstance(read, RowFault):
            faults.append(read)
        elif read.reference in found and found[read.reference].identity != read.identity:
            faults.append(RowFault(number, "bank_row_reference_twice", read.reference))
        else:
            found.setdefault(read.reference, read)
    return ReadStatement(tuple(found.values()), tuple(faults), outgoing)


def _read_row(number: int, cells: Mapping[str, str], today: date) -> StatementRow | RowFault:
    reference = cells[REFERENCE].strip()
    booked_on, minor = _day(cells[DATE]), read_minor(cells[AMOUNT])
    words = [unicodedata.normalize("NFKC", cells[name]).strip() for name in COLUMNS[3:]]
    fault = None
    if booked_on is None or booked_on > today:
        fault = RowFault(number, "bank_row_date", cells[DATE].strip()[:MAX_REFERENCE])
    elif not is_reference(reference):
        fault = RowFault(number, "bank_row_reference", reference[:MAX_REFERENCE])
    elif minor is None or not 0 < minor < MAX_MINOR:
        fault = RowFault(number, "bank_row_amount", cells[AMOUNT].strip()[:MAX_REFERENCE])
    elif any(len(word) > MAX_TEXT or "\x00" in word for word in words):
        fault = RowFault(number, "bank_row_text")
    if fault is not None or booked_on is None or minor is None:
        return fault or RowFault(number, "bank_row_text")
    told = "\x1f".join([booked_on.isoformat(), reference, str(minor), *words])
    identity = hashlib.sha256(told.encode()).hexdigest()
    name, account, remark = words
    return StatementRow(number, reference, booked_on, minor, name, account, remark, identity)


def is_reference(text: str) -> bool:
    """Say whether a text can be the bank's own number of a payment."""
    plain = re.sub(r"[-_.]", "", text)
    return plain.isascii() and plain.isalnum() and len(text) <= MAX_REFERENCE


def _day(text: str) -> date | None:
    match = DAY.fullmatch(unicodedata.normalize("NFKC", text).strip())
    if match is None:
        return None
    try:
        return date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return None


def read_minor(text: str) -> int | None:
    """Return an amount in yuan as fen, or None for what is no amount."""
    plain = unicodedata.normalize("NFKC", text).strip().lstrip("¥").replace(",", "")
    try:
        fen = Decimal(plain) * 100
    except InvalidOperation:
        return None
    if not fen.is_finite() or abs(fen) > MAX_MINOR or fen % 1:
        return None
    return int(fen)
