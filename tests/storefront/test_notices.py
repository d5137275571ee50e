"""A public notice tells what was decided and nobody's share."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from households import service
from households.values import LinkageModel
from kernel import clock
from kernel.policy import PolicyParam
from tests.builders.allotments import (
    COLLECTIVE,
    PAYER,
    a_draft,
    a_general,
    resolved,
    shares_of,
)
from tests.builders.places import a_household

FEW, MANY = 9, 12
ROBOTS = "noindex, nofollow, noarchive"


def test_enough_households_are_counted_and_summed(
    session: Session, client: FlaskClient
) -> None:
    code = a_notice(session, MANY, PAYER)

    page = client.get(f"/notices/{code}")

    assert page.headers["X-Robots-Tag"] == ROBOTS
    assert "约 10 户" in page.text
    assert "12,345.00" in page.text
    assert "会议记录" in page.text
    assert "H001" not in page.text
    assert code in client.get("/notices").text


def test_few_households_are_neither_counted_nor_summed(
    session: Session, client: FlaskClient
) -> None:
    code = a_notice(session, FEW, PAYER)

    for page in (client.get(f"/notices/{code}"), client.get("/notices")):
        assert " · 不公开 · " in page.text or "<dd>不公开</dd>" in page.text
        assert "12,345" not in page.text


def test_a_sum_that_two_households_hold_is_withheld(
    session: Session, client: FlaskClient
) -> None:
    code = a_notice(session, MANY, PAYER, first=100_000)

    assert "12,345" not in client.get(f"/notices/{code}").text


def test_without_numbers_in_force_nothing_is_told(
    session: Session, client: FlaskClient
) -> None:
    code = a_notice(session, MANY, PAYER, numbers=False)

    page = client.get(f"/notices/{code}").text

    assert "不公开" in page
    assert "12,345" not in page


@pytest.mark.parametrize("days", [7, 30])
def test_a_notice_that_is_over_is_gone(
    session: Session, client: FlaskClient, days: int
) -> None:
    code = a_notice(session, MANY, PAYER, ago=days)

    assert client.get(f"/notices/{code}").status_code == 404
    assert code not in client.get("/notices").text


def test_what_is_not_published_yet_has_no_notice(session: Session, client: FlaskClient) -> None:
    code = a_notice(session, MANY, COLLECTIVE, publish=False)

    assert client.get(f"/notices/{code}").status_code == 404


def a_notice(
    session: Session,
    households: int,
    payer: str,
    *,
    first: int = 1,
    ago: int = 1,
    numbers: bool = True,
    publish: bool = True,
) -> str:
    """Put a dividend of 12,345 yuan for some households on notice."""
    codes = [f"H{number:03}" for number in range(1, households + 1)]
    for code in codes:
        a_household(session, code)
    terms = shares_of(codes)
    terms["shares"][codes[0]] = first
    a_general(session, LinkageModel.EQUITY, terms, payer=payer)
    if numbers:
        _numbers(session)
    at = clock.now() - timedelta(days=ago)
    code = a_draft(
        session,
        LinkageModel.EQUITY,
        organisation_code=payer,
        contract_code=f"{payer}-EQUITY",
        basis={"profit_minor": 1_234_500},
    )
    resolved(session, code, at=at)
    if publish:
        service.publish_allotment(session, code, at=at)
    return code


def _numbers(session: Session) -> None:
    for code, value in (
        ("disclosure_min_households", 10),
        ("disclosure_dominance_percent", 85),
    ):
        session.execute(
            insert(PolicyParam).values(
                code=code,
                value=value,
                unit="",
                valid_from=clock.local_date(clock.now()) - timedelta(days=900),
                basis="test",
                note="",
            )
        )
