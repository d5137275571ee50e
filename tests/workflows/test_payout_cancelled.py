"""An approved settlement is taken back before the bank has it."""

from datetime import date, timedelta

import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from kernel.errors import ConflictError, ForbiddenError, InvalidError
from payments import queries
from payments import service as payments
from payments.models import SettlementCancellation
from payments.values import CancelWord, LineState, PeriodState, ReturnReason
from tests.builders.settlements import (
    JULY,
    a_submitted,
    an_answer,
    an_approved,
    balance,
    some_accounts,
    some_owed,
    some_params,
    some_staff,
)
from workflows import payout_cancelled, payout_run, period_closed

COOP, VILLAGE = "L:payable:coop:C90", "L:payable:village:V1"
LATER = JULY + timedelta(days=40)


@pytest.fixture(autouse=True)
def _world(session: Session) -> None:
    some_params(session)
    some_accounts(session, "coop:C90", "village:V1")
    some_owed(session, "1", {COOP: 5_000, VILLAGE: 700})


def _cancel(session: Session, code: str) -> int:
    one, two, _ = some_staff(session)
    payout_cancelled.ask(session, code, "金额有误", by=one, at=JULY)
    return payout_cancelled.confirm(session, code, by=two, at=JULY)


def _states(session: Session, code: str) -> list[LineState]:
    period = queries.get_period(session, code)
    return [row.state for row in queries.list_lines(session, period.id)]


@pytest.mark.parametrize("is_written", [False, True])
def test_two_people_give_everything_back(session: Session, *, is_written: bool) -> None:
    code = an_approved(session)
    if is_written:
        payout_run.write_file(session, code, at=JULY)

    assert _cancel(session, code) == 2

    assert (balance(session, COOP), balance(session, VILLAGE)) == (-5_000, -700)
    assert balance(session, f"L:payout:inflight:{code}") == 0
    assert queries.get_period(session, code).state is PeriodState.CANCELLED
    assert set(_states(session, code)) == {LineState.CANCELLED}


def test_the_next_settlement_pays_it(session: Session) -> None:
    code = an_approved(session)
    _cancel(session, code)
    some_owed(session, "2", {COOP: 50}, at=JULY)
    one, two, three = some_staff(session)
    july = payments.open_period(session, date(2026, 7, 1), date(2026, 7, 31), by=one, at=JULY)
    period_closed.close(session, july, at=LATER)
    payments.propose(session, july, by=one, at=LATER)
    payout_run.approve(session, july, by=two, at=LATER)
    payout_run.approve(session, july, by=three, at=LATER)

    assert balance(session, f"L:payout:inflight:{july}") == -5_750
    assert (balance(session, COOP), balance(session, VILLAGE)) == (0, 0)


def test_nobody_cancels_alone(session: Session) -> None:
    code = an_approved(session)
    one, two, _ = some_staff(session)

    with pytest.raises(InvalidError):
        payout_cancelled.ask(session, code, " ", by=one, at=JULY)
    with pytest.raises(ConflictError, match="nobody has asked"):
        payout_cancelled.confirm(session, code, by=two, at=JULY)
    payout_cancelled.ask(session, code, "金额有误", by=one, at=JULY)
    with pytest.raises(ForbiddenError):
        payout_cancelled.confirm(session, code, by=one, at=JULY)
    with pytest.raises(ConflictError, match="asked already"):
        payout_cancelled.ask(session, code, "金额有误", by=two, at=JULY)
    assert balance(session, COOP) == 0


def test_while_somebody_asks_it_cannot_be_submitted(session: Session) -> None:
    code = an_approved(session)
    payout_run.write_file(session, code, at=JULY)
    one, *_ = some_staff(session)
    payout_cancelled.ask(session, code, "金额有误", by=one, at=JULY)

    with pytest.raises(ConflictError, match="asked to cancel"):
        payout_run.submit(session, code, by=one, at=JULY)
    payout_cancelled.refuse(session, code, by=one, at=JULY)
    payout_run.submit(session, code, by=one, at=JULY)

    assert queries.get_period(session, code).state is PeriodState.SUBMITTED


def test_what_the_bank_has_cannot_be_cancelled(session: Session) -> None:
    code = a_submitted(session)
    one, *_ = some_staff(session)

    with pytest.raises(ConflictError, match="submitted"):
        payout_cancelled.ask(session, code, "金额有误", by=one, at=JULY)


def test_what_is_cancelled_is_neither_written_nor_answered(session: Session) -> None:
    code = an_approved(session)
    _cancel(session, code)

    payout_run.write_file(session, code, at=JULY)
    for step in (
        lambda: payout_run.submit(session, code, by=some_staff(session)[0], at=JULY),
        lambda: payout_run.take_answers(
            session, code, [an_answer(code, 1, 5_000)], "", by=None, at=JULY
        ),
    ):
        with pytest.raises(ConflictError):
            step()
    assert queries.list_files(session, queries.get_period(session, code).id) == []


def test_what_was_to_be_paid_again_waits_as_before(session: Session) -> None:
    code = a_submitted(session)
    rows = [
        an_answer(code, 1, 5_000, returned=ReturnReason.NAME_DIFFERS),
        an_answer(code, 2, 700, row=2),
    ]
    payout_run.take_answers(session, code, rows, "", by=None, at=JULY)
    one, two, three = some_staff(session)
    payments.clear_returned(session, "coop:C90", by=one, at=JULY)
    for _ in range(2):
        again = payments.open_reissue(session, by=one, at=JULY)
        period_closed.close(session, again, at=JULY)
        payments.propose(session, again, by=one, at=JULY)
        payout_run.approve(session, again, by=two, at=JULY)
        payout_run.approve(session, again, by=three, at=JULY)
        assert _states(session, code) == [LineState.REISSUED, LineState.PAID]
        _cancel(session, again)
        assert _states(session, code) == [LineState.RETURNED, LineState.PAID]
    assert balance(session, COOP) == -5_000


@pytest.mark.parametrize(
    ("statement", "name"),
    [
        (
            "UPDATE settlement_periods SET state = 'cancelled'",
            "settlement_periods_cancelled_by_two",
        ),
        ("UPDATE settlement_lines SET state = 'paid', paid_at = now()", ""),
        ("DELETE FROM settlement_cancellations", "append_only"),
        ("DELETE FROM payout_late_returns", "append_only"),
    ],
)
def test_the_database_refuses_as_well(session: Session, statement: str, name: str) -> None:
    code = an_approved(session)
    one, *_ = some_staff(session)
    payout_cancelled.ask(session, code, "金额有误", by=one, at=JULY)
    if not name:
        session.execute(text(statement))
        statement = (
            "UPDATE settlement_lines SET state = 'returned', returned_at = now(),"
            " return_reason = 'other'"
        )
        name = "settlement_lines_snapshot"

    with pytest.raises(IntegrityError) as error, session.begin_nested():
        session.execute(text(statement))
    assert error.value.orig.diag.constraint_name == name  # type: ignore[union-attr]


def test_the_database_wants_two_people(session: Session) -> None:
    code = an_approved(session)
    one, *_ = some_staff(session)
    payout_cancelled.ask(session, code, "金额有误", by=one, at=JULY)
    period = queries.get_period(session, code)

    with pytest.raises(IntegrityError, match="cannot confirm"), session.begin_nested():
        session.execute(
            insert(SettlementCancellation).values(
                period_id=period.id, word=CancelWord.CONFIRMED, person_id=one, at=JULY
            )
        )
