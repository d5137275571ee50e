"""Orders that wait for a bank transfer, and statements of the bank."""

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.policy import PolicyParam
from orders.values import Buyer
from payments.models import BankRow
from payments.rules import transfers as rules
from tests.builders.catalog import NOON
from tests.builders.places import once
from tests.builders.sales import GUEST, a_group
from workflows import transfer_received
from workflows.checkout import PlacedGroup

PARAMS = {
    "bank_transfer_hold_days": 3,
    "bank_transfer_persons": 1,
    "bank_transfer_holder": "山集示例经营有限公司",
    "bank_transfer_bank": "示例银行",
    "bank_transfer_account": "0000000000000001",
}


def some_transfer_params(session: Session, **changed: int) -> None:
    """Say where buyers transfer to and how long goods are held for it."""
    for code, value in (PARAMS | changed).items():
        row = {"code": code, "value": value, "unit": "", "basis": "test", "note": ""}
        once(session, PolicyParam, row | {"valid_from": date(2020, 1, 1)}, key="code")


def a_waiting_group(
    session: Session,
    quantities: dict[str, int],
    *,
    buyer: Buyer = GUEST,
    at: datetime = NOON,
) -> tuple[PlacedGroup, str]:
    """Place an order that waits for a bank transfer and return it with its code."""
    group = a_group(session, quantities, buyer=buyer, at=at)
    return group, transfer_received.choose(session, group.number, actor="guest", at=at)


def a_bank_row(
    session: Session,
    reference: str,
    minor: int,
    remark: str = "",
    *,
    at: datetime = NOON,
) -> int:
    """Take a statement of one row in and return the row's number."""
    cells = {
        rules.DATE: at.date().isoformat(),
        rules.REFERENCE: reference,
        rules.AMOUNT: f"{minor // 100}.{minor % 100:02d}",
        rules.PAYER: "示例单位",
        rules.ACCOUNT: "0000000000000002",
        rules.REMARK: remark,
    }
    read = rules.read_statement([cells], today=at.date())
    transfer_received.take_statement(session, read, "0" * 64, by=None, at=at)
    return session.scalars(select(BankRow.id).where(BankRow.reference == reference)).one()
