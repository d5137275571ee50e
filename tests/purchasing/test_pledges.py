"""A buyer organisation sees its pledges drawn down by what it paid for, and only its own."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import update
from sqlalchemy.orm import Session

from catalog.models import Lot
from kernel import clock
from orders.values import Buyer
from pairing import queries
from pairing.models import Pledge
from pairing.values import PledgeKind
from parties.models import Organisation
from parties.values import OrganisationKind, Role
from tests.builders.people import a_browser, a_person
from tests.builders.places import VILLAGE, once
from tests.builders.sales import World, a_paid_group, a_world
from workflows import order_cancelled
from workflows.order_cancelled import Refusal


@pytest.fixture
def world(session: Session) -> World:
    made = a_world(session)
    at = clock.now()
    session.execute(update(Lot).values(best_before=clock.local_date(at) + timedelta(days=9)))
    for code in ("E1", "E2"):
        values = {
            "code": code,
            "name": f"企业{code}",
            "kind": OrganisationKind.PRIVATE_ENTERPRISE,
            "channel_code": "SHLL",
        }
        once(session, Organisation, values, key="code")
        a_person(session, code.lower(), (Role.BUYER, code))
        session.add(
            Pledge(
                organisation_code=code,
                year=clock.local_date(at).year,
                kind=PledgeKind.PURCHASE,
                village_code=VILLAGE,
                amount_minor=1_000_000,
            )
        )
    session.commit()
    return made


def drawn(session: Session, code: str) -> int:
    return queries.list_pledges(session, organisation_code=code)[0].drawn_minor


def test_a_paid_order_draws_the_buyer_s_own_pledge_and_a_refund_gives_it_back(
    session: Session, world: World
) -> None:
    buyer = Buyer(None, "E1", "SHLL", "person:1")
    group = a_paid_group(session, {world.goat.code: 2}, buyer=buyer, at=clock.now())

    assert (drawn(session, "E1"), drawn(session, "E2")) == (19_600, 0)
    order_cancelled.refund_in_full(
        session, f"{group.number}-1", Refusal("person:1", "test"), at=clock.now()
    )
    assert drawn(session, "E1") == 0


def test_the_page_shows_what_was_drawn_and_nothing_of_others(
    app: Flask, session: Session, world: World
) -> None:
    buyer = Buyer(None, "E1", "SHLL", "person:1")
    group = a_paid_group(session, {world.goat.code: 2}, buyer=buyer, at=clock.now())
    session.commit()

    own = a_browser(app, "e1").get("/purchasing/").text
    other = a_browser(app, "e2")

    assert "¥196.00" in own
    assert group.number in own
    assert group.number not in other.get("/purchasing/").text
    assert other.get(f"/orders/{group.number}").status_code == 404


def test_who_buys_for_nobody_is_kept_out(app: Flask, session: Session) -> None:
    a_person(session, "consumer")
    session.commit()

    assert a_browser(app, "consumer").get("/purchasing/").status_code == 403
