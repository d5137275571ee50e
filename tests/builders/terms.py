"""Organisations that buy on terms."""

from datetime import date, datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from kernel.policy import PolicyParam
from orders.values import Buyer
from payments.queries import terms as term_queries
from payments.service import terms as service
from payments.values.byhand import BankAccount
from payments.values.settlements import ReturnReason
from payments.values.terms import LineVerdict, NewLine
from tests.builders.catalog import NOON
from tests.builders.cold_chain import a_device
from tests.builders.places import once
from tests.builders.sales import World, a_group
from tests.builders.settlements import some_staff
from tests.builders.trade import a_buyer
from tests.builders.transfers import a_bank_row, some_transfer_params
from workflows import (
    order_cancelled,
    order_delivered,
    order_shipped,
    refund_by_hand,
    terms,
    transfer_received,
)
from workflows.checkout import PlacedGroup
from workflows.order_cancelled import Refusal
from workflows.order_delivered import Receipt
from workflows.travel import HandOver

PARAMS = {"terms_lock_days": 5, "terms_reminder_days": [-3, 1, 15]}
DAYS = 30
LOGGER = "LOG-T"


def some_terms_params(session: Session) -> None:
    """Say when overdue bills lock orders and when letters are written."""
    for code, value in PARAMS.items():
        row = {"code": code, "value": value, "unit": "", "basis": "test", "note": ""}
        once(session, PolicyParam, row | {"valid_from": date(2020, 1, 1)}, key="code")


def a_line(
    session: Session,
    organisation: str,
    minor: int,
    *,
    days: int = DAYS,
    since: date | None = None,
    until: date | None = None,
) -> int:
    """Let two people grant an organisation a credit line."""
    some_terms_params(session)
    a_buyer(session, organisation)
    new = NewLine(
        organisation_code=organisation,
        amount_minor=minor,
        days=days,
        valid_from=since or (NOON - timedelta(days=30)).date(),
        valid_until=until,
        reason="test",
    )
    at = NOON - timedelta(days=1)
    one, two, _ = some_staff(session)
    line = service.propose_line(session, new, by=one, at=at)
    service.decide_line(session, line, LineVerdict.APPROVED, by=two, at=at)
    return line


def buyer_of(organisation: str) -> Buyer:
    """Return an organisation as the buyer of an order."""
    return Buyer(None, organisation, "SHLL", "person:1")


def a_group_on_terms(
    session: Session, organisation: str, quantities: dict[str, int], *, at: datetime = NOON
) -> PlacedGroup:
    """Place an order on terms."""
    group = a_group(session, quantities, buyer=buyer_of(organisation), at=at)
    terms.choose(session, group.number, at=at)
    return group


def a_logger(session: Session) -> None:
    """Make a logger; the bare order it comes with, which nobody paid for, is taken out."""
    a_device(session, LOGGER)
    session.execute(text("DELETE FROM seller_orders"))
    session.execute(text("DELETE FROM order_groups"))


def deliver_part(
    session: Session,
    number: str,
    *,
    at: datetime = NOON + timedelta(hours=1),
    logger: str = LOGGER,
) -> None:
    """Pack, ship and deliver one seller order."""
    begun = at - timedelta(minutes=30)
    order_shipped.pack(session, number, actor="person:1", at=begun)
    hand_over = HandOver(actor="person:1", device_code=logger)
    order_shipped.ship(session, number, hand_over, at=begun)
    order_delivered.deliver(session, number, Receipt("person:1", "recipient"), at=at)


def sold_on_terms(session: Session, world: World, logger: str) -> None:
    """Two orders on terms: one under way, one delivered, partly paid and then taken back."""
    some_transfer_params(session)
    a_line(session, "E01", 5_000_000)
    a_group_on_terms(session, "E01", {world.shoots.code: 1})
    number = f"{a_group_on_terms(session, 'E01', {world.shoots.code: 2}).number}-1"
    later = NOON + timedelta(hours=8)
    deliver_part(session, number, at=later, logger=logger)
    bill = term_queries.find_bill(session, number)
    assert bill is not None
    row = a_bank_row(session, "B0", 500, bill.code)
    transfer_received.match_by_code(session, row, at=later)
    refund = order_cancelled.refund_in_full(
        session, number, Refusal("person:1", "damaged"), at=later
    )
    refund_by_hand.open_if_needed(session, refund, at=later)
    one, two, _ = some_staff(session)
    for reference in ("R0", "R1"):
        account = BankAccount("示例单位", "示例银行", "0000000000000003")
        refund_by_hand.give_account(session, refund, account, at=later)
        refund_by_hand.release(session, refund, by=one, at=later)
        refund_by_hand.pay(session, refund, reference, by=two, at=later)
        if reference == "R0":
            closed = ReturnReason.ACCOUNT_CLOSED
            refund_by_hand.bounce(session, refund, closed, by=one, at=later)
    other = f"{a_group_on_terms(session, 'E01', {world.shoots.code: 1}).number}-1"
    deliver_part(session, other, at=later + timedelta(hours=1), logger=logger)
