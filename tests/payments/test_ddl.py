"""The database itself refuses what the commands refuse."""

import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from payments import queries
from payments import service as payments
from payments.models import SettlementDecision
from payments.values import Decision
from tests.builders.settlements import (
    JULY,
    a_closed,
    an_approved,
    some_accounts,
    some_owed,
    some_params,
    some_staff,
)

COOP = "L:payable:coop:C90"
STEP = "UPDATE settlement_periods SET state ="
KEPT = "DELETE FROM"


@pytest.fixture(autouse=True)
def _world(session: Session) -> None:
    some_params(session)
    some_accounts(session, "coop:C90")
    some_owed(session, "1", {COOP: 5_000})


def refused(session: Session, statement: str, name: str) -> None:
    with pytest.raises(IntegrityError) as error, session.begin_nested():
        session.execute(text(statement))
    assert error.value.orig.diag.constraint_name == name  # type: ignore[union-attr]


def _decision(session: Session, code: str, person: int, decision: Decision) -> None:
    period = queries.get_period(session, code)
    said = {"person_id": person, "decision": decision, "at": JULY}
    session.execute(
        insert(SettlementDecision).values(period_id=period.id, round=period.round, **said)
    )


def test_nobody_approves_alone(session: Session) -> None:
    one, two, _ = some_staff(session)
    code = a_closed(session)
    payments.propose(session, code, by=one, at=JULY)
    step = f"{STEP} 'approved'"
    name = "settlement_periods_two_approvers"

    refused(session, step, name)
    _decision(session, code, two, Decision.APPROVED)
    refused(session, step, name)
    with pytest.raises(IntegrityError, match="uq_settlement_decisions"), session.begin_nested():
        _decision(session, code, two, Decision.APPROVED)
    with pytest.raises(IntegrityError, match="cannot approve it"), session.begin_nested():
        _decision(session, code, one, Decision.APPROVED)
    refused(session, step, name)
    refused(session, f"{step}, proposed_by = {two}", name)


def test_a_snapshot_never_changes(session: Session) -> None:
    a_closed(session)
    name = "settlement_lines_snapshot"

    refused(session, "UPDATE settlement_lines SET snapshot_minor = 9000", name)
    refused(session, "UPDATE settlement_lines SET amount_minor = amount_minor + 1", name)
    refused(session, "UPDATE settlement_lines SET account_code = 'L:payable:coop:X'", name)
    refused(session, "UPDATE settlement_lines SET state = 'inflight'", name)
    refused(session, "UPDATE settlement_lines SET state = 'paid', paid_at = now()", name)
    refused(session, "DELETE FROM settlement_lines", "settlement_lines_are_kept")
    refused(
        session,
        "INSERT INTO settlement_lines (period_id, number, account_code, payee_kind, owner,"
        " snapshot_minor, amount_minor, state) SELECT id, 99, 'L:payable:coop:X',"
        " 'cooperative', 'coop:X', 5, 5, 'ready' FROM settlement_periods",
        name,
    )


def test_periods_neither_jump_nor_overlap_nor_vanish(session: Session) -> None:
    a_closed(session)

    name = "settlement_periods_step"
    for state in ("open", "approved", "submitted", "answered"):
        refused(session, f"{STEP} '{state}'", name)
    refused(session, "UPDATE settlement_periods SET closed_at = now()", name)
    refused(session, "DELETE FROM settlement_periods", "settlement_periods_are_kept")
    refused(
        session,
        "INSERT INTO settlement_periods (code, kind, period_from, period_to, state, opened_at,"
        " opened_by) SELECT 'S2', kind, period_to, period_to + 5, 'open', opened_at, opened_by"
        " FROM settlement_periods",
        "settlement_periods_apart",
    )


def test_what_was_said_and_sent_stays(session: Session) -> None:
    an_approved(session)

    refused(session, "UPDATE settlement_decisions SET reason = 'x'", "append_only")
    for table in ("payout_files", "payout_confirmations", "payout_acknowledgements"):
        refused(session, f"{KEPT} {table}", "append_only")
