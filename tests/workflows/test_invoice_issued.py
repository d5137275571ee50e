"""Invoices: once for every fen paid, tax to the fen, red-letter for refunds, no gap."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, create_engine, func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from kernel import vault
from kernel.errors import ConflictError, InvalidError
from orders import queries as order_queries
from parties.values import OrganisationKind
from payments.models import Invoice
from payments.queries import invoices as queries
from payments.rules import invoices as rules
from payments.service import invoices
from payments.values.invoices import InvoiceForm, InvoiceLine, TaxRate, Title, TitleKind
from reporting.invariants.invoices import CHECKS
from shop.settings import DEMO_VAULT_KEY
from tests.builders.catalog import NOON
from tests.builders.invoices import some_rates
from tests.builders.sales import World, a_paid_group, a_world
from workflows import invoice_issued, order_cancelled
from workflows.invoice_issued import InvoiceWish
from workflows.order_cancelled import LineBack, PartBack, Refusal

BODY = "91500000MA5U00000"
TAX_NUMBER = BODY + rules.check_sign(BODY)
PERSON = Title(TitleKind.PERSONAL, "王小姐", "", InvoiceForm.ORDINARY)
REFUSAL = Refusal("person:1", "spoiled")
ISSUERS = 100


def a_wish(number: str, title: Title = PERSON, *, parts: int = 1) -> InvoiceWish:
    return InvoiceWish(
        title=title,
        order_numbers=tuple(f"{number}-{part}" for part in range(1, parts + 1)),
        group_number=number,
    )


@pytest.fixture
def world(session: Session) -> World:
    world = a_world(session)
    some_rates(session)
    return world


def holds(session: Session) -> bool:
    session.flush()
    return all(session.execute(text(check.statement)).one().broken == 0 for check in CHECKS)


def test_every_seller_invoices_its_part_once(session: Session, world: World) -> None:
    group = a_paid_group(session, {world.goat.code: 1, world.shoots.code: 1})
    issued = invoice_issued.issue(session, a_wish(group.number, parts=2), at=NOON)

    rows = queries.list_of_group(session, group.number)
    assert len(issued) == len(rows) == 2
    assert sum(row.gross_minor for row in rows) == group.total_minor
    with pytest.raises(ConflictError):
        invoice_issued.issue(session, a_wish(group.number, parts=2), at=NOON)
    assert holds(session)


def test_goods_of_agriculture_are_exempt_and_shipping_is_not(
    session: Session, world: World
) -> None:
    group = a_paid_group(session, {world.shoots.code: 1})
    (issued,) = invoice_issued.issue(session, a_wish(group.number), at=NOON)
    _, lines = queries.get_invoice(session, issued)

    goods, shipping = lines
    assert (goods.is_exempt, goods.tax_minor) == (True, 0)
    assert (shipping.tax_bp, shipping.tax_minor) == (900, rules.tax_within(1_800, 900))
    special = Title(TitleKind.ENTERPRISE, "示例公司", TAX_NUMBER, InvoiceForm.SPECIAL)
    other = a_paid_group(session, {world.shoots.code: 1})
    with pytest.raises(InvalidError, match="exempt"):
        invoice_issued.issue(session, a_wish(other.number, special), at=NOON)


def test_refunds_are_taken_back_by_red_letters_once_and_to_nothing(
    session: Session, world: World
) -> None:
    group = a_paid_group(session, {world.goat.code: 2})
    order = f"{group.number}-1"
    invoice_issued.issue(session, a_wish(group.number), at=NOON)
    (line,) = order_queries.list_line_heads(session, order_number=order)
    part = PartBack(key="p1", lines=(LineBack(line.line_id, 3_333),))
    order_cancelled.refund_in_part(session, order, part, REFUSAL, at=NOON)

    assert len(invoice_issued.take_back(session, order, at=NOON)) == 1
    assert invoice_issued.take_back(session, order, at=NOON) == []
    order_cancelled.refund_in_full(session, order, REFUSAL, at=NOON)
    invoice_issued.take_back(session, order, at=NOON)

    rows = queries.list_of_group(session, group.number)
    assert sorted(row.number for row in rows) == [1, 2, 3]
    assert sum(row.gross_minor for row in rows) == 0
    assert sum(row.tax_minor for row in rows) == 0
    assert holds(session)


def test_an_invoice_never_changes_but_for_its_official_number(
    session: Session, world: World
) -> None:
    group = a_paid_group(session, {world.goat.code: 1})
    (issued,) = invoice_issued.issue(session, a_wish(group.number), at=NOON)
    row, _ = queries.get_invoice(session, issued)

    for change in ("UPDATE invoices SET tax_minor = 1", "DELETE FROM invoice_lines"):
        with pytest.raises(DBAPIError), session.begin_nested():
            session.execute(text(change))
    with pytest.raises(InvalidError):
        invoices.record_official(
            session, issued, "号码", seller_code=row.seller_code, by=1, at=NOON
        )


def test_titles_are_checked() -> None:
    checked = rules.checked_title
    enterprise, ordinary = TitleKind.ENTERPRISE, InvoiceForm.ORDINARY

    assert checked(enterprise, " 公司 ", TAX_NUMBER.lower(), ordinary).tax_number == TAX_NUMBER
    wrong = BODY + ("0" if TAX_NUMBER[-1] != "0" else "1")
    for kind, name, number, form in (
        (enterprise, "公司", wrong, ordinary),
        (enterprise, "", TAX_NUMBER, ordinary),
        (TitleKind.PERSONAL, "王", "", InvoiceForm.SPECIAL),
    ):
        with pytest.raises(InvalidError):
            checked(kind, name, number, form)


@given(
    gross=st.integers(1, 10**9),
    bp=st.sampled_from([0, 300, 600, 900, 1_300]),
    cuts=st.lists(st.integers(1, 10**9), max_size=6),
)
def test_red_lines_together_leave_exactly_nothing(gross: int, bp: int, cuts: list[int]) -> None:
    line = rules.tax_line(
        InvoiceLine("O", 1, "笋", 1, gross),
        TaxRate(bp, is_exempt_from_producers=False),
        OrganisationKind.PROCESSOR,
    )
    marks = sorted({cut for cut in cuts if cut < gross} | {0, gross})
    red = [
        rules.take_back(line, before_minor=before, taken_minor=after - before)
        for before, after in pairwise(marks)
    ]

    assert abs(line.tax_minor * (10_000 + bp) - gross * bp) * 2 <= 10_000 + bp
    assert sum(one.gross_minor for one in red) == -line.gross_minor
    assert sum(one.tax_minor for one in red) == -line.tax_minor
    assert all(one.tax_minor <= 0 for one in red)


@pytest.fixture
def busy(fresh_database_url: str) -> Iterator[Engine]:
    vault.use_key(DEMO_VAULT_KEY)
    engine = create_engine(fresh_database_url, pool_size=22)
    yield engine
    engine.dispose()


def test_a_hundred_issuers_at_once_leave_no_gap_and_no_duplicate(busy: Engine) -> None:
    with Session(busy) as session:
        world = a_world(session, on_hand=ISSUERS)
        some_rates(session)
        numbers = [a_paid_group(session, {world.shoots.code: 1}).number for _ in range(ISSUERS)]
        session.commit()

    def issue(place: int) -> None:
        with Session(busy) as session:
            invoice_issued.issue(session, a_wish(numbers[place]), at=NOON)
            # Every fourth issuer fails after its number was given, and is tried again.
            if place % 4 == 0:
                session.rollback()
                invoice_issued.issue(session, a_wish(numbers[place]), at=NOON)
            session.commit()

    with ThreadPoolExecutor(20) as pool:
        list(pool.map(issue, range(ISSUERS)))

    with Session(busy) as session:
        assert session.scalar(select(func.count()).select_from(Invoice)) == ISSUERS
        given_numbers = session.scalars(select(Invoice.number).order_by(Invoice.number)).all()
        assert list(given_numbers) == list(range(1, ISSUERS + 1))
        assert holds(session)
