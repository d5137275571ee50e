"""Requests about titles, invoices and bank transfers, with the world they need."""

from sqlalchemy.orm import Session

from kernel import clock
from orders.values import Buyer
from parties.values import Role
from payments.service import titles
from payments.values.invoices import InvoiceForm, Title, TitleKind, TitleOwner
from tests.builders.api import a_shop_of_today
from tests.builders.catalog import NOON
from tests.builders.command import Command
from tests.builders.invoices import some_rates
from tests.builders.people import a_person
from tests.builders.sales import a_group, a_paid_group
from tests.builders.trade import a_buyer
from tests.builders.transfers import some_transfer_params


def a_title(session: Session) -> Command:
    """Keep a title of one's own."""
    a_person(session, "buyer")
    a_person(session, "buyer-too")
    body = {"kind": "personal", "form": "ordinary", "name": "王小姐"}
    return Command(
        path="/api/v1/invoice-titles",
        body=body,
        other=body | {"name": "王先生"},
        table="invoice_titles",
        login="buyer",
        login_too="buyer-too",
    )


def an_invoice(session: Session) -> Command:
    """Ask for the invoice of one of two paid orders of an organisation."""
    world = a_shop_of_today(session)
    some_rates(session)
    a_buyer(session, "E01")
    person = a_person(session, "buyer", (Role.BUYER, "E01"))
    buyer = Buyer(person, "E01", "SHLL", f"person:{person}")
    first, second = (
        a_paid_group(session, {world.goat.code: 1}, buyer=buyer).number for _ in range(2)
    )
    title = Title(TitleKind.PERSONAL, "王小姐", "", InvoiceForm.ORDINARY)
    owner = TitleOwner(organisation_code="E01")
    number = titles.keep_title(session, owner, title, is_default=True, at=NOON)
    return Command(
        path="/api/v1/invoices",
        body={"title_id": number, "orders": [first]},
        other={"title_id": number, "orders": [f"{second}-1"]},
        table="invoices",
        login="buyer",
    )


def a_transfer(session: Session) -> Command:
    """Let one of two placed orders wait for a bank transfer."""
    world = a_shop_of_today(session)
    some_transfer_params(session)
    person = a_person(session, "buyer")
    buyer = Buyer(person, None, "SHLL", f"person:{person}")
    at = clock.now()
    first, second = (
        a_group(session, {world.goat.code: 1}, buyer=buyer, at=at).number for _ in range(2)
    )
    return Command(
        path="/api/v1/transfers",
        body={"order": first},
        other={"order": second},
        table="transfer_requests",
        login="buyer",
    )
