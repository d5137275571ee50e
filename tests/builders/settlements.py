"""Short builders of what is owed, and of settlements carried to any step."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from types import MappingProxyType

from sqlalchemy import select
from sqlalchemy.orm import Session

from households import service as households
from households.values import HouseholdId, Identity
from kernel.policy import PolicyParam
from ledger import service as ledger
from ledger.models import LedgerAccount, LedgerEntry
from parties.models import Person
from parties.values import PersonId
from payments import queries
from payments import service as payments
from payments.rules.answers import BankAnswer
from payments.values import Outcome, ReturnReason
from tests.builders.ledger import a_payment, an_earning
from tests.builders.places import a_household, once
from workflows import payout_run, period_closed

COOP, VILLAGE, FUND = "L:payable:coop:C90", "L:payable:village:V1", "L:payable:village:V1.poor"
HOUSEHOLD, WAGE = "L:payable:hh:H0001", "L:wage:H0001"
JUNE = datetime(2026, 6, 10, 4, 0, tzinfo=UTC)
JULY = datetime(2026, 7, 3, 4, 0, tzinfo=UTC)
PARAMS: Mapping[str, object] = {
    "payout_min_minor": 100,
    "payout_import_max_rows": 1_000,
    "payout_code_minutes": 10,
    "payout_code_tries": 3,
    "payout_code_per_day": 5,
    "payout_reminder_days": 7,
}
STAFF = ("op-one", "op-two", "op-three")


def some_params(session: Session, more: Mapping[str, object] = MappingProxyType({})) -> None:
    """Put the dated numbers of settlements into force, and more of them."""
    for code, value in {**PARAMS, **more}.items():
        row = {"code": code, "value": value, "unit": "", "valid_from": date(2020, 1, 1)}
        once(session, PolicyParam, row | {"basis": "test", "note": ""}, key="code")


def some_staff(session: Session) -> list[PersonId]:
    """Return three operators: who proposes, and two who approve."""
    rows = session.scalars(select(Person).where(Person.login.in_(STAFF)))
    known = {person.login: PersonId(person.id) for person in rows}
    return [known.get(login) or _a_member_of_staff(session, login) for login in STAFF]


def _a_member_of_staff(session: Session, login: str) -> PersonId:
    """Register somebody who never signs in: hashing a password takes long."""
    person = Person(login=login, display_name=login, password_hash="none", registered_at=JUNE)
    session.add(person)
    session.flush()
    return PersonId(person.id)


def some_owed(
    session: Session, key: str, parts: dict[str, int], *, at: datetime = JUNE
) -> None:
    """Let the ledger owe positive fen by account code, paid for by one buyer."""
    order = f"W-{key}"
    entries = [
        a_payment(f"pay:{key}", sum(parts.values()), order),
        an_earning(key, parts, order),
    ]
    ledger.post_many(session, [replace(one, effective_at=at) for one in entries])


def some_accounts(session: Session, *owners: str) -> None:
    """Record a bank account for organisations and villages."""
    payments.record_accounts(
        session,
        {owner: ("测试户名", f"62{number:014d}") for number, owner in enumerate(owners)},
        by=None,
        at=JUNE,
    )


def a_closed(session: Session, *, at: datetime = JULY) -> str:
    """Open and close June 2026."""
    staff = some_staff(session)
    code = payments.open_period(
        session, date(2026, 6, 1), date(2026, 6, 30), by=staff[0], at=at
    )
    period_closed.close(session, code, at=at)
    return code


def an_approved(session: Session, *, at: datetime = JULY) -> str:
    """Carry June 2026 to its second approval."""
    staff = some_staff(session)
    code = a_closed(session, at=at)
    payments.propose(session, code, by=staff[0], at=at)
    payout_run.approve(session, code, by=staff[1], at=at)
    assert payout_run.approve(session, code, by=staff[2], at=at)
    return code


def a_submitted(session: Session, *, at: datetime = JULY) -> str:
    """Carry June 2026 until the bank has its file."""
    code = an_approved(session, at=at)
    payout_run.write_file(session, code, at=at)
    payout_run.submit(session, code, by=some_staff(session)[0], at=at)
    return code


def an_answer(
    code: str,
    number: int,
    minor: int,
    *,
    row: int = 1,
    reference: str = "",
    returned: ReturnReason | None = None,
    on: date = date(2026, 7, 3),
) -> BankAnswer:
    """Make what the bank says about one line: paid unless a reason is given."""
    return BankAnswer(
        row=row,
        batch_code=code,
        line_number=number,
        amount_minor=minor,
        outcome=Outcome.RETURNED if returned else Outcome.PAID,
        bank_reference=reference or f"B{code}-{number}",
        return_reason=returned,
        on=on,
    )


def balance(session: Session, code: str) -> int:
    """Return what stands on an account, debit positive."""
    rows = session.scalars(
        select(LedgerEntry.amount_minor)
        .join(LedgerAccount, LedgerAccount.id == LedgerEntry.account_id)
        .where(LedgerAccount.code == code)
    )
    return sum(rows)


def some_payees(session: Session) -> None:
    """Make a household, a cooperative and a village that can be paid."""
    some_params(session)
    a_household(session, "H0001")
    households.seal_identity(
        session,
        HouseholdId("H0001"),
        Identity(name="张样例", phone="13800000000", bank_account="6200 0000 0000 0001"),
    )
    some_accounts(session, "coop:C90", "village:V1")


def lines_by_kind(session: Session, code: str) -> dict[str, queries.LineRow]:
    """Return the lines of a settlement by the kind of their payee."""
    period = queries.get_period(session, code)
    rows = queries.list_lines(session, period.id)
    return {f"{row.kind}": row for row in rows}
