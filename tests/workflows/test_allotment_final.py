"""A period close becomes final: the ledger owes what was decided, as far as it goes."""

from datetime import timedelta

import pytest
from sqlalchemy import insert
from sqlalchemy.orm import Session

from households import queries, service
from households.models import Household
from households.values import AllotmentState, Attendance, HouseholdId, LinkageModel
from kernel.errors import ConflictError, InvalidError
from ledger import queries as ledger_queries
from ledger import service as ledger
from ledger.values import Book, Entry, Line, PostingKind
from tests.builders.allotments import (
    AFTER_NOTICE,
    DRAWN_UP,
    PAYER,
    a_draft,
    a_general,
    a_single,
    minors,
    on_notice,
    resolved,
    shares_of,
)
from tests.builders.places import a_household, a_place
from workflows import allotment_final, receivable_collected
from workflows.receivable_collected import BankReceipt

PAYER_ACCOUNT = f"L:payable:coop:{PAYER}"
THREE = ("H1", "H2", "H3")


def test_a_dividend_is_posted_once_its_notice_is_over(session: Session) -> None:
    code = a_dividend(session, profit_minor=10_000)
    _earn(session, 4_000)

    assert allotment_final.finalise(session, code, at=AFTER_NOTICE)
    assert not allotment_final.finalise(session, code, at=AFTER_NOTICE)

    assert _balances(session, code) == {
        PAYER_ACCOUNT: 0,
        f"A:ar:{code}": 6_000,
        "L:payable:hh:H1": -3_334,
        "L:payable:hh:H2": -3_333,
        "L:payable:hh:H3": -3_333,
    }
    assert queries.get_allotment(session, code).state is AllotmentState.FINAL


def test_the_payer_pays_in_what_it_did_not_hold(session: Session) -> None:
    code = a_dividend(session, profit_minor=10_000)
    allotment_final.finalise(session, code, at=AFTER_NOTICE)

    left = _collect(session, code, 9_000, "B-1")
    again = _collect(session, code, 9_000, "B-1")
    nothing = _collect(session, code, 1_500, "B-2")

    assert (left, again, nothing) == (1_000, 1_000, 0)
    balances = ledger_queries.list_balances(
        session, [f"A:ar:{code}", "A:bank:main", f"L:unapplied:{PAYER}"]
    )
    assert balances == {
        f"A:ar:{code}": 0,
        "A:bank:main": 10_500,
        f"L:unapplied:{PAYER}": -500,
    }
    with pytest.raises(ConflictError, match="owes nothing"):
        _collect(session, code, 1, "B-3")


@pytest.mark.parametrize(("minor", "reference"), [(0, "B-1"), (100, ""), (100, "a b")])
def test_an_unusable_bank_line_is_refused(session: Session, minor: int, reference: str) -> None:
    with pytest.raises(InvalidError):
        _collect(session, "AL-X", minor, reference)


def test_money_that_came_later_does_not_pay_an_earlier_close(session: Session) -> None:
    code = a_dividend(session, profit_minor=10_000)
    _earn(session, 4_000, days=3)

    allotment_final.finalise(session, code, at=AFTER_NOTICE)

    balances = _balances(session, code)
    assert (balances[PAYER_ACCOUNT], balances[f"A:ar:{code}"]) == (-4_000, 10_000)


def test_wages_go_to_wage_accounts_and_pay_no_older_claims(session: Session) -> None:
    a_single(session, "H1", LinkageModel.WAGE, {"day_rate_fen": 12_000})
    code = a_draft(session, LinkageModel.WAGE)
    service.set_attendance(
        session, code, [Attendance(household_id=HouseholdId("H1"), half_days=45)]
    )
    _post(session, "claim", [Line("A:recover:hh:H1", 50_000), Line("I:sales", -50_000)])
    resolved(session, code)

    allotment_final.finalise(session, code, at=AFTER_NOTICE)

    balances = ledger_queries.list_balances(session, ["L:wage:H1", "A:recover:hh:H1"])
    assert balances == {"L:wage:H1": -270_000, "A:recover:hh:H1": 50_000}


def test_what_is_due_becomes_final_by_the_clock_and_once(session: Session) -> None:
    code = a_dividend(session, profit_minor=10_000)

    assert allotment_final.finalise_due(session, at=AFTER_NOTICE - timedelta(days=1)) == []
    assert allotment_final.finalise_due(session, at=AFTER_NOTICE) == [code]
    assert allotment_final.finalise_due(session, at=AFTER_NOTICE) == []


def test_a_correction_takes_the_place_of_a_final_allotment(session: Session) -> None:
    wrong = a_dividend(session, profit_minor=9_000)
    _earn(session, 4_000)
    allotment_final.finalise(session, wrong, at=AFTER_NOTICE)
    _collect(session, wrong, 3_000, "B-1")
    _pay_out(session, "H1", 3_000)

    right = a_draft(
        session,
        LinkageModel.EQUITY,
        contract_code=f"{PAYER}-EQUITY",
        basis={"profit_minor": 6_000},
        reverses_code=wrong,
    )
    on_notice(session, right)
    allotment_final.finalise(session, right, at=AFTER_NOTICE)

    assert minors(session, right) == {"H1": 2_000, "H2": 2_000, "H3": 2_000}
    replaced = queries.get_allotment(session, wrong)
    assert (replaced.state, replaced.total_minor) == (AllotmentState.FINAL, 9_000)
    assert replaced.replaced_by == right
    balances = ledger_queries.list_balances(
        session,
        [
            *("L:payable:hh:H1", "L:payable:hh:H2", "A:recover:hh:H1", PAYER_ACCOUNT),
            *(f"A:ar:{wrong}", f"A:ar:{right}", f"L:unapplied:{PAYER}"),
        ],
    )
    assert balances == {
        "L:payable:hh:H1": 0,
        "L:payable:hh:H2": -2_000,
        "A:recover:hh:H1": 1_000,
        PAYER_ACCOUNT: 0,
        f"A:ar:{wrong}": 0,
        f"A:ar:{right}": 2_000,
        f"L:unapplied:{PAYER}": -3_000,
    }


def test_a_correction_to_nothing_takes_everything_back(session: Session) -> None:
    wrong = a_dividend(session, profit_minor=9_000)
    allotment_final.finalise(session, wrong, at=AFTER_NOTICE)

    right = a_draft(
        session,
        LinkageModel.EQUITY,
        contract_code=f"{PAYER}-EQUITY",
        basis={"profit_minor": 0},
        reverses_code=wrong,
    )
    on_notice(session, right)
    allotment_final.finalise(session, right, at=AFTER_NOTICE)

    assert set(_balances(session, wrong).values()) == {0}


def test_two_thousand_households_are_one_close(session: Session, statements: list[str]) -> None:
    households = [f"H{number:04}" for number in range(2_000)]
    village = a_place(session)
    session.execute(
        insert(Household),
        [
            {
                "id": one,
                "village_code": village,
                "members": 4,
                "labour": 2,
                "registered_on": DRAWN_UP.date(),
            }
            for one in households
        ],
    )
    a_general(session, LinkageModel.EQUITY, shares_of(households))
    code = a_draft(
        session,
        LinkageModel.EQUITY,
        contract_code=f"{PAYER}-EQUITY",
        basis={"profit_minor": 1_234_567},
    )
    statements.clear()

    on_notice(session, code)
    allotment_final.finalise(session, code, at=AFTER_NOTICE)

    assert len(statements) < 60
    assert sum(minors(session, code).values()) == 1_234_567


def a_dividend(session: Session, *, profit_minor: int) -> str:
    for household in THREE:
        a_household(session, household)
    a_general(session, LinkageModel.EQUITY, shares_of(THREE))
    code = a_draft(
        session,
        LinkageModel.EQUITY,
        contract_code=f"{PAYER}-EQUITY",
        basis={"profit_minor": profit_minor},
    )
    return on_notice(session, code)


def _earn(session: Session, minor: int, *, days: int = -10) -> None:
    lines = [Line("I:sales", minor), Line(PAYER_ACCOUNT, -minor)]
    _post(session, f"earn:{minor}", lines, days=days)


def _pay_out(session: Session, household: str, minor: int) -> None:
    lines = [Line(f"L:payable:hh:{household}", minor), Line("L:payout:inflight:B1", -minor)]
    _post(session, "paid", lines)


def _post(session: Session, key: str, lines: list[Line], *, days: int = 0) -> None:
    ledger.post(
        session,
        Entry(
            book=Book.MONEY,
            key=key,
            kind=PostingKind.LINE_EARNED,
            effective_at=AFTER_NOTICE + timedelta(days=days),
            source="test",
            lines=lines,
        ),
    )


def _collect(session: Session, code: str, minor: int, reference: str) -> int:
    receipt = BankReceipt(allotment_code=code, reference=reference, minor=minor)
    return receivable_collected.record_collection(session, receipt, at=AFTER_NOTICE)


def _balances(session: Session, code: str) -> dict[str, int]:
    households = [f"L:payable:hh:{household}" for household in THREE]
    return ledger_queries.list_balances(session, [PAYER_ACCOUNT, f"A:ar:{code}", *households])
