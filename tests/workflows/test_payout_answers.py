"""What the bank answers to a payout: paid, returned, and paid once more."""

from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from kernel.errors import ConflictError
from ledger import service as ledger
from ledger.values import Line
from payments import queries
from payments import service as payments
from payments.errors import AnswersRefusedError
from payments.values import (
    FileFormat,
    HoldReason,
    LineState,
    PeriodState,
    ReturnReason,
)
from tests.builders.ledger import an_entry
from tests.builders.settlements import (
    COOP,
    HOUSEHOLD,
    JULY,
    a_submitted,
    an_answer,
    an_approved,
    balance,
    lines_by_kind,
    some_owed,
    some_payees,
    some_staff,
)
from workflows import payout_run, period_closed


@pytest.fixture(autouse=True)
def _world(session: Session) -> None:
    some_payees(session)


def test_answers_are_booked_once(session: Session) -> None:
    some_owed(session, "1", {COOP: 5_000, HOUSEHOLD: 700})
    code = a_submitted(session)
    rows = [
        an_answer(code, 1, 5_000),
        an_answer(code, 2, 700, row=2, returned=ReturnReason.NAME_DIFFERS),
    ]

    assert payout_run.take_answers(session, code, rows, "", by=None, at=JULY) == (2, 0)
    assert payout_run.take_answers(session, code, rows, "", by=None, at=JULY) == (0, 2)

    assert balance(session, "A:bank:main") == -5_000
    assert (balance(session, COOP), balance(session, HOUSEHOLD)) == (0, -700)
    assert balance(session, f"L:payout:inflight:{code}") == 0
    assert queries.get_period(session, code).state is PeriodState.ANSWERED
    assert queries.sum_paid(session, "coop:C90") == 5_000


def test_nothing_is_booked_when_one_row_is_wrong(session: Session) -> None:
    some_owed(session, "1", {COOP: 5_000, HOUSEHOLD: 700})
    code = a_submitted(session)
    rows = [
        an_answer(code, 1, 5_000),
        an_answer(code, 2, 701, row=2),
        an_answer(code, 9, 1, row=3),
        an_answer("S190001", 1, 1, row=4),
        an_answer(code, 1, 5_000, row=5),
    ]

    with pytest.raises(AnswersRefusedError) as refused:
        payout_run.take_answers(session, code, rows, "", by=None, at=JULY)

    assert [(one.row, one.code) for one in refused.value.faults] == [
        (2, "answer_amount_differs"),
        (3, "answer_line_unknown"),
        (4, "answer_batch_differs"),
        (5, "answer_line_twice"),
    ]
    assert balance(session, f"L:payout:inflight:{code}") == -5_700


def test_a_second_word_of_the_bank_is_refused(session: Session) -> None:
    some_owed(session, "1", {COOP: 5_000, HOUSEHOLD: 700})
    code = a_submitted(session)
    payout_run.take_answers(session, code, [an_answer(code, 1, 5_000)], "", by=None, at=JULY)

    for row, fault in (
        (an_answer(code, 1, 5_000, returned=ReturnReason.OTHER), "answer_contradicts"),
        (an_answer(code, 2, 700, reference=f"B{code}-1"), "answer_reference_twice"),
        (an_answer(code, 2, 700, on=date(2026, 7, 4)), "answer_day_impossible"),
    ):
        with pytest.raises(AnswersRefusedError) as refused:
            payout_run.take_answers(session, code, [row], "", by=None, at=JULY)
        assert [one.code for one in refused.value.faults] == [fault]


def test_answers_before_the_file_was_handed_over_are_refused(session: Session) -> None:
    some_owed(session, "1", {COOP: 5_000})
    code = an_approved(session)

    with pytest.raises(ConflictError, match="not submitted"):
        payout_run.take_answers(
            session, code, [an_answer(code, 1, 5_000)], "", by=None, at=JULY
        )


def test_what_came_back_is_paid_again_once_somebody_looked(session: Session) -> None:
    some_owed(session, "1", {COOP: 5_000, HOUSEHOLD: 700})
    code = a_submitted(session)
    one, two, three = some_staff(session)
    rows = [
        an_answer(code, 1, 5_000),
        an_answer(code, 2, 700, row=2, returned=ReturnReason.ACCOUNT_CLOSED),
    ]
    payout_run.take_answers(session, code, rows, "", by=None, at=JULY)
    some_owed(session, "2", {HOUSEHOLD: 50}, at=JULY)

    payments.record_account(session, "hh:H0001", "", "6200000000000009", by=one, at=JULY)
    assert payments.clear_returned(session, "hh:H0001", by=one, at=JULY) == 1
    again = payments.open_reissue(session, by=one, at=JULY)
    period_closed.close(session, again, at=JULY)
    payments.propose(session, again, by=one, at=JULY)
    payout_run.approve(session, again, by=two, at=JULY)
    payout_run.approve(session, again, by=three, at=JULY)
    payout_run.write_file(session, again, at=JULY)

    assert lines_by_kind(session, code)["household"].state is LineState.REISSUED
    assert lines_by_kind(session, code)["household"].reissued_by == again
    assert balance(session, f"L:payout:inflight:{again}") == -700
    assert balance(session, HOUSEHOLD) == -50
    assert b"6200000000000009" in queries.open_file(session, again, FileFormat.UTF8)


def test_nobody_is_paid_again_before_somebody_looked(session: Session) -> None:
    some_owed(session, "1", {HOUSEHOLD: 700})
    code = a_submitted(session)
    rows = [an_answer(code, 1, 700, returned=ReturnReason.ACCOUNT_CLOSED)]
    payout_run.take_answers(session, code, rows, "", by=None, at=JULY)
    one, *_ = some_staff(session)
    july = payments.open_period(session, date(2026, 7, 1), date(2026, 7, 31), by=one, at=JULY)

    period_closed.close(session, july, at=JULY + timedelta(days=40))

    assert lines_by_kind(session, july)["household"].hold_reason is HoldReason.RETURNED


def test_money_that_comes_back_pays_a_debt_first(session: Session) -> None:
    some_owed(session, "1", {HOUSEHOLD: 700})
    code = a_submitted(session)
    debits = ledger.debits_with_recovery(session, [Line(HOUSEHOLD, 300)])
    parts = [(line.account_code, line.minor) for line in debits]
    ledger.post(session, an_entry("back", *parts, ("L:refund:1", -300), at=JULY))
    assert balance(session, "A:recover:hh:H0001") == 300

    rows = [an_answer(code, 1, 700, returned=ReturnReason.ACCOUNT_CLOSED)]
    payout_run.take_answers(session, code, rows, "", by=None, at=JULY)

    assert balance(session, "A:recover:hh:H0001") == 0
    assert balance(session, HOUSEHOLD) == -400
