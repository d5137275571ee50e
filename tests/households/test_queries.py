"""Statements and flows: net of refunds, in the month they happen, without names."""

from datetime import UTC, date, datetime, timedelta

from sqlalchemy.orm import Session

from households import queries, service
from households.values import HouseholdId, IncomeClass, LinkageModel
from tests.builders.catalog import NOON
from tests.builders.households import a_contract, a_line

JUNE, JULY, AUGUST = date(2026, 6, 1), date(2026, 7, 1), date(2026, 8, 1)
IN_JULY = datetime(2026, 6, 30, 16, 30, tzinfo=UTC)
"""Half past midnight on the first of July in Shanghai."""
H1 = HouseholdId("H1")


def a_june_sale_partly_refunded_in_july(session: Session) -> int:
    a_contract(session)
    line = a_line(session)
    service.earn(session, [line.id], at=NOON)
    service.reverse_parts(session, {line.id: 3_333}, at=IN_JULY, refund_key="refund:1")
    a_line(session)
    return line.id


def test_a_refund_counts_in_the_month_it_happens(session: Session) -> None:
    a_june_sale_partly_refunded_in_july(session)

    months = queries.list_household_months(session, H1, since=JUNE, until=AUGUST)

    assert [(row.month, row.earned_minor, row.reversed_minor) for row in months] == [
        (JUNE, 2_975, 0),
        (JULY, 0, 992),
    ]
    assert [row.net_minor for row in months] == [2_975, -992]
    assert {(row.model, row.income_class) for row in months} == {
        (LinkageModel.CONSIGN, IncomeClass.OPERATING)
    }
    assert (
        queries.list_household_months(session, H1, since=AUGUST, until=date(2027, 1, 1)) == []
    )


def test_what_was_refunded_before_delivery_is_never_earned(session: Session) -> None:
    a_contract(session)
    line = a_line(session)
    service.reverse_parts(session, {line.id: 3_333}, at=NOON, refund_key="refund:1")
    service.earn(session, [line.id], at=NOON + timedelta(days=1))

    (month,) = queries.list_household_months(session, H1, since=JUNE, until=AUGUST)

    assert (month.earned_minor, month.reversed_minor) == (1_983, 0)
