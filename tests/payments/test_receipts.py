"""A household says that its money arrived."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from households import service as households
from households.values import HouseholdId, Identity
from kernel.errors import ConflictError, InvalidError, NotFoundError
from payments import queries
from payments import service as payments
from payments.models import PayoutCode
from payments.service import CodeAnswer
from payments.values import AcknowledgedBy
from tests.builders.places import a_household
from tests.builders.settlements import (
    JULY,
    a_submitted,
    an_answer,
    some_owed,
    some_params,
    some_staff,
)
from workflows import payout_run


@pytest.fixture
def line(session: Session) -> int:
    some_params(session)
    a_household(session, "H0001")
    identity = Identity(name="张样例", phone="13800000000", bank_account="6200000000000001")
    households.seal_identity(session, HouseholdId("H0001"), identity)
    some_owed(session, "1", {"L:payable:hh:H0001": 5_000})
    code = a_submitted(session)
    payout_run.take_answers(session, code, [an_answer(code, 1, 5_000)], "", by=None, at=JULY)
    return queries.list_payouts(session, "hh:H0001").rows[0].id


def _answer(session: Session, line: int, code: str, minutes: int = 1) -> CodeAnswer:
    at = JULY + timedelta(minutes=minutes)
    person = some_staff(session)[0]
    return payments.acknowledge_by_code(session, line, "H0001", code, by=person, at=at)


def _asked(session: Session, line: int) -> str:
    code_id = payments.request_code(session, line, "H0001", at=JULY)
    unsent = payments.take_unsent(session, code_id, at=JULY)
    assert unsent is not None
    payments.mark_sent(session, code_id, at=JULY)
    assert payments.take_unsent(session, code_id, at=JULY) is None
    return unsent.code


def test_the_code_of_the_phone_acknowledges_once(session: Session, line: int) -> None:
    code = _asked(session, line)

    assert _answer(session, line, code) is CodeAnswer.ACKNOWLEDGED
    assert _answer(session, line, code) is CodeAnswer.EXPIRED
    row = queries.list_payouts(session, "hh:H0001").rows[0]
    assert row.acknowledged_by is AcknowledgedBy.HOUSEHOLD
    with pytest.raises(ConflictError, match="acknowledged before"):
        payments.request_code(session, line, "H0001", at=JULY)


def test_a_code_lasts_three_tries_and_ten_minutes(session: Session, line: int) -> None:
    code = _asked(session, line)
    wrong = "000000" if code != "000000" else "000001"
    answers = [_answer(session, line, wrong) for _ in range(3)]
    assert answers == [CodeAnswer.WRONG, CodeAnswer.WRONG, CodeAnswer.EXPIRED]
    assert _answer(session, line, code) is CodeAnswer.EXPIRED

    assert _answer(session, line, _asked(session, line), minutes=11) is CodeAnswer.EXPIRED


def test_a_new_code_ends_the_one_before(session: Session, line: int) -> None:
    old, new = _asked(session, line), _asked(session, line)
    if old != new:
        assert _answer(session, line, old) is CodeAnswer.WRONG
    assert _answer(session, line, new) is CodeAnswer.ACKNOWLEDGED


def test_codes_are_kept_as_hashes_and_counted_by_day(session: Session, line: int) -> None:
    code = _asked(session, line)
    row = session.scalars(select(PayoutCode)).one()
    assert row.unsent_code is None
    assert code.encode() not in row.code_hash
    for _ in range(4):
        _asked(session, line)
    with pytest.raises(ConflictError, match="no more codes"):
        payments.request_code(session, line, "H0001", at=JULY)


def test_nobody_acknowledges_for_somebody_else(session: Session, line: int) -> None:
    with pytest.raises(NotFoundError):
        payments.request_code(session, line, "H0002", at=JULY)
    with pytest.raises(NotFoundError):
        payments.acknowledge_by_code(session, line, "H0002", "1", by=1, at=JULY)


def test_a_clerk_gives_a_reason(session: Session, line: int) -> None:
    one, *_ = some_staff(session)
    with pytest.raises(InvalidError):
        payments.acknowledge_by_clerk(session, line, "H0001", "  ", by=one, at=JULY)
    payments.acknowledge_by_clerk(session, line, "H0001", "电话告知", by=one, at=JULY)

    assert queries.list_unacknowledged(session, paid_before=JULY + timedelta(days=9)) == []
