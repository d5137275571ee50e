"""Staff of a cooperative see how a household's part came to be, by number, never by name."""

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from households.models import Entitlement
from parties.values import Role
from tests.builders.catalog import NOON
from tests.builders.people import a_browser, a_person
from tests.builders.sales import GOAT, SHOOTS, a_paid_group, a_world


@pytest.fixture
def address(session: Session) -> str:
    world = a_world(session)
    a_paid_group(session, {world.goat.code: 2}, at=NOON)
    a_person(session, "manager", (Role.MANAGER, GOAT))
    a_person(session, "packer", (Role.PACKER, GOAT))
    a_person(session, "elsewhere", (Role.MANAGER, SHOOTS))
    session.commit()
    part = session.scalars(select(Entitlement).where(Entitlement.household_id == "HX0003"))
    return f"/supplier/entitlements/{part.one().id}"


def test_the_payer_reads_the_sum(app: Flask, address: str) -> None:
    page = a_browser(app, "manager").get(address)

    assert "HX0003" in page.text
    assert "HX0004" not in page.text
    assert "重新计算与记录一致" in page.text


def test_another_payer_finds_nothing(app: Flask, address: str) -> None:
    assert a_browser(app, "elsewhere").get(address).status_code == 404


def test_who_packs_boxes_sees_no_single_amounts(app: Flask, address: str) -> None:
    assert a_browser(app, "packer").get(address).status_code == 403
