"""Credit lines and refunds by bank in the console: two people, and what the buyer sees."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel import clock
from kernel.audit import AuditRow
from orders.models import OrderGroup
from orders.values import Buyer, GroupState
from parties.values import Role
from payments.models import CreditLine, Refund
from payments.values import RefundState
from payments.values.terms import LineVerdict
from tests.builders.people import a_browser, a_person
from tests.builders.sales import a_group
from tests.builders.terms import some_terms_params
from tests.builders.trade import a_buyer
from tests.builders.transfers import some_transfer_params
from tests.console.conftest import Shop
from workflows import order_cancelled, refund_by_hand, refund_run
from workflows.order_cancelled import Refusal

ACCOUNT = {"holder": "王小姐", "bank": "示例银行", "account": "6200 0000 0000 0123"}
LINE = {"organisation": "E01", "amount": "5000.00", "days": "30", "reason": "三年往来"}


@pytest.fixture
def second(app: Flask, shop: Shop, session: Session) -> FlaskClient:
    a_person(session, "second", (Role.OPERATOR, "PLATFORM"))
    session.commit()
    return a_browser(app, "second")


@pytest.fixture
def member(app: Flask, shop: Shop, session: Session) -> FlaskClient:
    some_transfer_params(session)
    some_terms_params(session)
    a_person(session, "member", (Role.BUYER, a_buyer(session, "E01")))
    session.commit()
    return a_browser(app, "member")


def propose(browser: FlaskClient, **changed: str) -> int:
    today = clock.local_date(clock.now()).isoformat()
    form = {**LINE, "from": today, "until": ""} | changed
    return browser.post("/console/bank/lines", data=form).status_code


def a_granted_line(one: FlaskClient, two: FlaskClient, session: Session) -> None:
    assert propose(one) == 302
    line = session.scalars(select(CreditLine.id)).one()
    two.post(f"/console/bank/lines/{line}", data={"verdict": "approved"})
    session.expire_all()


def test_another_person_approves_a_line_and_the_buyer_orders_on_it(
    operator: FlaskClient,
    second: FlaskClient,
    member: FlaskClient,
    session: Session,
    shop: Shop,
) -> None:
    assert propose(operator) == 302
    line = session.scalars(select(CreditLine.id)).one()
    alone = operator.post(f"/console/bank/lines/{line}", data={"verdict": "approved"})
    assert alone.status_code == 409
    assert "待批准" in second.get("/console/bank/lines").text
    second.post(f"/console/bank/lines/{line}", data={"verdict": "approved"})
    session.expire_all()
    assert session.scalars(select(CreditLine.verdict)).one() is LineVerdict.APPROVED

    buyer = Buyer(None, "E01", "SHLL", "person:1")
    group = a_group(session, {shop.world.goat.code: 1}, buyer=buyer, at=clock.now())
    session.commit()
    page = member.get(f"/pay/{group.number}").text
    assert "用账期下单" in page
    assert "¥5,000.00" in page
    member.post(f"/pay/{group.number}/terms")
    session.expire_all()
    state = select(OrderGroup.state).where(OrderGroup.number == group.number)
    assert session.scalars(state).one() is GroupState.PAID
    assert "现在不用付款" in member.get(f"/orders/{group.number}").text
    assert "现在不用付款" in member.get(f"/pay/{group.number}/bank").text
    assert "还可用" in member.get("/purchasing/terms").text
    assert operator.get("/console/bank/bills").status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"organisation": "nobody"},
        {"amount": "-1"},
        {"amount": "much"},
        {"days": "0"},
        {"days": "366"},
        {"from": "soon"},
        {"until": "2020-01-01"},
        {"reason": " "},
    ],
)
def test_a_line_nobody_could_approve_is_refused(
    operator: FlaskClient, member: FlaskClient, session: Session, wrong: dict[str, str]
) -> None:
    assert propose(operator, **wrong) in (400, 422)
    assert session.scalars(select(CreditLine.id)).all() == []


def test_others_cannot_put_an_order_on_the_organisation_s_line(
    app: Flask,
    operator: FlaskClient,
    second: FlaskClient,
    member: FlaskClient,
    session: Session,
    shop: Shop,
) -> None:
    a_granted_line(operator, second, session)
    buyer = Buyer(None, "E01", "SHLL", "person:1")
    group = a_group(session, {shop.world.goat.code: 1}, buyer=buyer, at=clock.now())
    session.commit()
    for browser in (a_browser(app, "consumer"), app.test_client(), operator):
        answer = browser.post(f"/pay/{group.number}/terms")
        assert answer.status_code in (403, 404)


def a_failed_refund(session: Session, shop: Shop) -> int:
    at = clock.now() - timedelta(minutes=5)
    refund = order_cancelled.refund_in_full(
        session, shop.paid, Refusal("person:1", "damaged"), at=at
    )
    refund_run.order(session, refund, at=at)
    refund_run.refuse(session, refund, "insufficient_funds", at=at)
    session.commit()
    return refund


def test_a_failed_refund_goes_by_hand_through_two_people(
    operator: FlaskClient, second: FlaskClient, session: Session, shop: Shop
) -> None:
    refund, number = a_failed_refund(session, shop), shop.paid.removesuffix("-1")
    page = f"/console/refunds/{refund}"
    assert "insufficient_funds" in operator.get(page).text
    operator.post(f"{page}/by-hand")
    asked = f"/orders/{number}/refunds/{refund}/account"
    assert "填写收款账户" in operator.get(f"/orders/{number}").text
    assert operator.post(asked, data=ACCOUNT | {"account": "12"}).status_code == 422
    operator.post(asked, data=ACCOUNT)
    assert "****0123" in operator.get(page).text
    assert "6200000000000123" not in operator.get(page).text

    operator.post(f"{page}/release")
    assert operator.post(f"{page}/account").status_code == 409
    assert operator.post(f"{page}/pay", data={"reference": "T1"}).status_code == 409
    assert "6200000000000123" in second.post(f"{page}/account").text
    second.post(f"{page}/pay", data={"reference": "T1"})

    session.expire_all()
    assert session.scalars(select(Refund.state)).one() is RefundState.SUCCEEDED
    assert "已通过银行转账退给您" in operator.get(f"/orders/{number}").text
    acts = session.scalars(select(AuditRow.action)).all()
    assert {"refund_account_opened", "refund_released", "refund_paid_by_hand"} <= set(acts)


def test_a_transfer_that_bounced_asks_the_buyer_for_another_account(
    operator: FlaskClient, second: FlaskClient, session: Session, shop: Shop
) -> None:
    refund, number = a_failed_refund(session, shop), shop.paid.removesuffix("-1")
    page, asked = f"/console/refunds/{refund}", f"/orders/{number}/refunds/{refund}/account"
    operator.post(f"{page}/by-hand")
    assert operator.post(f"{page}/bounce", data={"reason": "other"}).status_code == 409
    for reference in ("T1", "T2"):
        operator.post(asked, data=ACCOUNT)
        operator.post(f"{page}/release")
        second.post(f"{page}/pay", data={"reference": reference})
        assert operator.post(f"{page}/bounce", data={"reason": "so"}).status_code == 422
        operator.post(f"{page}/bounce", data={"reason": "name_differs"})
        assert reference in operator.get(page).text
        assert "户名不符" in operator.get(asked).text
        told = operator.get(f"/orders/{number}").text
        assert "银行退回了转账" in told
        assert "填写收款账户" in told
    session.expire_all()
    assert session.scalars(select(Refund.state)).one() is RefundState.MANUAL_BANK
    assert "refund_bounced" in session.scalars(select(AuditRow.action)).all()


def test_a_failed_refund_is_submitted_again_from_its_page(
    operator: FlaskClient, session: Session, shop: Shop
) -> None:
    refund = a_failed_refund(session, shop)
    operator.post(f"/console/refunds/{refund}/resubmit")
    assert operator.post(f"/console/refunds/{refund}/resubmit").status_code == 409
    session.expire_all()
    assert session.scalars(select(Refund.state)).one() is RefundState.SUBMITTED


def test_nobody_reaches_the_account_of_another_order(
    app: Flask, operator: FlaskClient, session: Session, shop: Shop
) -> None:
    refund, number = a_failed_refund(session, shop), shop.paid.removesuffix("-1")
    refund_by_hand.open_failed(session, refund, at=clock.now())
    session.commit()
    other = shop.delivered.removesuffix("-1")
    for browser, group in ((a_browser(app, "consumer"), number), (operator, other)):
        path = f"/orders/{group}/refunds/{refund}/account"
        assert browser.get(path).status_code == 404
        assert browser.post(path, data=ACCOUNT).status_code == 404


def test_the_old_address_of_receivables_leads_on(operator: FlaskClient) -> None:
    answer = operator.get("/console/receivables")
    assert (answer.status_code, answer.location) == (301, "/console/bank/payers")
    assert operator.get("/console/bank/payers").status_code == 200
