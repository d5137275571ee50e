"""Who asks to be forgotten is forgotten, but is first delivered to and paid."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from catalog.models import Lot
from households import service as households
from households.models import HouseholdBaseline
from households.values import Baseline, HouseholdId
from kernel.outbox import OutboxRow
from ledger import service as ledger
from orders.models import OrderGroup
from orders.queries import GroupCaller, get_group
from orders.values import Buyer
from parties import queries, service
from parties.errors import SignInRefusedError
from parties.models import Person
from parties.values import PersonId, RequestKind, RequestState, Subject
from tests.builders.catalog import NOON
from tests.builders.cold_chain import a_device
from tests.builders.ledger import a_payment, an_earning
from tests.builders.looks import IDENTITY, a_param, a_sealed_household
from tests.builders.people import PASSWORD, a_person
from tests.builders.sales import RECIPIENT, a_paid_group, a_world
from workflows import order_delivered, order_shipped, retention, subject_erased
from workflows.order_delivered import Receipt
from workflows.travel import HandOver

LATER = NOON + timedelta(hours=2)


def asked(session: Session, subject: Subject) -> int:
    request_id = service.receive_request(
        session, subject, RequestKind.DELETION, words="请删除", at=NOON
    )
    service.grant_request(session, request_id, by="person:9", at=NOON)
    return request_id


def a_buying_person(session: Session) -> tuple[PersonId, str]:
    world = a_world(session)
    person = a_person(session, "buyer@example.com")
    buyer = Buyer(person, None, "SHLL", f"person:{person}")
    group = a_paid_group(session, {world.shoots.code: 1}, at=NOON, buyer=buyer)
    return person, group.number


def delivered(session: Session, number: str) -> None:
    logger = a_device(session)
    order_shipped.pack(session, f"{number}-1", actor="person:1", at=NOON)
    hand_over = HandOver(actor="person:1", device_code=logger)
    order_shipped.ship(session, f"{number}-1", hand_over, at=NOON)
    receipt = Receipt("person:1", "recipient")
    order_delivered.deliver(session, f"{number}-1", receipt, at=NOON + timedelta(hours=1))


def sealed_everywhere(session: Session) -> str:
    rows = session.scalars(select(OrderGroup.recipient)).all()
    names = session.scalars(select(Person.display_name)).all()
    return "".join([*rows, *names])


def test_a_buyer_with_an_order_under_way_waits(session: Session) -> None:
    person, _number = a_buying_person(session)
    request_id = asked(session, Subject(person_id=person))

    waits_for = subject_erased.carry_out(session, request_id, at=LATER)

    row = queries.get_request(session, request_id)
    assert (waits_for, row.hold_reason) == ("open_orders", "open_orders")
    assert row.state is RequestState.HELD
    assert RECIPIENT.phone in sealed_everywhere(session)


def test_a_buyer_is_forgotten_once_delivered_to(session: Session) -> None:
    person, number = a_buying_person(session)
    request_id = asked(session, Subject(person_id=person))
    subject_erased.carry_out(session, request_id, at=NOON)
    delivered(session, number)

    assert subject_erased.carry_out(session, request_id, at=LATER) is None

    assert RECIPIENT.phone not in sealed_everywhere(session)
    assert RECIPIENT.name not in sealed_everywhere(session)
    assert "Buyer" not in sealed_everywhere(session)
    assert session.scalar(select(Person.login).where(Person.id == person)) == f"erased-{person}"
    with pytest.raises(SignInRefusedError):
        service.sign_in(session, login="buyer@example.com", password=PASSWORD)
    assert queries.find_signed_in(session, person, on=LATER.date()) is None
    assert queries.get_request(session, request_id).words is None


def test_the_transaction_stays_for_the_books(session: Session) -> None:
    person, number = a_buying_person(session)
    delivered(session, number)
    subject_erased.carry_out(session, asked(session, Subject(person_id=person)), at=LATER)

    group = session.get_one(OrderGroup, number)
    assert group.buyer_person_id == person
    assert group.total_minor > 0


def test_copies_outside_are_told_which_orders_to_forget(session: Session) -> None:
    person, number = a_buying_person(session)
    delivered(session, number)
    subject_erased.carry_out(session, asked(session, Subject(person_id=person)), at=LATER)

    payload = session.scalars(
        select(OutboxRow.payload).where(OutboxRow.fact == "SubjectErased")
    ).one()
    assert payload["group_numbers"] == [number]


def a_household_that_leaves(session: Session) -> tuple[HouseholdId, int]:
    household = a_sealed_household(session, "H1")
    a_person(session, "own", household_id=household)
    return household, asked(session, Subject(household_id=household))


def test_a_household_that_is_owed_nothing_is_forgotten(session: Session) -> None:
    household, request_id = a_household_that_leaves(session)

    assert subject_erased.carry_out(session, request_id, at=LATER) is None

    assert households.open_own_identity(session, household) is None
    row = session.execute(text("SELECT * FROM household_identities")).mappings().one()
    assert {row[name] for name in ("name", "phone", "id_number", "bank_account")} == {None}
    assert session.scalar(select(Person.household_id).where(Person.login == "own")) is None


def test_a_household_that_is_owed_money_is_paid_first(session: Session) -> None:
    household, request_id = a_household_that_leaves(session)
    ledger.post(session, a_payment("K0"))
    ledger.post(session, an_earning("K1", {f"L:payable:hh:{household}": 500}))

    waits_for = subject_erased.carry_out(session, request_id, at=LATER)

    left = households.open_own_identity(session, household)
    assert waits_for == "money_owed"
    assert left is not None
    assert (left.name, left.bank_account) == (IDENTITY.name, IDENTITY.bank_account)
    assert (left.phone, left.id_number) == (None, None)


def test_a_household_whose_goods_are_on_sale_waits(session: Session) -> None:
    a_world(session)
    grower = session.execute(text("SELECT household_id FROM lot_contributions LIMIT 1"))
    household = HouseholdId(grower.scalar_one())
    households.seal_identity(session, household, IDENTITY)
    request_id = asked(session, Subject(household_id=household))

    assert subject_erased.carry_out(session, request_id, at=LATER) == "sales_under_way"

    session.execute(update(Lot).values(sold=Lot.sold + Lot.available, available=0))
    assert subject_erased.carry_out(session, request_id, at=LATER) is None


def test_recipients_go_after_their_term_and_not_before(session: Session) -> None:
    _person, number = a_buying_person(session)
    a_param(session, "retention_recipient_days", 180)
    delivered(session, number)

    early = retention.sweep(session, at=NOON + timedelta(days=179))
    late = retention.sweep(session, at=NOON + timedelta(days=181))
    again = retention.sweep(session, at=NOON + timedelta(days=182))

    assert [counts["retention_recipient_days"] for counts in (early, late, again)] == [0, 1, 0]
    assert RECIPIENT.phone not in sealed_everywhere(session)


def test_an_order_under_way_keeps_its_address_whatever_its_age(session: Session) -> None:
    a_buying_person(session)
    a_param(session, "retention_recipient_days", 1)

    assert retention.sweep(session, at=NOON + timedelta(days=400)) == {
        "retention_recipient_days": 0
    }


def test_transactions_of_the_erased_lose_their_number_after_three_years(
    session: Session,
) -> None:
    person, number = a_buying_person(session)
    delivered(session, number)
    subject_erased.carry_out(session, asked(session, Subject(person_id=person)), at=LATER)
    a_param(session, "retention_transaction_years", 3)

    retention.sweep(session, at=NOON + timedelta(days=3 * 365))
    buyer = select(OrderGroup.buyer_person_id).where(OrderGroup.number == number)
    kept = session.scalar(buyer)
    retention.sweep(session, at=NOON + timedelta(days=3 * 366))

    assert kept == person
    assert session.scalar(buyer) is None


def test_baselines_of_an_erased_household_go_with_its_term(session: Session) -> None:
    household, request_id = a_household_that_leaves(session)
    figures = dict.fromkeys(
        (
            "wage_minor",
            "operating_gross_minor",
            "operating_cost_minor",
            "property_minor",
            "transfer_minor",
        ),
        1,
    )
    households.record_baseline(session, household, Baseline(year=2021, **figures))
    subject_erased.carry_out(session, request_id, at=LATER)
    a_param(session, "retention_transaction_years", 3)

    retention.sweep(session, at=LATER + timedelta(days=3 * 366))

    assert session.scalars(select(HouseholdBaseline)).all() == []


def test_without_a_term_nothing_is_swept(session: Session) -> None:
    a_buying_person(session)

    assert retention.sweep(session, at=NOON + timedelta(days=9_999)) == {}


def test_staff_sees_who_an_order_goes_to_masked_only(session: Session) -> None:
    person, number = a_buying_person(session)
    staff = GroupCaller(person_id=PersonId(person + 1), may_see_all=True)

    own = get_group(session, number, GroupCaller(person_id=person)).recipient
    masked = get_group(session, number, staff).recipient

    assert own == RECIPIENT
    assert (masked.name, masked.phone, masked.street) == ("王**", "138****0000", "****")
    assert masked.city == RECIPIENT.city
