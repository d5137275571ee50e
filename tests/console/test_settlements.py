"""The operator settles: four eyes, the file, the bank's answers, what came back."""

import io
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from households import service as households
from households.values import HouseholdId, Identity
from kernel import clock
from kernel.audit import AuditRow
from parties.values import Role
from payments import queries
from payments.values import LineState, PeriodState
from shop.tasks import outbox as relay_task
from tests.builders.people import a_browser, a_person
from tests.builders.places import a_household, a_seller
from tests.builders.settlements import some_accounts, some_owed, some_params

COOP, HOUSEHOLD = "L:payable:coop:C90", "L:payable:hh:H0001"
ACCOUNT = "6200000000000001"
Browser = Callable[[str], FlaskClient]


def _relay(client: FlaskClient) -> None:
    """Do what the worker does next."""
    with client.application.app_context():
        relay_task.relay()


@pytest.fixture
def browser(app: Flask, session: Session) -> Browser:
    """Sign in as one of three operators, or as a manager of the cooperative."""
    some_params(session)
    a_seller(session, "PLATFORM")
    a_seller(session, "C90")
    for login in ("one", "two", "three"):
        a_person(session, login, (Role.OPERATOR, "PLATFORM"))
    a_person(session, "manager", (Role.MANAGER, "C90"))
    a_household(session, "H0001")
    identity = Identity(name="张样例", phone="13800000000", bank_account=ACCOUNT)
    households.seal_identity(session, HouseholdId("H0001"), identity)
    some_accounts(session, "coop:C90")
    at = clock.now() - timedelta(days=40)
    some_owed(session, "1", {COOP: 5_000, HOUSEHOLD: 12_345}, at=at)
    session.commit()
    return lambda login: a_browser(app, login)


def _month() -> tuple[date, date]:
    last = clock.local_date(clock.now()).replace(day=1) - timedelta(days=1)
    return (last.replace(day=1) - timedelta(days=1)).replace(day=1), last


def _closed(one: FlaskClient) -> str:
    first, last = _month()
    form = {"period_from": first.isoformat(), "period_to": last.isoformat()}
    answer = one.post("/console/settlements", data=form)
    code = answer.headers["Location"].rpartition("/")[2]
    assert one.post("/console/settlements", data=form).headers["Location"].endswith(code)
    one.post(f"/console/settlements/{code}/close")
    return code


def _submitted(browser: Browser) -> str:
    one, two, three = browser("one"), browser("two"), browser("three")
    code = _closed(one)
    one.post(f"/console/settlements/{code}/propose")
    two.post(f"/console/settlements/{code}/approve")
    three.post(f"/console/settlements/{code}/approve")
    _relay(one)
    one.post(f"/console/settlements/{code}/submit")
    return code


def _upload(client: FlaskClient, code: str, text: str) -> tuple[int, str]:
    answer = client.post(
        f"/console/settlements/{code}/answers",
        data={"file": (io.BytesIO(text.encode("utf-8-sig")), "answers.csv")},
        content_type="multipart/form-data",
    )
    return answer.status_code, answer.text


def _list(client: FlaskClient, code: str, *ends: str) -> str:
    form = client.get(f"/console/settlements/{code}/answer-form").data.decode("utf-8-sig")
    head, *rows = form.splitlines()
    today = clock.local_date(clock.now()).isoformat()
    filled = [
        row.replace(",,,,", f",{result},B{number},{today},{reason}")
        for number, (row, (result, reason)) in enumerate(
            zip(rows, (end.split("/") for end in ends), strict=True)
        )
    ]
    return "\r\n".join([head, *filled])


def test_from_closing_to_the_bank_by_four_eyes(browser: Browser, session: Session) -> None:
    one, two = browser("one"), browser("two")
    code = _closed(one)
    page = f"/console/settlements/{code}"
    assert "提议支付" in one.get(page).text
    one.post(f"{page}/propose")

    assert one.post(f"{page}/approve").status_code == 403
    two.post(f"{page}/approve")
    assert "您已表态" in two.get(page).text
    assert queries.get_period(session, code).state is PeriodState.PROPOSED
    browser("three").post(f"{page}/approve")
    _relay(one)

    shown = one.get(page).text
    assert "登记已提交银行" in shown
    assert "H0001" in shown
    assert ACCOUNT not in shown
    assert "张样例" not in shown
    first = one.post(f"{page}/file/utf8").data
    assert ACCOUNT.encode() in first
    one.post(f"{page}/submit")
    one.post(f"{page}/submit")
    assert one.post(f"{page}/file/utf8").data == first
    acts = list(session.scalars(select(AuditRow.action)))
    assert acts.count("payout_file_taken") == 2
    assert acts.count("payout_accounts_opened") == 1


def test_answers_are_taken_once_and_returns_are_looked_after(
    browser: Browser, session: Session
) -> None:
    one = browser("one")
    code = _submitted(browser)
    answers = _list(one, code, "成功/", "退回/账户已销户")

    assert _upload(one, code, answers)[0] == 302
    assert "1 笔早已入账" not in one.get("/console/settlements").text
    assert _upload(one, code, answers)[0] == 302

    unfinished = one.get("/console/payouts/unfinished").text
    assert "账户已销户" in unfinished
    line = next(
        row for row in queries.list_unfinished(session) if row.state is LineState.RETURNED
    )
    bad = one.post(f"/console/payouts/lines/{line.id}/account", data={"number": "12"})
    assert bad.status_code == 422
    one.post(f"/console/payouts/lines/{line.id}/account", data={"number": "62000000000099"})
    assert "开立补发" in one.get("/console/payouts/unfinished").text
    again = one.post("/console/settlements/reissue").headers["Location"].rpartition("/")[2]
    assert queries.get_period(session, again).to_pay_minor == 12_345
    record = " ".join(map(str, session.scalars(select(AuditRow.detail))))
    assert "62000000000099" not in record


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("not a list", "首行应为"),
        ("", "首行应为"),
        ("批次号,明细编号,金额(元),结果,银行流水号,日期,退回原因\r\n", "没有明细行"),
    ],
)
def test_a_file_that_is_no_list_is_refused_with_a_sentence(
    browser: Browser, text: str, expected: str
) -> None:
    status, page = _upload(browser("one"), _submitted(browser), text)

    assert status == 422
    assert expected in page


def test_every_faulty_row_is_named_and_nothing_is_booked(
    browser: Browser, session: Session
) -> None:
    one = browser("one")
    code = _submitted(browser)
    good = _list(one, code, "成功/", "成功/")
    bad = good + f"\r\n{code},9,1.00,成功,B9,2026-01-01,\r\nX,1,abc,成功,B8,2026-01-01,"

    status, page = _upload(one, code, bad.replace("50.00", "50.01"))

    assert status == 422
    for word in (
        "第 1 行",
        "金额与明细不一致",
        "第 3 行",
        "没有这个明细编号",
        "第 4 行",
        "abc",
    ):
        assert word in page
    assert queries.get_period(session, code).paid_minor == 0


def test_a_line_can_be_held_before_it_is_proposed(browser: Browser) -> None:
    one = browser("one")
    code = _closed(one)
    page = f"/console/settlements/{code}"

    assert one.post(f"{page}/lines/1/hold", data={"reason": ""}).status_code == 422
    one.post(f"{page}/lines/1/hold", data={"reason": "争议"})
    assert "争议" in one.get(f"{page}?state=held").text
    one.post(f"{page}/lines/1/release")
    assert one.post(f"{page}/lines/9/hold", data={"reason": "x"}).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/console/settlements",
        "/console/payouts/unfinished",
        "/console/payouts/reminders",
        "/console/payouts/messages",
    ],
)
def test_only_operators_come_here(browser: Browser, path: str) -> None:
    assert browser("one").get(path).status_code == 200
    assert browser("manager").get(path).status_code == 403


def test_addresses_that_name_nothing_are_not_found(browser: Browser) -> None:
    one = browser("one")
    code = _closed(one)

    assert one.get("/console/settlements/S1").status_code == 404
    assert one.get("/console/payouts/lines/999").status_code == 404
    assert one.post(f"/console/settlements/{code}/file/pdf").status_code == 404
    assert one.post(f"/console/settlements/{code}/file/utf8").status_code == 404
    assert one.get(f"/console/settlements/{code}?kind=x").status_code == 422
    assert one.post("/console/settlements", data={"period_from": "x"}).status_code == 422


def test_two_people_cancel_what_the_bank_does_not_have(
    browser: Browser, session: Session
) -> None:
    one, two, three = browser("one"), browser("two"), browser("three")
    code = _closed(one)
    page = f"/console/settlements/{code}"
    one.post(f"{page}/propose")
    two.post(f"{page}/approve")
    three.post(f"{page}/approve")
    _relay(one)

    assert one.post(f"{page}/cancel", data={"reason": ""}).status_code == 422
    assert two.post(f"{page}/cancel/confirm").status_code == 409
    one.post(f"{page}/cancel", data={"reason": "金额有误"})
    assert "登记已提交银行" not in one.get(page).text
    assert "撤回申请" in one.get(page).text
    assert one.post(f"{page}/submit").status_code == 409
    assert one.post(f"{page}/cancel/confirm").status_code == 403
    assert "金额有误" in two.get(page).text
    two.post(f"{page}/cancel/refuse")
    one.post(f"{page}/cancel", data={"reason": "金额有误"})
    two.post(f"{page}/cancel/confirm")

    assert queries.get_period(session, code).state is PeriodState.CANCELLED
    assert "结算已取消" in one.get(page).text
    assert one.post(f"{page}/file/utf8").status_code == 409
    acts = list(session.scalars(select(AuditRow.action)))
    assert acts.count("settlement_cancel_asked") == 2
    assert acts.count("settlement_cancelled") == 1


def test_a_payment_that_comes_back_late_is_shown_with_both_days(browser: Browser) -> None:
    one = browser("one")
    code = _submitted(browser)
    answers = _list(one, code, "成功/", "成功/")
    _upload(one, code, answers)
    head, *rows = answers.splitlines()
    late = rows[1].replace("成功", "退回").replace(",B1,", ",L1,") + "账户已销户"

    assert "导入回单" in one.get(f"/console/settlements/{code}").text
    assert _upload(one, code, f"{head}\r\n{late}")[0] == 302

    assert "到账，" in one.get("/console/payouts/unfinished").text
    assert "账户已销户" in one.get(f"/console/settlements/{code}").text
