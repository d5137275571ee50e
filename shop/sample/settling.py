"""Settles the past trade month by month through the workflow of the operator's console.

It runs after the trade: a settlement looks at what was owed at the end of its month by
effective date, so that sales of later months do not matter. Closes of periods take turns with
it. A few payments come back from the bank and are reissued, small sums carry over, and the last
month waits for its approval.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Interval, Row, func, insert, literal, select, text
from sqlalchemy.orm import Session

from kernel.clock import at_local_midnight, local_date, next_month
from ledger import queries as ledger_queries
from payments import queries
from payments import service as payments
from payments.queries import LineRow
from payments.rules.answers import BankAnswer
from payments.values import LineState, Outcome, PayeeKind, ReturnReason
from shop.sample import tables
from workflows import payout_run, period_closed

STAFF: Final = ("operator", "approver-one", "approver-two")
CUSTODIAN: Final = "A:demo:pending"
CLOSED_ON, REISSUED_ON = 4, 15
MONTHLY: Final = 12
"""How many settlements there are; the first one takes in all the months before it."""
RETURNING: Final = 6
"""In how many of the last months the bank returns a few payments."""
RETURNED_ONE_IN: Final = 61
MAX_LINES: Final = 10_000
SETTLED_FOR: Final = timedelta(days=25)
"""Older payments have been acknowledged in the sample where somebody can sign in to do it."""
CLERKS: Final = {"C03": "bamboo-clerk", "C05": "goat-clerk"}
REASONS: Final = (ReturnReason.NAME_DIFFERS, ReturnReason.ACCOUNT_CLOSED)

PAYEES: Final = text(
    """
    SELECT DISTINCT CASE WHEN account.owner LIKE 'village:%'
            THEN split_part(account.owner, '.', 1) ELSE account.owner END AS owner,
        coalesce(organisation.name, place.name || '集体经济组织') AS holder
    FROM ledger_accounts account
    LEFT JOIN organisations organisation
        ON organisation.code = split_part(account.owner, ':', 2)
    LEFT JOIN regions place
        ON place.code = split_part(split_part(account.owner, ':', 2), '.', 1)
    WHERE account.code LIKE 'L:payable:%' AND account.owner NOT LIKE 'hh:%'
    ORDER BY 1
    """
)


@dataclass(frozen=True, slots=True)
class Staff:
    """Who proposes and who approves in the sample."""

    proposer: int
    approvers: tuple[int, int]


def load(session: Session, *, until: datetime, meanwhile: Callable[[datetime], None]) -> int:
    """Settle every month that was over; return how many settlements there are.

    `meanwhile` does what happened up to a moment before that moment's settlement: a close that
    was decided later must not find the money that had been paid out before.
    """
    staff = _staff(session)
    accounts = _record_accounts(session, {}, until)
    months = list(_months(session, until))
    settled = months[-MONTHLY:]
    for month in settled:
        first = months[0] if month == settled[0] else month
        closed_at = at_local_midnight(next_month(month).replace(day=CLOSED_ON))
        meanwhile(min(closed_at, until))
        accounts = _record_accounts(session, accounts, min(closed_at, until))
        code = _propose(session, staff, (first, month), min(closed_at, until))
        if month == settled[-1] or code is None:
            continue
        fails = month in settled[-RETURNING:]
        _pay(session, staff, code, closed_at + timedelta(hours=4), fails=fails)
        if fails and month != settled[-2]:
            _reissue(session, staff, next_month(month).replace(day=REISSUED_ON))
    _acknowledge(session, until)
    return len(settled)


def account_of(household_id: str) -> str | None:
    """Return a number no bank gives out; a few households have not told theirs."""
    number = int(household_id.removeprefix("H"))
    return None if number % 40 == 7 else f"9999{number:012d}"  # noqa: PLR2004 -- any few


def _staff(session: Session) -> Staff:
    people = tables.table("people").c
    rows = session.execute(select(people.login, people.id).where(people.login.in_(STAFF)))
    ids = {row.login: row.id for row in rows}
    return Staff(ids[STAFF[0]], (ids[STAFF[1]], ids[STAFF[2]]))


def _record_accounts(
    session: Session, known: Mapping[str, str], at: datetime
) -> Mapping[str, str]:
    """Record an account for every new payee but one village, whose money is held.

    Returns what is known by now; the village without a number counts as known.
    """
    fresh = {
        row.owner: str(row.holder) for row in session.execute(PAYEES) if row.owner not in known
    }
    silent = (
        "" if known else max((one for one in fresh if one.startswith("village:")), default="")
    )
    payments.record_accounts(
        session,
        {
            owner: (holder, f"8888{number:012d}")
            for number, (owner, holder) in enumerate(fresh.items(), start=len(known) + 1)
            if owner != silent
        },
        by=None,
        at=at,
    )
    return {**known, **fresh}


def _months(session: Session, until: datetime) -> Iterator[date]:
    """Return the first days of the months that are over, from the first earning on."""
    txs = tables.table("ledger_txs").c
    first = session.scalar(select(func.min(txs.effective_at)).where(txs.kind == "line_earned"))
    month = local_date(first or until).replace(day=1)
    while next_month(month) <= local_date(until):
        yield month
        month = next_month(month)


def _propose(
    session: Session, staff: Staff, months: tuple[date, date], at: datetime
) -> str | None:
    """Open, close and propose the months from one to another; None when nobody is paid."""
    last = next_month(months[1]) - timedelta(days=1)
    code = payments.open_period(session, months[0], last, by=staff.proposer, at=at)
    period_closed.close(session, code, at=at)
    if not queries.get_period(session, code).to_pay_minor:
        return None
    payments.propose(session, code, by=staff.proposer, at=at)
    return code


def _pay(session: Session, staff: Staff, code: str, at: datetime, *, fails: bool) -> None:
    """Approve, hand over and answer one proposed settlement within four days."""
    first, second = staff.approvers
    payout_run.approve(session, code, by=first, at=at)
    payout_run.approve(session, code, by=second, at=at + timedelta(hours=3))
    payout_run.write_file(session, code, at=at + timedelta(hours=3))
    payout_run.submit(session, code, by=staff.proposer, at=at + timedelta(days=1))
    _sweep(session, code, at + timedelta(days=1))
    answered_at = at + timedelta(days=3)
    answers = [
        _answer(code, line, local_date(answered_at), fails=fails)
        for line in _lines(session, code, LineState.INFLIGHT)
    ]
    payout_run.take_answers(session, code, answers, "", by=staff.proposer, at=answered_at)


def _sweep(session: Session, code: str, at: datetime) -> None:
    """Let the demo's provider pay to the bank what the batch needs, as far as it holds it."""
    held = ledger_queries.list_balances(session, [CUSTODIAN]).get(CUSTODIAN, 0)
    wanted = queries.get_period(session, code).to_pay_minor
    if min(held, wanted) > 0:
        payout_run.record_sweep(session, code, CUSTODIAN, min(held, wanted), at=at)


def _reissue(session: Session, staff: Staff, day: date) -> None:
    """Look after what came back last, and pay it again."""
    at = at_local_midnight(day)
    owners = sorted(
        {
            row.owner
            for row in queries.list_unfinished(session, limit=MAX_LINES)
            if row.state is LineState.RETURNED
        }
    )
    if not owners:
        return
    for owner in owners:
        payments.clear_returned(session, owner, by=staff.proposer, at=at)
    code = payments.open_reissue(session, by=staff.proposer, at=at)
    period_closed.close(session, code, at=at)
    if not queries.get_period(session, code).to_pay_minor:
        return
    payments.propose(session, code, by=staff.proposer, at=at)
    _pay(session, staff, code, at + timedelta(hours=4), fails=False)


def _lines(session: Session, code: str, state: LineState) -> Sequence[LineRow]:
    period = queries.get_period(session, code)
    return queries.list_lines(session, period.id, state=state, limit=MAX_LINES)


def _answer(code: str, line: LineRow, on: date, *, fails: bool) -> BankAnswer:
    """Return what the bank says: paid, or for a household now and then returned."""
    turn = line.number + int(code[-2:]) * 11 if code[-2:].isdigit() else line.number
    is_returned = fails and line.kind is PayeeKind.HOUSEHOLD and turn % RETURNED_ONE_IN == 0
    return BankAnswer(
        row=line.number,
        batch_code=code,
        line_number=line.number,
        amount_minor=line.amount_minor,
        outcome=Outcome.RETURNED if is_returned else Outcome.PAID,
        bank_reference=f"SAMPLE-{code}-{line.number}",
        return_reason=REASONS[turn % len(REASONS)] if is_returned else None,
        on=on,
    )


def _acknowledge(session: Session, until: datetime) -> None:
    """Let the two households that can sign in, and members told to a clerk, acknowledge."""
    lines = tables.table("settlement_lines").c
    people = {row.login: row for row in _people(session)}
    members = tables.table("cooperative_memberships").c
    goal = insert(tables.table("payout_acknowledgements"))
    names = ["line_id", "acknowledged_by", "person_id", "reason", "at"]
    old = (lines.state == "paid") & (lines.paid_at < until - SETTLED_FOR)
    households = {row.household_id: row.id for row in people.values() if row.household_id}
    for household_id, person_id in sorted(households.items()):
        said = (literal("household"), literal(person_id), literal(""))
        found = select(
            lines.id, *said, lines.paid_at + literal(timedelta(days=2), Interval())
        ).where(old, lines.household_id == household_id)
        session.execute(goal.from_select(names, found))
    for seller, login in CLERKS.items():
        said = (literal("clerk"), literal(people[login].id), literal("当面告知(样例)"))
        of_seller = select(members.household_id).where(members.organisation_code == seller)
        found = select(
            lines.id, *said, lines.paid_at + literal(timedelta(days=5), Interval())
        ).where(
            old,
            lines.household_id.in_(of_seller),
            lines.household_id.not_in(list(households)),
        )
        session.execute(goal.from_select(names, found))


def _days(days: int) -> ColumnElement[timedelta]:
    return literal(timedelta(days=days), Interval())


def _people(session: Session) -> Sequence[Row[Any, Any, Any]]:
    people = tables.table("people").c
    return session.execute(select(people.login, people.id, people.household_id)).all()
