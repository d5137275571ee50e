"""Decide which of the bank's answers are new, which are repeated and which contradict.

A line is answered once, as paid or returned. What was paid can come back later, once: the
bank's list then says "returned" for it, under a number of its own and on or after the day of
payment.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from payments.errors import RowFault
from payments.values import LineState, Outcome, ReturnReason


@dataclass(frozen=True, slots=True, kw_only=True)
class BankAnswer:
    """What the bank says about one line, as one row of its list."""

    row: int
    batch_code: str
    line_number: int
    amount_minor: int
    outcome: Outcome
    bank_reference: str
    return_reason: ReturnReason | None
    on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedLine:
    """One line of a batch as it stands before the answers."""

    line_id: int
    number: int
    account_code: str
    amount_minor: int
    state: LineState
    answered: Outcome | None
    bank_reference: str | None
    paid_on: date | None = None
    late_reference: str | None = None
    """The bank's number of the return, when a paid line came back before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """What is to be booked and what was booked before."""

    fresh: Sequence[tuple[BankAnswer, AskedLine]]
    late: Sequence[tuple[BankAnswer, AskedLine]]
    """Returns of what the bank had paid, before or by this very list."""
    repeated: int
    faults: Sequence[RowFault]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The batch the answers are about."""

    batch_code: str
    lines: Mapping[int, AskedLine]
    """By number."""
    used_references: Mapping[str, int]
    """Bank references that were taken in before, with the id of their line."""
    first_day: date
    last_day: date
    """Between which days the bank can have answered."""


class _Word(StrEnum):
    """What one row turned out to be."""

    FRESH = "fresh"
    LATE = "late"
    REPEATED = "repeated"


def match(answers: Iterable[BankAnswer], asked: Asked) -> Matched:
    """Sort answers into new and repeated ones and name every row that cannot be right.

    Payments are looked at before returns, whatever the order of rows: a list that covers some
    days may tell of a payment and of its return.
    """
    found: dict[_Word, list[tuple[BankAnswer, AskedLine]]] = {word: [] for word in _Word}
    faults: list[RowFault] = []
    seen = _Seen(set(), {}, set())
    for answer in sorted(answers, key=lambda one: one.outcome is Outcome.RETURNED):
        line = asked.lines.get(answer.line_number)
        word = _word(answer, line, seen.paid)
        fault = _fault(answer, asked, word, seen)
        seen.rows.add((answer.line_number, answer.outcome))
        seen.references.add(answer.bank_reference)
        if fault is not None or line is None:
            faults.append(fault or RowFault(answer.row, "answer_line_unknown"))
            continue
        if answer.outcome is Outcome.PAID:
            seen.paid[answer.line_number] = answer
        found[word].append((answer, line))
    return Matched(
        fresh=sorted(found[_Word.FRESH], key=_row),
        late=sorted(found[_Word.LATE], key=_row),
        repeated=len(found[_Word.REPEATED]),
        faults=sorted(faults, key=lambda one: one.row),
    )


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the list said until now."""

    rows: set[tuple[int, Outcome]]
    paid: dict[int, BankAnswer]
    """Its payments, by number of line."""
    references: set[str]


def _row(pair: tuple[BankAnswer, AskedLine]) -> int:
    return pair[0].row


def _word(answer: BankAnswer, line: AskedLine | None, paid: Mapping[int, BankAnswer]) -> _Word:
    """Say whether a row tells something new, of a late return, or what is known."""
    if line is None:
        return _Word.FRESH
    was_paid = line.answered is Outcome.PAID or answer.line_number in paid
    reference = paid[line.number].bank_reference if line.number in paid else line.bank_reference
    if was_paid and answer.outcome is Outcome.RETURNED and answer.bank_reference != reference:
        is_known = line.late_reference is not None
        return _Word.REPEATED if is_known else _Word.LATE
    return _Word.FRESH if line.answered is None else _Word.REPEATED


def _fault(answer: BankAnswer, asked: Asked, word: _Word, seen: _Seen) -> RowFault | None:
    """Return the first thing that is wrong with a row."""
    number = str(answer.line_number)
    line = asked.lines.get(answer.line_number)
    if answer.batch_code != asked.batch_code:
        return RowFault(answer.row, "answer_batch_differs", answer.batch_code[:40])
    if line is None:
        return RowFault(answer.row, "answer_line_unknown", number)
    reference = answer.bank_reference
    is_new = word is not _Word.REPEATED
    rules = (
        (_is_twice(answer, word, seen), "answer_line_twice", number),
        (answer.amount_minor != line.amount_minor, "answer_amount_differs", number),
        (
            not _first_day(line, asked, word, seen) <= answer.on <= asked.last_day,
            "answer_day_impossible",
            answer.on.isoformat(),
        ),
        (not is_new and _contradicts(answer, line), "answer_contradicts", number),
        (not _stands_right(line, word, seen), "answer_line_unknown", number),
        (
            is_new and (reference in asked.used_references or reference in seen.references),
            "answer_reference_twice",
            reference,
        ),
    )
    return next((RowFault(answer.row, code, value) for bad, code, value in rules if bad), None)


def _is_twice(answer: BankAnswer, word: _Word, seen: _Seen) -> bool:
    """Say whether a line stands in a list once more than as paid and as come back."""
    is_same = (answer.line_number, answer.outcome) in seen.rows
    return is_same or (word is _Word.FRESH and answer.line_number in seen.paid)


def _first_day(line: AskedLine, asked: Asked, word: _Word, seen: _Seen) -> date:
    if word is not _Word.LATE:
        return asked.first_day
    return seen.paid[line.number].on if line.number in seen.paid else line.paid_on or date.max


def _stands_right(line: AskedLine, word: _Word, seen: _Seen) -> bool:
    """Say whether money is in flight for a fresh answer, was paid for a late return."""
    if word is _Word.LATE:
        return line.state is LineState.PAID or line.number in seen.paid
    return word is _Word.REPEATED or line.state is LineState.INFLIGHT


def _contradicts(answer: BankAnswer, line: AskedLine) -> bool:
    said = (answer.outcome, answer.bank_reference)
    return said not in {
        (line.answered, line.bank_reference),
        (Outcome.RETURNED, line.late_reference),
    }
