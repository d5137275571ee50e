"""Payments, the queue of exceptions, refunds and the books as the operator reads them."""

import re

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from kernel import clock
from ledger.values import Book
from payments import service as payments
from payments.values import Provider
from reporting.desk import accounts
from tests.builders.sales import a_capture, a_group
from tests.console.conftest import Shop
from workflows import checkout, order_cancelled, order_paid
from workflows.order_cancelled import Refusal


def test_payments_in_a_wrong_amount_or_too_late_stand_in_the_queue(
    operator: FlaskClient, session: Session, shop: Shop
) -> None:
    odd = a_group(session, {shop.world.goat.code: 1}, at=shop.at)
    order_paid.settle(session, a_capture(session, odd, amount_minor=odd.total_minor + 5))
    late = a_group(session, {shop.world.shoots.code: 1}, at=shop.at)
    checkout.expire(session, late.number, at=clock.now())
    order_paid.settle(session, a_capture(session, late, at=clock.now()))
    session.commit()

    queue = operator.get("/console/payments?state=exceptions").text
    home = operator.get("/console/").text

    assert {odd.number, late.number} <= set(re.findall(r"WL\d{6}-\w+", queue))
    assert shop.paid.removesuffix("-1") not in queue
    assert "有 2 笔异常款项待处理" in home
    assert (
        "late" not in operator.get("/console/payments?state=succeeded").text.split("<table")[1]
    )


def test_a_message_that_was_not_applied_is_shown(
    operator: FlaskClient, session: Session, shop: Shop
) -> None:
    payments.store_event(
        session,
        provider=Provider.DEMO,
        event_id="e-1",
        kind="payment.succeeded",
        reference="demo-unknown",
        payload={},
        at=clock.now(),
    )
    session.commit()

    assert "demo-unknown" in operator.get("/console/payments").text
    assert "demo-unknown" in operator.get("/console/").text


def test_refunds_stand_by_state(operator: FlaskClient, session: Session, shop: Shop) -> None:
    refusal = Refusal("person:1", "arrives_too_late")
    order_cancelled.refund_in_full(session, shop.paid, refusal, at=clock.now())
    session.commit()

    requested = operator.get("/console/refunds?state=requested").text

    assert shop.paid in requested
    assert "送达太晚" in requested
    assert shop.paid not in operator.get("/console/refunds?state=failed").text


def test_the_trial_balance_of_each_book_is_zero(session: Session, shop: Shop) -> None:
    rows = accounts.list_classes(session)

    for book in Book:
        assert sum(row.minor for row in rows if row.book is book) == 0
        debit = sum(row.debit_minor for row in rows if row.book is book)
        assert debit == sum(row.credit_minor for row in rows if row.book is book) > 0


def test_accounts_of_households_are_one_line_that_does_not_open(
    operator: FlaskClient, session: Session, shop: Shop
) -> None:
    page = operator.get("/console/accounts").text
    row = next(
        row for row in accounts.list_classes(session) if row.account_class == "L:payable:hh"
    )

    assert (row.accounts, row.may_be_opened) == (12, False)
    assert re.search(r"HX\d{4}", page) is None
    for address in (
        "accounts/open?class=L:payable:hh",
        "accounts/open?class=T:hh",
        "accounts/statement?code=L:payable:hh:HX0001",
        "accounts/statement?code=A:recover:hh:HX0001",
        "accounts/statement?code=T:hh:HX0001:operating",
    ):
        assert operator.get(f"/console/{address}").status_code == 403


def test_a_wider_class_does_not_list_households_either(
    operator: FlaskClient, session: Session, shop: Shop
) -> None:
    for account_class in ("L", "L:payable", "T", "A:recover"):
        page = operator.get(f"/console/accounts/open?class={account_class}").text
        assert re.search(r"HX\d{4}", page) is None


def test_an_account_opens_down_to_its_entries(operator: FlaskClient, shop: Shop) -> None:
    listed = operator.get("/console/accounts/open?class=L:prepaid").text
    statement = operator.get(f"/console/accounts/statement?code=L:prepaid:{shop.paid}").text

    assert f"L:prepaid:{shop.paid}" in listed
    assert f"L:prepaid:{shop.delivered}" not in listed
    assert "57.80" in statement
    assert operator.get("/console/accounts/statement?code=nonsense").status_code == 422
