"""A signed-in buyer keeps addresses, orders with them, and nobody else ever sees one."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, create_engine, func, select, text, update
from sqlalchemy.orm import Session

from catalog.models import Lot
from orders import queries
from orders import service as orders
from orders.errors import AddressBookFullError, AddressNotFoundError
from orders.models import OrderGroup, SavedAddress
from orders.service.addresses import MAX_ADDRESSES
from orders.values import Recipient
from reporting import own_data
from tests.builders.catalog import NOON
from tests.builders.people import a_browser, a_person
from tests.builders.sales import a_world

BOOK = "/account/addresses"
FORM = {
    "name": "王小姐",
    "phone": "13800000000",
    "province": "重庆市",
    "city": "重庆市",
    "district": "渝中区",
    "street": "解放碑一号",
    "email": "",
}
HOME = Recipient(**FORM)
WORK = Recipient(**(FORM | {"street": "民权路28号"}))
PASTED = "李四 13912345678 广东省深圳市南山区科技园南路1号"


@pytest.fixture
def own(session: Session) -> int:
    made = a_person(session, "own")
    a_person(session, "other")
    session.commit()
    return made


@pytest.fixture
def browser(app: Flask, own: int) -> FlaskClient:
    return a_browser(app, "own")


def book(session: Session, person_id: int) -> list[tuple[str, bool]]:
    session.expire_all()
    rows = queries.list_addresses(session, person_id)
    return [(row.recipient.street, row.is_default) for row in rows]


def number(session: Session, street: str, person_id: int) -> int:
    rows = queries.list_addresses(session, person_id)
    return next(row.address_id for row in rows if row.recipient.street == street)


def test_the_first_address_is_the_default_and_the_same_again_is_one(
    session: Session, own: int
) -> None:
    first = orders.save_address(session, own, HOME, is_default=False, at=NOON)
    again = orders.save_address(session, own, HOME, is_default=False, at=NOON)
    orders.save_address(session, own, WORK, is_default=False, at=NOON)

    assert first == again
    assert book(session, own) == [(HOME.street, True), (WORK.street, False)]


def test_one_default_at_a_time_also_after_deleting_it(session: Session, own: int) -> None:
    home = orders.save_address(session, own, HOME, is_default=False, at=NOON)
    work = orders.save_address(session, own, WORK, is_default=True, at=NOON)
    assert book(session, own) == [(WORK.street, True), (HOME.street, False)]

    orders.delete_address(session, own, work)

    assert book(session, own) == [(HOME.street, True)]
    orders.delete_address(session, own, home)
    assert book(session, own) == []


def test_a_full_book_takes_no_more(session: Session, own: int) -> None:
    for door in range(MAX_ADDRESSES):
        one = Recipient(**(FORM | {"street": f"{door}号"}))
        orders.save_address(session, own, one, is_default=False, at=NOON)

    with pytest.raises(AddressBookFullError):
        orders.save_address(session, own, HOME, is_default=False, at=NOON)


def test_an_address_of_somebody_else_is_not_there(session: Session, own: int) -> None:
    kept = orders.save_address(session, own, HOME, is_default=True, at=NOON)
    other = a_person(session, "third")

    for command in (
        lambda: orders.change_address(session, other, kept, WORK),
        lambda: orders.make_default_address(session, other, kept),
        lambda: orders.delete_address(session, other, kept),
        lambda: queries.get_address(session, other, kept),
    ):
        with pytest.raises(AddressNotFoundError):
            command()
    assert book(session, own) == [(HOME.street, True)]


def test_twenty_first_addresses_at_once_have_one_default(fresh_database_url: str) -> None:
    engine: Engine = create_engine(fresh_database_url, pool_size=20)
    with Session(engine) as session:
        person = a_person(session, "own")
        session.commit()

    def save(door: int) -> None:
        one = Recipient(**(FORM | {"street": f"{door}号"}))
        with Session(engine) as each:
            orders.save_address(each, person, one, is_default=True, at=NOON)
            each.commit()

    with ThreadPoolExecutor(max_workers=20) as pool:
        list(pool.map(save, range(20)))
    with Session(engine) as session:
        kept = queries.list_addresses(session, person)
    engine.dispose()

    assert (len(kept), sum(row.is_default for row in kept)) == (20, 1)


def test_what_is_kept_is_sealed(session: Session, own: int) -> None:
    orders.save_address(session, own, HOME, is_default=True, at=NOON)

    raw = session.execute(text("SELECT recipient FROM saved_addresses")).scalar_one()

    assert HOME.name.encode() not in bytes(raw)
    assert HOME.phone.encode() not in bytes(raw)


def test_the_book_goes_with_what_a_person_carries_away(session: Session, own: int) -> None:
    orders.save_address(session, own, HOME, is_default=True, at=NOON)

    (row,) = own_data.of_person(session, own)["addresses"]

    assert (row["recipient"]["street"], row["is_default"]) == (HOME.street, True)


def test_closing_the_account_destroys_the_book(
    session: Session, browser: FlaskClient, own: int
) -> None:
    orders.save_address(session, own, HOME, is_default=True, at=NOON)
    session.commit()

    browser.post("/account/rights/close", data={"password": "a long password"})

    assert session.scalar(select(func.count()).select_from(SavedAddress)) == 0


def test_the_pages_add_change_choose_and_delete(
    session: Session, browser: FlaskClient, own: int
) -> None:
    assert "还没有保存的地址" in browser.get(BOOK).text
    assert browser.post(BOOK, data=FORM).status_code == 302
    assert browser.post(BOOK, data=FORM | {"street": "民权路28号"}).status_code == 302
    home, work = (number(session, one.street, own) for one in (HOME, WORK))

    assert "解放碑一号" in browser.get(f"{BOOK}/{home}").text
    browser.post(f"{BOOK}/{home}", data=FORM | {"street": "解放碑二号"})
    browser.post(f"{BOOK}/{work}/default")
    assert book(session, own) == [("民权路28号", True), ("解放碑二号", False)]
    browser.post(f"{BOOK}/{home}/delete")

    assert book(session, own) == [("民权路28号", True)]


@pytest.mark.parametrize("step", ["", "/default", "/delete"])
def test_a_foreign_number_changes_nothing_and_echoes_nothing(
    app: Flask, session: Session, own: int, step: str
) -> None:
    kept = orders.save_address(session, own, HOME, is_default=True, at=NOON)
    session.commit()
    other = a_browser(app, "other")

    for wanted in (kept, 10**12, 2**63 - 1):
        answer = other.post(f"{BOOK}/{wanted}{step}", data=FORM | {"street": "别处"})
        assert answer.status_code == 404
        assert HOME.street not in answer.text
    assert other.get(f"{BOOK}/{kept}").status_code == 404
    assert other.get(f"{BOOK}/{2**63}").status_code == 404
    assert book(session, own) == [(HOME.street, True)]


def test_faults_stand_at_their_fields(browser: FlaskClient, session: Session, own: int) -> None:
    for wrong in (
        {"phone": "ring me"},
        {"name": ""},
        {"street": "x" * 121},
        {"name": "王\t小姐"},
    ):
        answer = browser.post(BOOK, data=FORM | wrong)
        assert answer.status_code == 422
        assert 'aria-invalid="true"' in answer.text
    assert book(session, own) == []


def test_a_guest_has_no_book(client: FlaskClient) -> None:
    assert client.get(BOOK).status_code in {302, 401}
    assert client.post(BOOK, data=FORM).status_code in {302, 401}


def test_pasted_text_fills_the_fields_and_keeps_nothing(
    browser: FlaskClient, session: Session, own: int
) -> None:
    page = browser.post(f"{BOOK}/pasted", data={"pasted": PASTED, "email": "a@b.cn"})

    for value in (
        "李四",
        "13912345678",
        "广东省",
        "深圳市",
        "南山区",
        "科技园南路1号",
        "a@b.cn",
    ):
        assert f'value="{value}"' in page.text
    assert book(session, own) == []


def test_checkout_fills_in_the_default_and_any_other_of_the_book(
    session: Session, browser: FlaskClient, own: int
) -> None:
    session.execute(update(Lot).values(best_before=None))
    world = a_world(session)
    session.execute(update(Lot).values(best_before=None))
    orders.save_address(session, own, HOME, is_default=True, at=NOON)
    work = orders.save_address(session, own, WORK, is_default=False, at=NOON)
    session.commit()
    browser.post("/basket/lines", data={"sku": world.goat.code, "quantity": "1"})

    assert 'value="解放碑一号"' in browser.get("/checkout").text
    assert 'value="民权路28号"' in browser.get(f"/checkout?address={work}").text
    fresh = browser.get("/checkout?address=new").text
    assert 'id="street" name="street" type="text" value=""' in fresh
    pasted = browser.post("/checkout/pasted", data={"pasted": PASTED}).text
    assert 'value="科技园南路1号"' in pasted

    placed = browser.post("/checkout", data=FORM | {"street": "新街3号", "keep": "yes"})

    assert placed.status_code == 302
    sent = json.loads(session.scalars(select(OrderGroup.recipient)).one())
    assert sent["street"] == "新街3号"
    assert ("新街3号", False) in book(session, own)


def test_an_order_keeps_its_address_when_the_book_changes(
    session: Session, browser: FlaskClient, own: int
) -> None:
    world = a_world(session)
    session.execute(update(Lot).values(best_before=None))
    session.commit()
    browser.post("/basket/lines", data={"sku": world.goat.code, "quantity": "1"})
    browser.post("/checkout", data=FORM | {"keep": "yes"})

    browser.post(f"{BOOK}/{number(session, HOME.street, own)}/delete")

    sent = json.loads(session.scalars(select(OrderGroup.recipient)).one())
    assert (sent["street"], book(session, own)) == (HOME.street, [])
