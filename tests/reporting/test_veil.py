"""Where one or two share, a household reads its own goods and money alone; of three, all."""

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog.models import LotContribution
from households.models import Entitlement
from kernel.policy import PolicyParam
from parties.values import Role
from reporting.explanation import reading, veil
from reporting.explanation.values import Explanation, Reader
from tests.builders.catalog import NOON
from tests.builders.people import a_browser, a_person
from tests.builders.sales import GOAT, a_paid_group, a_world

TODAY = NOON.date()


def a_sale(session: Session, households: int) -> Entitlement:
    """Sell two packs of a lot some households filled; return the first one's part."""
    world = a_world(session, households_each=households)
    a_paid_group(session, {world.goat.code: 2}, at=NOON)
    parts = session.scalars(
        select(Entitlement)
        .where(Entitlement.household_id.is_not(None))
        .order_by(Entitlement.household_id)
    ).all()
    assert len(parts) == households
    return parts[0]


def told_to(session: Session, part: Entitlement, reader: Reader) -> Explanation:
    return reading.explain(session, part.id, reader, on=TODAY)


@pytest.mark.parametrize("households", [1, 2])
def test_too_few_leave_a_household_its_own_goods_and_money(
    session: Session, households: int
) -> None:
    part = a_sale(session, households)

    told = told_to(session, part, Reader(household_id=part.household_id))

    assert told.sale is None
    assert told.own_sale is not None
    assert told.own_sale.weight_g == own_grams(session, part)
    assert told.own_sale.computed_minor == told.amount_minor == part.amount_minor
    assert told.others_from == 3
    assert told.adds_up


def test_three_are_enough_to_read_the_totals(session: Session) -> None:
    part = a_sale(session, 3)

    told = told_to(session, part, Reader(household_id=part.household_id))

    assert (told.others_from, told.own_sale) == (None, None)
    assert told.sale is not None
    assert told.sale.own is not None
    assert told.sale.own.parties == 3


@pytest.mark.parametrize("households", [1, 2, 3])
@pytest.mark.parametrize(
    "office", [Reader(payer_codes=frozenset({GOAT})), Reader(sees_others=True)]
)
def test_an_office_reads_all_of_it_however_few(
    session: Session, households: int, office: Reader
) -> None:
    part = a_sale(session, households)
    reader = Reader(part.household_id, office.payer_codes, sees_others=office.sees_others)

    told = told_to(session, part, reader)

    assert told.others_from is None
    assert told.sale is not None
    assert told.sale.gross_minor == 19_600


def test_a_dated_figure_can_ask_for_more_but_not_for_less(session: Session) -> None:
    part = a_sale(session, 3)
    row = PolicyParam(
        code=veil.PARAM_MIN_CONTRIBUTORS,
        value=4,
        unit="households",
        valid_from=TODAY,
        basis="test",
        note="",
    )
    session.add(row)
    session.flush()
    assert told_to(session, part, Reader(household_id=part.household_id)).others_from == 4

    row.value = 1
    session.flush()
    assert veil.find_minimum(session, on=TODAY) == 3


@pytest.mark.parametrize("households", [1, 2, 3])
def test_page_and_program_withhold_the_same(
    app: Flask, session: Session, households: int
) -> None:
    part = a_sale(session, households)
    a_person(session, "own", household_id=part.household_id)
    a_person(session, "cashier", (Role.CASHIER, GOAT))
    session.commit()
    address = f"/api/v1/entitlements/{part.id}/explanation"

    own = a_browser(app, "own")
    page = own.get(f"/household/earnings/{part.id}").text
    told = own.get(address).get_json()
    office = a_browser(app, "cashier").get(address).get_json()

    is_told = households > 2
    assert ("¥196.00" in page) is is_told
    assert ("等于写出邻居家的数" in page) is not is_told
    assert (told["sale"] is not None) is is_told
    assert ("19600" in str(told)) is is_told
    assert told["amount_minor"] == office["amount_minor"]
    assert office["sale"]["gross_minor"] == 19_600


def own_grams(session: Session, part: Entitlement) -> int:
    return session.scalars(
        select(LotContribution.weight_g).where(
            LotContribution.lot_id == part.lot_id,
            LotContribution.household_id == part.household_id,
        )
    ).one()
