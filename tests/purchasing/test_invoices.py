"""An organisation's summaries over a period: once, on paper, and for its own people only."""

from flask import Flask
from sqlalchemy.orm import Session

from orders.values import Buyer
from parties.values import Role
from payments.queries import invoices as queries
from payments.rules import invoices as rules
from tests.builders.catalog import NOON
from tests.builders.invoices import some_rates
from tests.builders.people import a_browser, a_person
from tests.builders.sales import a_paid_group, a_world
from tests.builders.trade import a_buyer

BODY = "91500000MA5U00000"


def test_a_summary_covers_the_period_once_and_is_for_its_own_people(
    app: Flask, session: Session
) -> None:
    world = a_world(session)
    some_rates(session)
    a_buyer(session, "E01")
    a_buyer(session, "E02")
    buyer = Buyer(None, "E01", "SHLL", "person:1")
    groups = [a_paid_group(session, {world.goat.code: 1}, buyer=buyer) for _ in range(2)]
    a_person(session, "own", (Role.BUYER, "E01"))
    a_person(session, "other", (Role.BUYER, "E02"))
    session.commit()
    own, other = a_browser(app, "own"), a_browser(app, "other")
    day = NOON.date().isoformat()
    asked = {
        "organisation": "E01",
        "from": day,
        "to": day,
        "kind": "enterprise",
        "name": "示例公司",
        "tax_number": BODY + rules.check_sign(BODY),
        "form": "ordinary",
    }
    where = "/purchasing/invoices"

    assert other.post(where, data=asked).status_code == 403
    assert own.post(where, data=asked | {"from": "x"}).status_code == 422
    assert own.post(where, data=asked).status_code == 302
    assert own.post(where, data=asked).status_code == 409
    (row,) = queries.list_of_buyer(session, "E01")
    assert row.gross_minor == sum(group.total_minor for group in groups)
    assert row.code in own.get(where).text
    assert row.code not in other.get(where).text
    assert own.get(f"{where}/{row.invoice_id}").status_code == 200
    assert other.get(f"{where}/{row.invoice_id}").status_code == 404
