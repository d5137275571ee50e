"""Decide which of the bank's answers are new, which are repeated and which contradict."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """What is to be booked and what was booked before."""

    fresh: Sequence[tuple[BankAnswer, AskedLine]]
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


def match(answers: Iterable[BankAnswer], asked: Asked) -> Matched:
    """Sort answers into new and repeated ones and name every row that cannot be right."""
    fresh: list[tuple[BankAnswer, AskedLine]] = []
    faults: list[RowFault] = []
    seen_lines: set[int] = set()
    seen_references: set[str] = set()
    repeated = 0
    for answer in answers:
        fault = _fault(answer, asked, seen_lines, seen_references)
        seen_lines.add(answer.line_number)
        seen_references.add(answer.bank_reference)
        if fault is not None:
            faults.append(fault)
            continue
        line = asked.lines[answer.line_number]
        if line.answered is None:
            fresh.append((answer, line))
        else:
            repeated += 1
    return Matched(fresh=fresh, repeated=repeated, faults=faults)


def _fault(
    answer: BankAnswer, asked: Asked, seen_lines: set[int], seen_references: set[str]
) -> RowFault | None:
    """Return the first thing that is wrong with a row."""
    number = str(answer.line_number)
    line = asked.lines.get(answer.line_number)
    if answer.batch_code != asked.batch_code:
        return RowFault(answer.row, "answer_batch_differs", answer.batch_code[:40])
    if line is None:
        return RowFault(answer.row, "answer_line_unknown", number)
    is_new = line.answered is None
    reference = answer.bank_reference
    rules = (
        (answer.line_number in seen_lines, "answer_line_twice", number),
        (answer.amount_minor != line.amount_minor, "answer_amount_differs", number),
        (
            not asked.first_day <= answer.on <= asked.last_day,
            "answer_day_impossible",
            answer.on.isoformat(),
        ),
        (not is_new and _contradicts(answer, line), "answer_contradicts", number),
        (is_new and line.state is not LineState.INFLIGHT, "answer_line_unknown", number),
        (
            is_new and (reference in asked.used_references or reference in seen_references),
            "answer_reference_twice",
            reference,
        ),
    )
    return next((RowFault(answer.row, code, value) for bad, code, value in rules if bad), None)


def _contradicts(answer: BankAnswer, line: AskedLine) -> bool:
    return (line.answered, line.bank_reference) != (answer.outcome, answer.bank_reference)
