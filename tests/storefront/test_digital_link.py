"""What is printed on lots and parcels leads to the trace, and to nobody's name."""

import re
from datetime import UTC, datetime

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from cold_chain import service
from cold_chain.epcis import names
from cold_chain.values.epcis import KeyKind
from tests.builders.catalog import a_lot, a_sku
from tests.builders.places import a_place, a_seller

AT = datetime(2026, 6, 1, 4, 0, tzinfo=UTC)


def give(session: Session, kind: KeyKind, subject: str) -> str:
    a_place(session)
    service.register_prefix(
        session,
        "9521234",
        organisation_code=a_seller(session),
        basis="test",
        valid_from=AT.date(),
    )
    (number,) = service.give_keys(session, [(kind, subject)], at=AT).values()
    session.commit()
    return number


def test_a_lot_is_reached_by_what_is_printed_on_it(
    client: FlaskClient, session: Session
) -> None:
    sku = a_sku(session)
    lot = a_lot(session, sku)
    gtin = give(session, KeyKind.GTIN, f"sku:{sku.code}")

    shown = client.get(f"/trace/{lot}").text
    (printed,) = re.findall(r"http://localhost(/01/[^<\"]+)", shown)

    assert names.wrong_check_digit(f"https://id.gs1.org/01/{gtin}") is None
    assert printed == f"/01/{gtin}/10/{lot}"
    assert client.get(f"/01/{gtin}").status_code == 302
    answer = client.get(printed)
    assert answer.status_code == 302
    assert answer.location == f"/trace/{lot}"


def test_numbers_of_others_name_nothing(client: FlaskClient, session: Session) -> None:
    for path in ("/01/04012345111118", "/01/x/10/y", "/00/1", "/00/1/qr.svg", "/01/x/10/L9e9"):
        assert client.get(path).status_code == 404
