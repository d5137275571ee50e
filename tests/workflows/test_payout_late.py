"""The bank takes back what it had paid, days later."""

from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from households import service as households
from households.values import HouseholdId, Identity
from ledger import service as ledger
from ledger.values import Line
from payments import queries
from payments import service as payments
from payments.errors import AnswersRefusedError
from payments.values import FileFormat, LineState, PeriodState, ReturnReason
from tests.builders.ledger import an_entry
from tests.builders.places import a_household
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
from workflows import payout_run, period_closed

COOP, HOUSEHOLD = "L:payable:coop:C90", "L:payable:hh:H0001"
BANK = "A:bank:main"
LATER = JULY + timedelta(days=6)
LATE_DAY = date(2026, 7, 9)


@pytest.fixture(autouse=True)
def _world(session: Session) -> None:
    some_params(session)
    a_household(session, "H0001")
    _account(session, "张样例")
    some_accounts(session, "coop:C90")


def _account(session: Session, name: str) -> None:
    identity = Identity(name=name, phone="13800000000", bank_account="6200000000000001")
    households.seal_identity(session, HouseholdId("H0001"), identity)


def _paid(session: Session) -> str:
    some_owed(session, "1", {COOP: 5_000, HOUSEHOLD: 700})
    code = a_submitted(session)
    rows = [an_answer(code, 1, 5_000), an_answer(code, 2, 700, row=2)]
    payout_run.take_answers(session, code, rows, "", by=None, at=JULY)
    return code


def _back(code: str, **changes: object):  # type: ignore[no-untyped-def]  # noqa: ANN202
    given = {
        "reference": "LATE-1",
        "returned": ReturnReason.ACCOUNT_CLOSED,
        "on": LATE_DAY,
    } | changes
    return an_answer(code, 2, 700, **given)  # type: ignore[arg-type]


def _line(session: Session, code: str) -> queries.LineRow:
    return queries.list_lines(session, queries.get_period(session, code).id)[1]


def test_what_was_paid_comes_back_once(session: Session) -> None:
    code = _paid(session)
    paid_at = _line(session, code).paid_at

    for expected in ((1, 0), (0, 1)):
        taken = payout_run.take_answers(session, code, [_back(code)], "", by=None, at=LATER)
        assert taken == expected

    line = _line(session, code)
    assert (line.state, line.return_reason) == (
        LineState.RETURNED,
        ReturnReason.ACCOUNT_CLOSED,
    )
    assert line.paid_at == paid_at
    assert line.returned_at is not None
    assert line.returned_at > line.paid_at  # type: ignore[operator]
    assert (balance(session, BANK), balance(session, HOUSEHOLD)) == (-5_000, -700)
    assert balance(session, f"L:payout:inflight:{code}") == 0
    assert queries.sum_paid(session, "hh:H0001") == 0
    assert queries.get_period(session, code).state is PeriodState.ANSWERED


def test_one_list_may_tell_of_the_payment_and_of_its_return(session: Session) -> None:
    some_owed(session, "1", {COOP: 5_000, HOUSEHOLD: 700})
    code = a_submitted(session)
    rows = [
        _back(code, row=1),
        an_answer(code, 2, 700, row=2),
        an_answer(code, 1, 5_000, row=3),
    ]

    for expected in ((3, 0), (0, 3)):
        taken = payout_run.take_answers(session, code, rows, "", by=None, at=LATER)
        assert taken == expected

    assert _line(session, code).state is LineState.RETURNED
    assert (balance(session, BANK), balance(session, HOUSEHOLD)) == (-5_000, -700)


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"on": date(2026, 7, 2)}, "answer_day_impossible"),
        ({"on": date(2026, 7, 10)}, "answer_day_impossible"),
        ({"reference": "B{code}-2"}, "answer_contradicts"),
        ({"reference": "B{code}-1"}, "answer_reference_twice"),
    ],
)
def test_a_late_return_that_cannot_be_is_refused(
    session: Session, changes: dict[str, object], fault: str
) -> None:
    code = _paid(session)
    given = {
        name: value.format(code=code) if isinstance(value, str) else value
        for name, value in changes.items()
    }

    with pytest.raises(AnswersRefusedError) as refused:
        payout_run.take_answers(session, code, [_back(code, **given)], "", by=None, at=LATER)

    assert [one.code for one in refused.value.faults] == [fault]
    assert balance(session, BANK) == -5_700


def test_a_second_return_of_the_same_payment_contradicts(session: Session) -> None:
    code = _paid(session)
    payout_run.take_answers(session, code, [_back(code)], "", by=None, at=LATER)

    with pytest.raises(AnswersRefusedError) as refused:
        payout_run.take_answers(
            session, code, [_back(code, reference="LATE-2")], "", by=None, at=LATER
        )

    assert [one.code for one in refused.value.faults] == ["answer_contradicts"]


def test_it_is_paid_again_like_any_return(session: Session) -> None:
    code = _paid(session)
    payout_run.take_answers(session, code, [_back(code)], "", by=None, at=LATER)
    one, two, three = some_staff(session)
    payments.clear_returned(session, "hh:H0001", by=one, at=LATER)

    again = payments.open_reissue(session, by=one, at=LATER)
    period_closed.close(session, again, at=LATER)
    payments.propose(session, again, by=one, at=LATER)
    payout_run.approve(session, again, by=two, at=LATER)
    payout_run.approve(session, again, by=three, at=LATER)

    assert _line(session, code).state is LineState.REISSUED
    assert balance(session, f"L:payout:inflight:{again}") == -700
    taken = payout_run.take_answers(session, code, [_back(code)], "", by=None, at=LATER)
    assert taken == (0, 1)


def test_money_that_comes_back_late_pays_a_debt_first(session: Session) -> None:
    code = _paid(session)
    debits = ledger.debits_with_recovery(session, [Line(HOUSEHOLD, 300)])
    parts = [(line.account_code, line.minor) for line in debits]
    ledger.post(session, an_entry("back", *parts, ("L:refund:1", -300), at=JULY))

    payout_run.take_answers(session, code, [_back(code)], "", by=None, at=LATER)

    assert (balance(session, "A:recover:hh:H0001"), balance(session, HOUSEHOLD)) == (0, -400)


def test_a_bank_that_wants_fixed_columns_gets_one_file(session: Session) -> None:
    some_params(session, {"payout_file_layout": "fixed"})
    some_owed(session, "1", {COOP: 5_000, HOUSEHOLD: 700})
    code = an_approved(session)

    payout_run.write_file(session, code, at=JULY)

    content = queries.open_file(session, code, FileFormat.FIXED)
    assert content.startswith(b"1" + code.encode())
    assert "张样例".encode("gb18030") in content
    assert [
        file.format for file in queries.list_files(session, _line_period(session, code))
    ] == [FileFormat.FIXED]


def test_a_name_too_long_for_the_columns_comes_back_before_the_bank_sees_it(
    session: Session,
) -> None:
    some_params(session, {"payout_file_layout": "fixed"})
    _account(session, "阿" * 31)
    some_owed(session, "1", {COOP: 5_000, HOUSEHOLD: 700})
    code = an_approved(session)

    payout_run.write_file(session, code, at=JULY)

    line = _line(session, code)
    assert (line.state, line.return_reason) == (
        LineState.RETURNED,
        ReturnReason.NAME_UNWRITABLE,
    )
    assert balance(session, HOUSEHOLD) == -700
    assert "阿".encode("gb18030") not in queries.open_file(session, code, FileFormat.FIXED)


def _line_period(session: Session, code: str) -> int:
    return queries.get_period(session, code).id
