"""A manager invites, a household or somebody on its behalf answers; others see none of it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from households import queries, service
from households.models import MembershipMove
from households.queries import memberships
from households.values import HouseholdId, Identity
from kernel import clock
from kernel.audit import AuditRow
from parties.values import Role
from tests.builders.looks import IDENTITY, a_sealed_household
from tests.builders.people import a_browser, a_person
from tests.builders.places import TOWNSHIP, VILLAGE, a_household, a_seller
from tests.builders.purchases import a_purchase_contract

OTHER_VILLAGE = "500156204204"
TODAY = clock.local_date(clock.now())
INVITATIONS = "/supplier/members/invitations"
WORDS = {"words": "没有电话，当面答应"}
NAMELESS = Identity(name="李小红", phone=None, id_number=None, bank_account=None)
PEOPLE = {
    "manager": [(Role.MANAGER, "C90")],
    "clerk": [(Role.CLERK, "C90")],
    "packer": [(Role.PACKER, "C90")],
    "elsewhere": [(Role.MANAGER, "C91"), (Role.CLERK, "C91")],
    "village": [(Role.OFFICIAL, VILLAGE)],
    "neighbour": [(Role.OFFICIAL, OTHER_VILLAGE)],
    "township": [(Role.OFFICIAL, TOWNSHIP)],
    "own": [],
    "other": [],
}


@pytest.fixture
def enter(app: Flask, session: Session) -> Callable[[str], FlaskClient]:
    """Two cooperatives, a household with an account (H1) and one without phone (H2)."""
    a_seller(session, "C90")
    a_seller(session, "C91")
    a_sealed_household(session, "H1")
    a_household(session, "H2")
    service.seal_identity(session, HouseholdId("H2"), NAMELESS)
    a_household(session, "H3", OTHER_VILLAGE)
    session.commit()
    known: set[str] = set()

    def browser(login: str) -> FlaskClient:
        if login not in known:
            household = {"own": "H1", "other": "H3"}.get(login)
            a_person(session, login, *PEOPLE[login], household_id=household)
            session.commit()
            known.add(login)
        return a_browser(app, login)

    return browser


def invite(browser: FlaskClient, household: str = "H1", day: str = "") -> int:
    answer = browser.post(
        INVITATIONS, data={"household": household, "day": day or TODAY.isoformat()}
    )
    return answer.status_code


def newest(session: Session) -> int:
    return session.scalar(select(func.max(MembershipMove.id))) or 0


def members(session: Session) -> list[str]:
    return list(queries.list_member_numbers(session, "C90", on=TODAY))


def test_a_household_joins_by_its_own_answer(
    session: Session, enter: Callable[[str], FlaskClient]
) -> None:
    enter("own")
    assert invite(enter("manager")) == 302
    assert members(session) == []
    assert "等农户答复" in enter("manager").get(INVITATIONS).text
    household = enter("own")
    assert "邀请您家加入" in household.get("/household/").text
    assert "合作社C90" in household.get("/household/membership").text

    answer = household.post(
        f"/household/membership/{newest(session)}/answer", data={"answer": "agree"}
    )

    assert answer.status_code == 302
    assert members(session) == ["H1"]
    assert "已同意" in enter("manager").get(INVITATIONS).text


def test_a_household_refuses(session: Session, enter: Callable[[str], FlaskClient]) -> None:
    invite(enter("manager"))
    enter("own").post(
        f"/household/membership/{newest(session)}/answer", data={"answer": "refuse"}
    )

    assert members(session) == []
    assert "不同意" in enter("manager").get(INVITATIONS).text


def test_a_household_leaves_by_itself(
    session: Session, enter: Callable[[str], FlaskClient]
) -> None:
    service.join_cooperative(session, HouseholdId("H1"), "C90", on=TODAY - timedelta(days=9))
    household, tomorrow = enter("own"), TODAY + timedelta(days=1)

    for code, expected in [("C91", 404), ("NONE", 404), ("C90", 302)]:
        answer = household.post(
            f"/household/membership/{code}/leave",
            data={"day": tomorrow.isoformat(), "words": "搬到外地去了"},
        )
        assert answer.status_code == expected

    assert queries.list_member_numbers(session, "C90", on=tomorrow) == ["H1"]
    assert queries.list_member_numbers(session, "C90", on=tomorrow + timedelta(days=1)) == []


def test_what_keeps_a_member_is_said_before_and_after(
    session: Session, enter: Callable[[str], FlaskClient]
) -> None:
    service.join_cooperative(session, HouseholdId("H1"), "C90", on=TODAY)
    a_purchase_contract(session, "H1", seller="C90")
    manager, form = enter("manager"), {"day": TODAY.isoformat(), "words": "自愿退社"}
    page = "/supplier/members/H1/leave"

    assert "现在还不能退出" in manager.get(page).text
    refused = manager.post(page, data=form)

    assert (refused.status_code, members(session)) == (422, ["H1"])
    assert "HT-C90-H1-ORDER" in refused.text
    own = enter("own")
    assert "现在还不能退出" in own.get("/household/membership").text
    assert own.post("/household/membership/C90/leave", data=form).status_code == 422


@pytest.mark.parametrize(
    ("login", "page"),
    [("clerk", INVITATIONS), ("village", "/oversight/memberships")],
)
def test_a_household_without_phone_is_answered_for_with_a_reason(
    session: Session, enter: Callable[[str], FlaskClient], login: str, page: str
) -> None:
    invite(enter("manager"), "H2")
    helper, address = enter(login), f"{page}/{newest(session)}/answer"
    assert "代农户答复" in helper.get(page).text

    assert helper.post(address, data={"answer": "agree"}).status_code == 422
    assert members(session) == []
    assert helper.post(address, data={"answer": "agree"} | WORDS).status_code == 302

    assert members(session) == ["H2"]
    row = session.execute(
        select(AuditRow.action, AuditRow.detail).order_by(AuditRow.id.desc()).limit(1)
    ).one()
    assert row.action == "membership_agreed"
    assert WORDS["words"] not in str(row.detail)


def test_nobody_answers_for_a_household_with_phone_and_account(
    session: Session, enter: Callable[[str], FlaskClient]
) -> None:
    enter("own")
    invite(enter("manager"))
    for login, page in [("clerk", INVITATIONS), ("village", "/oversight/memberships")]:
        answer = enter(login).post(
            f"{page}/{newest(session)}/answer", data={"answer": "agree"} | WORDS
        )
        assert answer.status_code == 422
        assert "代农户答复" not in enter(login).get(page).text
    assert members(session) == []


def test_strangers_neither_see_nor_answer_nor_withdraw(
    session: Session, enter: Callable[[str], FlaskClient]
) -> None:
    invite(enter("manager"), "H2")
    move = newest(session)
    pages = {
        "elsewhere": INVITATIONS,
        "neighbour": "/oversight/memberships",
        "township": "/oversight/memberships",
    }
    for login, page in pages.items():
        browser = enter(login)
        assert "H2" not in browser.get(page).text
        refused = browser.post(f"{page}/{move}/answer", data={"answer": "agree"} | WORDS)
        assert refused.status_code in {404, 422}
    assert enter("elsewhere").post(f"{INVITATIONS}/{move}/withdraw").status_code == 404
    answer = enter("other").post(
        f"/household/membership/{move}/answer", data={"answer": "agree"}
    )
    assert answer.status_code == 404
    assert members(session) == []
    states = [row.state for row in memberships.list_moves(session, limit=9)]
    assert [str(state) for state in states] == ["open"]


@pytest.mark.parametrize(
    ("login", "method", "path"),
    [
        ("clerk", "post", INVITATIONS),
        ("clerk", "get", f"/supplier/members/villages/{VILLAGE}"),
        ("clerk", "get", "/supplier/members/H1/leave"),
        ("clerk", "post", "/supplier/members/H1/leave"),
        ("manager", "post", f"{INVITATIONS}/1/answer"),
        ("packer", "get", INVITATIONS),
        ("own", "get", INVITATIONS),
        ("manager", "get", "/oversight/memberships"),
        ("manager", "get", "/household/membership"),
    ],
)
def test_each_role_has_its_part(
    enter: Callable[[str], FlaskClient], login: str, method: str, path: str
) -> None:
    assert getattr(enter(login), method)(path).status_code == 403


@pytest.mark.parametrize(
    ("household", "day"),
    [
        ("NOBODY", ""),
        ("", ""),
        ("H1" * 200, ""),
        ("H1", "tomorrow"),
        ("H1", "1999-01-01"),
        ("H1", "9999-12-31"),
    ],
)
def test_impossible_invitations_are_refused_in_words(
    session: Session, enter: Callable[[str], FlaskClient], household: str, day: str
) -> None:
    assert invite(enter("manager"), household, day) == 422
    assert newest(session) == 0


def test_villages_of_the_cooperative_are_offered_by_number_alone(
    session: Session, enter: Callable[[str], FlaskClient]
) -> None:
    page = enter("manager").get(f"/supplier/members/villages/{VILLAGE}")

    assert "H1" in page.text
    assert "H3" not in page.text
    assert not any(
        secret and secret in page.text
        for secret in (IDENTITY.name, IDENTITY.phone, NAMELESS.name, "张**")
    )
    assert (
        session.scalars(select(AuditRow.action).order_by(AuditRow.id.desc()).limit(1)).one()
        == "households_offered"
    )
    assert (
        enter("manager").get(f"/supplier/members/villages/{OTHER_VILLAGE}").status_code == 404
    )


def test_a_member_of_another_cooperative_is_not_let_go(
    session: Session, enter: Callable[[str], FlaskClient]
) -> None:
    service.join_cooperative(session, HouseholdId("H1"), "C90", on=TODAY)
    elsewhere = enter("elsewhere")
    form = {"day": TODAY.isoformat(), "words": "自愿退社"}

    assert elsewhere.get("/supplier/members/H1/leave").status_code == 404
    assert elsewhere.post("/supplier/members/H1/leave", data=form).status_code == 404
    assert members(session) == ["H1"]


def test_an_invitation_is_taken_back(
    session: Session, enter: Callable[[str], FlaskClient]
) -> None:
    invite(enter("manager"))

    assert enter("manager").post(f"{INVITATIONS}/{newest(session)}/withdraw").status_code == 302

    assert "邀请您家加入" not in enter("own").get("/household/membership").text
