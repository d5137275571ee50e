"""A payer closes a period in the browser: every share is seen before anything is decided."""

import io
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from households import queries
from households.values import AllotmentState, LinkageModel
from kernel import clock
from parties.values import Role
from tests.builders.allotments import (
    PAYER,
    PDF,
    a_general,
    a_single,
    minors,
    policies,
    shares_of,
)
from tests.builders.people import a_browser, a_person
from tests.builders.places import a_household, a_seller

BASE = "/supplier/allotments"
WAGE = f"{PAYER}|WAGE|own|"
EQUITY = f"{PAYER}|EQUITY|own|{PAYER}-EQUITY"
NOW = clock.now()
LAST = clock.local_date(NOW) - timedelta(days=1)


@pytest.fixture
def clerk(app: Flask, session: Session) -> FlaskClient:
    """A browser of the clerk."""
    a_seller(session, PAYER)
    policies(session)
    a_person(session, "clerk", (Role.CLERK, PAYER))
    return a_browser(app, "clerk")


@pytest.fixture
def manager(app: Flask, session: Session, clerk: FlaskClient) -> FlaskClient:
    """A browser of a second person."""
    del clerk
    a_person(session, "manager", (Role.MANAGER, PAYER))
    return a_browser(app, "manager")


def test_a_payroll_is_approved_by_a_second_person(
    session: Session, clerk: FlaskClient, manager: FlaskClient
) -> None:
    a_single(session, "H1", LinkageModel.WAGE, {"day_rate_fen": 12_000})
    here = _draw_up(clerk, WAGE)
    clerk.post(f"{here}/attendance", data={"attendance": "户号,天数\nH1,22.5,0,0"})
    page = clerk.get(here).text
    assert "2,700.00" in page
    assert "请另一位工作人员登录审批" in page

    own = clerk.post(
        f"{here}/resolve", data=_decision(270_000, "payroll"), follow_redirects=True
    )
    other = manager.post(f"{here}/resolve", data=_decision(270_000, "payroll"))

    assert "须由另一人审批" in own.text
    assert other.status_code == 302
    row = queries.get_allotment(session, here.removeprefix(f"{BASE}/"))
    assert (row.state, row.total_minor) == (AllotmentState.FINAL, 270_000)


@pytest.mark.parametrize(
    ("pasted", "words"),
    [
        ("H1,x", "第 1 行有误"),
        ("H1,1\nH2,0.3", "第 2 行有误"),
        ("H1,1\nH1,2", "出现了两次"),
        ("H9,1", "没有找到农户 H9"),
        ("H1,1,2,3,4", "第 1 行有误"),
    ],
)
def test_a_wrong_attendance_row_is_named_and_kept(
    session: Session, clerk: FlaskClient, pasted: str, words: str
) -> None:
    a_single(session, "H1", LinkageModel.WAGE, {"day_rate_fen": 12_000})
    here = _draw_up(clerk, WAGE)

    answer = clerk.post(f"{here}/attendance", data={"attendance": pasted})

    assert answer.status_code == 422
    assert words in answer.text
    assert pasted.splitlines()[0] in answer.text


def test_a_dividend_is_declared_decided_and_published(
    session: Session, clerk: FlaskClient
) -> None:
    code = _a_dividend(session, clerk)
    here = f"{BASE}/{code}"

    answer = clerk.post(f"{here}/publish", follow_redirects=True)

    assert "已公示" in answer.text
    assert sum(minors(session, code).values()) == 10_000
    assert queries.get_allotment(session, code).state is AllotmentState.ON_NOTICE
    early = clerk.post(f"{here}/finalise", follow_redirects=True)
    assert "期满才能生效" in early.text


def test_a_decision_needs_its_paper(session: Session, clerk: FlaskClient) -> None:
    here = _declared(session, clerk)

    answer = clerk.post(
        f"{here}/resolve", data=_decision(10_000, "members_meeting"), follow_redirects=True
    )

    assert "请先上传会议记录" in answer.text


def test_a_paper_that_is_no_pdf_is_refused(session: Session, clerk: FlaskClient) -> None:
    here = _declared(session, clerk)

    answer = _upload(clerk, here, b"MZ not a pdf")

    assert "请上传 PDF" in answer
    assert queries.list_documents(session, here.removeprefix(f"{BASE}/")) == []


def test_a_total_that_changed_meanwhile_is_not_decided(
    session: Session, clerk: FlaskClient
) -> None:
    here = _declared(session, clerk)
    _upload(clerk, here, PDF)

    answer = clerk.post(
        f"{here}/resolve", data=_decision(9_999, "members_meeting"), follow_redirects=True
    )

    assert "分配合计已有变动" in answer.text


def test_another_payer_s_close_is_not_found(
    app: Flask, session: Session, clerk: FlaskClient
) -> None:
    here = _declared(session, clerk)
    a_seller(session, "C77")
    a_person(session, "stranger", (Role.MANAGER, "C77"))
    stranger = a_browser(app, "stranger")

    assert stranger.get(here).status_code == 404
    assert stranger.post(f"{here}/withdraw", data={"reason": "x"}).status_code == 404


@pytest.mark.parametrize(
    "form",
    [
        {"contract": "nonsense", "period_from": "2025-01-01", "period_to": "2025-01-31"},
        {"contract": EQUITY, "period_from": "x", "period_to": "2025-01-31"},
        {"contract": EQUITY, "period_from": "2025-02-01", "period_to": "2025-01-31"},
        {"contract": EQUITY, "period_from": "2999-01-01", "period_to": "2999-01-31"},
    ],
)
def test_a_form_that_makes_no_sense_is_refused_with_words(
    session: Session, clerk: FlaskClient, form: dict[str, str]
) -> None:
    a_household(session, "H1")
    a_general(session, LinkageModel.EQUITY, shares_of(["H1"]))

    answer = clerk.post(f"{BASE}/new", data=form, follow_redirects=True)

    assert answer.status_code == 200
    assert "flash" in answer.text or "notice" in answer.text
    assert queries.list_allotments(session, [PAYER]) == []


def _draw_up(browser: FlaskClient, contract: str) -> str:
    form = {
        "contract": contract,
        "period_from": LAST.isoformat(),
        "period_to": LAST.isoformat(),
    }
    answer = browser.post(f"{BASE}/new", data=form)
    assert answer.status_code == 302
    return str(answer.headers["Location"])


def _declared(session: Session, browser: FlaskClient) -> str:
    for household in ("H1", "H2", "H3"):
        a_household(session, household)
    a_general(session, LinkageModel.EQUITY, shares_of(["H1", "H2", "H3"]))
    here = _draw_up(browser, EQUITY)
    browser.post(f"{here}/declare", data={"profit_minor": "100.00", "loss_cover_minor": ""})
    return here


def _a_dividend(session: Session, browser: FlaskClient) -> str:
    here = _declared(session, browser)
    _upload(browser, here, PDF)
    browser.post(f"{here}/resolve", data=_decision(10_000, "members_meeting"))
    return here.removeprefix(f"{BASE}/")


def _upload(browser: FlaskClient, here: str, content: bytes) -> str:
    form = {"title": "会议记录", "file": (io.BytesIO(content), "m.pdf", "application/pdf")}
    return browser.post(f"{here}/document", data=form, follow_redirects=True).text


def _decision(total_minor: int, body: str) -> dict[str, str]:
    today = clock.local_date(clock.now()).isoformat()
    return {"total_minor": str(total_minor), "body": body, "decided_on": today}
