"""Saved invoice titles: kept by their own people, chosen at checkout, gone when removed."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, create_engine, func, select, text
from sqlalchemy.orm import Session

from kernel import vault
from orders.models import OrderGroup
from parties import service as parties
from parties.values import RequestKind, Role, Subject
from payments.errors import TitleNotFoundError, TitlesFullError
from payments.models import InvoiceTitle
from payments.queries import invoices as invoice_queries
from payments.queries import titles as queries
from payments.rules import invoices as rules
from payments.service import titles
from payments.values.invoices import (
    InvoiceForm,
    Title,
    TitleDetails,
    TitleKind,
    TitleOwner,
    TitleReader,
)
from reporting import own_data
from shop.settings import DEMO_VAULT_KEY
from shop.tasks import invoices as tasks
from tests.builders.api import a_shop_of_today
from tests.builders.catalog import NOON
from tests.builders.invoices import some_rates
from tests.builders.people import a_browser, a_person
from tests.builders.sales import a_capture, a_group, a_world
from tests.builders.trade import a_buyer
from workflows import order_paid, subject_erased

BOOK = "/account/invoice-titles"
BODY = "91500000MA5U00000"
TAX_NUMBER = BODY + rules.check_sign(BODY)
ACCOUNT = "6222020200112233445"
PERSONAL = {"kind": "personal", "name": "王小姐", "form": "ordinary"}
SPECIAL = {
    "kind": "enterprise",
    "name": "示例科技有限公司",
    "tax_number": TAX_NUMBER,
    "form": "special",
    "address": "重庆市渝中区民权路28号",
    "phone": "023-63830000",
    "bank": "示例银行渝中支行",
    "account": ACCOUNT,
}
MINE = Title(TitleKind.PERSONAL, "王小姐", "", InvoiceForm.ORDINARY)
FIRM = Title(
    TitleKind.ENTERPRISE,
    SPECIAL["name"],
    TAX_NUMBER,
    InvoiceForm.SPECIAL,
    TitleDetails(SPECIAL["address"], SPECIAL["phone"], SPECIAL["bank"], ACCOUNT),
)


@pytest.fixture
def own(session: Session) -> int:
    made = a_person(session, "own")
    a_person(session, "other")
    session.commit()
    return made


def keep(session: Session, person_id: int, title: Title = MINE, *, first: bool = False) -> int:
    return titles.keep_title(session, TitleOwner(person_id), title, is_default=first, at=NOON)


def book(session: Session, person_id: int) -> list[tuple[str, bool]]:
    session.expire_all()
    rows = queries.list_titles(session, TitleReader(person_id))
    return [(row.title.name, row.is_default) for row in rows]


def test_the_first_is_the_default_the_same_again_is_one_and_twenty_are_enough(
    session: Session, own: int
) -> None:
    mine = keep(session, own)
    assert keep(session, own) == mine
    firm = keep(session, own, FIRM, first=True)
    assert book(session, own) == [(FIRM.name, True), ("王小姐", False)]

    titles.remove_title(session, TitleReader(own), firm)
    assert book(session, own) == [("王小姐", True)]
    for number in range(titles.MAX_TITLES - 1):
        keep(session, own, Title(TitleKind.PERSONAL, f"人{number}", "", InvoiceForm.ORDINARY))
    with pytest.raises(TitlesFullError):
        keep(session, own, FIRM)


def test_what_a_special_invoice_needs_is_checked_field_by_field(
    app: Flask, session: Session, own: int
) -> None:
    browser = a_browser(app, "own")
    wrong = BODY + ("0" if TAX_NUMBER[-1] != "0" else "1")
    for change in (
        {"tax_number": wrong},
        {"kind": "personal"},
        {"name": ""},
        {"bank": ""},
        {"account": "12 34"},
        {"phone": "打我电话"},
        {"address": "街" * 121},
        {"form": "x"},
    ):
        answer = browser.post(BOOK, data=SPECIAL | change)
        assert (answer.status_code, "field-error" in answer.text) == (422, True), change
    assert book(session, own) == []

    assert browser.post(BOOK, data=SPECIAL).status_code == 302
    assert browser.post(BOOK, data=PERSONAL | {"is_default": "yes"}).status_code == 302
    assert book(session, own) == [("王小姐", True), (FIRM.name, False)]
    firm = session.scalars(select(InvoiceTitle.id).where(InvoiceTitle.tax_number != "")).one()
    assert ACCOUNT in browser.get(f"{BOOK}/{firm}").text
    renamed = browser.post(f"{BOOK}/{firm}", data=SPECIAL | {"name": "改名公司"})
    assert (renamed.status_code, browser.post(f"{BOOK}/{firm}/default").status_code) == (
        302,
        302,
    )
    assert book(session, own) == [("改名公司", True), ("王小姐", False)]
    assert browser.post(f"{BOOK}/{firm}/delete").status_code == 302
    assert book(session, own) == [("王小姐", True)]


def test_a_title_of_somebody_else_is_not_there(app: Flask, session: Session, own: int) -> None:
    theirs = keep(session, own, FIRM)
    session.commit()
    other = a_browser(app, "other")

    for answer in (
        other.get(f"{BOOK}/{theirs}"),
        other.post(f"{BOOK}/{theirs}", data=PERSONAL),
        other.post(f"{BOOK}/{theirs}/default"),
        other.post(f"{BOOK}/{theirs}/delete"),
        other.post(f"{BOOK}/{2**63}/delete"),
    ):
        assert answer.status_code == 404
        assert FIRM.name not in answer.text
    assert other.post(BOOK, data=PERSONAL | {"organisation": "E01"}).status_code == 403
    assert book(session, own) == [(FIRM.name, True)]


def test_an_organisation_s_people_choose_and_its_buyers_and_finance_change(
    app: Flask, session: Session
) -> None:
    a_buyer(session, "E01")
    a_buyer(session, "E02")
    a_person(session, "finance", (Role.FINANCE, "E01"))
    a_person(session, "acceptor", (Role.ACCEPTOR, "E01"))
    a_person(session, "stranger", (Role.BUYER, "E02"))
    session.commit()
    finance, acceptor = a_browser(app, "finance"), a_browser(app, "acceptor")

    assert finance.post(BOOK, data=SPECIAL | {"organisation": "E01"}).status_code == 302
    number = session.scalars(select(InvoiceTitle.id)).one()
    assert ACCOUNT in finance.get(BOOK).text
    seen = acceptor.get(BOOK).text
    assert FIRM.name in seen
    assert ACCOUNT not in seen
    assert acceptor.get(f"{BOOK}/{number}").status_code == 404
    assert acceptor.post(f"{BOOK}/{number}/delete").status_code == 404
    assert acceptor.post(BOOK, data=SPECIAL | {"organisation": "E01"}).status_code == 403
    assert FIRM.name not in a_browser(app, "stranger").get(BOOK).text
    reader = TitleReader(1, chooses_for=frozenset({"E02"}))
    with pytest.raises(TitleNotFoundError):
        queries.get_title(session, reader, number)


def test_what_is_kept_is_sealed_carried_away_and_destroyed_with_the_account(
    session: Session, own: int
) -> None:
    keep(session, own, FIRM)
    session.flush()
    row = str(session.execute(text("SELECT t::text FROM invoice_titles t")).one())
    for plain in (FIRM.name, ACCOUNT, FIRM.details.bank, FIRM.details.phone):
        assert plain not in row
        assert plain.encode().hex() not in row
    carried = json.dumps(own_data.of_person(session, own), ensure_ascii=False, default=str)
    assert FIRM.name in carried
    assert ACCOUNT in carried

    asked = parties.receive_request(
        session, Subject(person_id=own), RequestKind.DELETION, words="请删除", at=NOON
    )
    parties.grant_request(session, asked, by="person:9", at=NOON)
    subject_erased.carry_out(session, asked, at=NOON)
    assert session.scalar(select(func.count()).select_from(InvoiceTitle)) == 0


def test_twenty_first_titles_at_once_have_one_default(fresh_database_url: str) -> None:
    vault.use_key(DEMO_VAULT_KEY)
    engine: Engine = create_engine(fresh_database_url, pool_size=20)
    with Session(engine) as session:
        own = a_person(session, "own")
        session.commit()

    def one(number: int) -> None:
        with Session(engine) as session:
            name = f"人{number}"
            keep(session, own, Title(TitleKind.PERSONAL, name, "", InvoiceForm.ORDINARY))
            session.commit()

    with ThreadPoolExecutor(20) as pool:
        list(pool.map(one, range(20)))
    with Session(engine) as session:
        kept = book(session, own)
    engine.dispose()
    assert (len(kept), sum(is_default for _, is_default in kept)) == (20, 1)


def test_the_title_chosen_at_checkout_is_issued_once_the_order_is_paid(
    app: Flask, session: Session, own: int
) -> None:
    world = a_shop_of_today(session)
    some_rates(session)
    mine = keep(session, own)
    theirs = keep(session, a_person(session, "third"))
    session.commit()
    browser = a_browser(app, "own")
    number = ordered(browser, session, world.goat.code, str(mine), theirs)

    page = browser.get(f"/orders/{number}/invoices").text
    assert "付款后自动登记开票" in page
    titles.remove_title(session, TitleReader(own), mine)
    browser.post(f"/pay/{number}/demo")
    for _ in range(2):
        tell_paid(app, number)

    (row,) = invoice_queries.list_of_group(session, number)
    assert row.title == "王小姐"
    assert row.code in browser.get("/account/invoices").text
    assert browser.get(f"/account/invoices/{row.invoice_id}").status_code == 200
    other = a_browser(app, "other")
    assert row.code not in other.get("/account/invoices").text
    assert other.get(f"/account/invoices/{row.invoice_id}").status_code == 404


def tell_paid(app: Flask, number: str) -> None:
    with app.app_context():
        tasks.issue_asked.run({"occurred_at": NOON.isoformat(), "group_number": number})


def ordered(browser: FlaskClient, session: Session, sku: str, title: str, foreign: int) -> str:
    """Order one pack with a title; a title of somebody else orders nothing."""
    browser.post("/basket/lines", data={"sku": sku, "quantity": "1"})
    form = {
        "name": "王小姐",
        "phone": "13800000000",
        "province": "重庆市",
        "city": "重庆市",
        "district": "渝中区",
        "street": "解放碑一号",
        "title": str(foreign),
    }
    assert browser.get("/checkout").text.count('name="title"') == 2
    assert browser.post("/checkout", data=form).status_code == 404
    assert session.scalar(select(func.count()).select_from(OrderGroup)) == 0
    assert browser.post("/checkout", data=form | {"title": title}).status_code == 302
    return session.scalars(select(OrderGroup.number)).one()


def test_what_cannot_be_issued_is_told_and_may_be_asked_again(
    session: Session, client: FlaskClient
) -> None:
    world = a_world(session)
    some_rates(session)
    group = a_group(session, {world.goat.code: 1})
    session.commit()
    where = f"/orders/{group.number}/invoices"
    client.get(f"/orders/{group.number}?key={group.access_key}")
    assert client.post(where, data=SPECIAL).status_code == 302
    order_paid.settle(session, a_capture(session, group))
    session.commit()
    tell_paid(client.application, group.number)

    asked = queries.find_asked(session, group.number)
    assert asked is not None
    assert asked.refusal == "invoice_special_exempt"
    assert "没有开成" in client.get(where).text
    assert client.post(where, data=PERSONAL).status_code == 302
    assert len(invoice_queries.list_of_group(session, group.number)) == 1


def test_several_orders_make_one_invoice_of_each_seller_and_only_one_s_own(
    app: Flask, session: Session, own: int
) -> None:
    world = a_shop_of_today(session)
    some_rates(session)
    session.commit()
    browser, other = a_browser(app, "own"), a_browser(app, "other")
    paid = []
    for client, skus in ((browser, 2), (browser, 1), (other, 1)):
        goods = [world.goat.code, world.shoots.code][:skus]
        paid.append(bought(client, session, goods))
    mine = [f"{paid[0]}-1", f"{paid[0]}-2", f"{paid[1]}-1"]

    page = browser.get("/account/invoices").text
    assert all(number in page for number in mine)
    assert f"{paid[2]}-1" not in page
    wanted = {"order": [*mine, f"{paid[2]}-1"], **PERSONAL}
    assert browser.post("/account/invoices", data=wanted).status_code == 404
    assert browser.post("/account/invoices", data=PERSONAL).status_code == 422
    assert browser.post("/account/invoices", data=wanted | {"order": mine}).status_code == 302
    assert browser.post("/account/invoices", data=wanted | {"order": mine}).status_code == 409

    rows = invoice_queries.list_of_reader(session, TitleReader(own))
    assert (len(rows), {row.group_number for row in rows}) == (2, {None})
    whole = select(func.sum(OrderGroup.total_minor)).where(OrderGroup.number.in_(paid[:2]))
    assert sum(row.gross_minor for row in rows) == session.scalar(whole)


def bought(client: FlaskClient, session: Session, skus: list[str]) -> str:
    for sku in skus:
        client.post("/basket/lines", data={"sku": sku, "quantity": "1"})
    to = {"name": "王小姐", "phone": "13800000000", "province": "重庆市", "city": "重庆市"}
    to |= {"district": "渝中区", "street": "解放碑一号"}
    placed = client.post("/checkout", data=to)
    number = placed.headers["Location"].rpartition("/")[2]
    assert client.post(f"/pay/{number}/demo").status_code == 302
    session.expire_all()
    return number
