"""Groups, pairings and pledges of a region, with purchases counted from orders."""

from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from orders.values import Buyer
from pairing.models import AssistanceGroup, GroupMember, Pairing, Pledge
from pairing.values import PledgeKind
from reporting import assistance
from tests.builders.catalog import NOON
from tests.builders.places import TOWNSHIP, VILLAGE, a_place
from tests.builders.sales import a_paid_group, a_world
from tests.builders.trade import a_buyer, a_purchase
from workflows import order_cancelled
from workflows.order_cancelled import Refusal

NEIGHBOUR = "500156204204"
AS_OF = NOON + timedelta(days=1)


def pair(session: Session, buyer: str, village: str = VILLAGE) -> None:
    a_place(session, village)
    session.add(
        Pairing(
            organisation_code=a_buyer(session, buyer),
            village_code=village,
            since=date(2022, 1, 1),
        )
    )
    session.flush()


def pledge(session: Session, buyer: str, minor: int, village: str | None = None) -> None:
    session.add(
        Pledge(
            organisation_code=a_buyer(session, buyer),
            year=2026,
            kind=PledgeKind.PURCHASE,
            village_code=village,
            amount_minor=minor,
        )
    )
    session.flush()


def test_groups_show_their_members_with_the_lead_first(session: Session) -> None:
    session.add(
        AssistanceGroup(
            sequence=1, name="集团", township_code=a_place(session, TOWNSHIP), lead_unit="乙"
        )
    )
    session.flush()
    for name, is_lead, is_double in (("甲", False, True), ("乙", True, False)):
        session.add(
            GroupMember(
                group_sequence=1, unit_name=name, is_lead=is_lead, is_double_assigned=is_double
            )
        )
    session.flush()

    (group,) = assistance.list_groups(session, "500156")

    assert (list(group.members), group.shared) == (["乙", "甲"], 1)
    assert assistance.list_groups(session, "500156104") == []
    assert len(assistance.list_groups(session, VILLAGE)) == 1


def test_a_pairing_credits_the_village_with_its_own_goods_alone(session: Session) -> None:
    pair(session, "E01")
    a_purchase(session, 5_000, origin=VILLAGE, buyer="E01", refunds=[(NOON, 500)])
    a_purchase(session, 700, origin=NEIGHBOUR, buyer="E01")
    a_purchase(session, 40, origin=None, district="500229", buyer="E01")
    a_purchase(session, 9_000, origin=VILLAGE, buyer=a_buyer(session, "E02"))

    (pairing,) = assistance.list_pairings(session, "500156", year=2026, as_of=AS_OF)

    assert (pairing.in_village_minor, pairing.elsewhere_minor) == (4_500, 700)


@pytest.mark.parametrize(("scope", "seen"), [(VILLAGE, 1), (NEIGHBOUR, 0), (TOWNSHIP, 1)])
def test_pairings_belong_to_a_scope(session: Session, scope: str, seen: int) -> None:
    pair(session, "E01")

    assert len(assistance.list_pairings(session, scope, year=2026, as_of=AS_OF)) == seen


def test_a_pledge_shows_what_paid_orders_took_off_it(session: Session) -> None:
    world = a_world(session)
    pledge(session, "E01", 30_000)
    group = a_paid_group(
        session, {world.shoots.code: 2}, buyer=Buyer(None, "E01", "SHLL", "person:1")
    )

    (row,) = assistance.list_pledges(session, "500156", year=2026, as_of=AS_OF)
    assert (row.drawn_minor, row.percent) == (7_960, 26)

    refusal = Refusal("person:1", "damaged")
    order_cancelled.refund_in_full(session, f"{group.number}-1", refusal, at=NOON)
    (row,) = assistance.list_pledges(session, "500156", year=2026, as_of=AS_OF)
    assert row.drawn_minor == 0


def test_a_pledge_to_the_whole_district_concerns_the_district_alone(session: Session) -> None:
    pledge(session, "E01", 30_000)
    pledge(session, "E02", 10_000, a_place(session, VILLAGE))

    seen = {
        scope: [row.organisation_code for row in found]
        for scope in ("500156", TOWNSHIP, VILLAGE, NEIGHBOUR)
        for found in [assistance.list_pledges(session, scope, year=2026, as_of=AS_OF)]
    }
    assert seen == {
        "500156": ["E01", "E02"],
        TOWNSHIP: ["E02"],
        VILLAGE: ["E02"],
        NEIGHBOUR: [],
    }
