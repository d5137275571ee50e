"""One fitting request for every POST about certificates."""

import base64
from datetime import timedelta

from sqlalchemy.orm import Session

from kernel import clock
from parties.values import Role
from tests.builders.api import a_shop_of_today
from tests.builders.command import Command
from tests.builders.papers import a_type, paper_policies
from tests.builders.people import a_person
from tests.builders.sales import SHOOTS

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\n%%EOF"


def a_certificate_filed(session: Session) -> Command:
    """File one of two licences of a product."""
    world = a_shop_of_today(session)
    paper_policies(session)
    for kind in ("GREEN", "CQHGZ", "LAB"):
        a_type(session, kind, is_per_lot=kind == "CQHGZ")
    for login in ("clerk", "clerk-too"):
        a_person(session, login, (Role.CLERK, SHOOTS))
    today = clock.local_date(clock.now())
    body = {
        "type": "GREEN",
        "number": "LB-1",
        "issuer": "绿色食品中心",
        "valid_from": today.isoformat(),
        "valid_to": (today + timedelta(days=90)).isoformat(),
        "products": [world.shoots.product_code],
        "scan": base64.b64encode(PDF).decode(),
    }
    return Command(
        path="/api/v1/certificates",
        body=body,
        other=body | {"number": "LB-2"},
        table="certificate_papers",
        login="clerk",
        login_too="clerk-too",
        is_final=True,
    )
