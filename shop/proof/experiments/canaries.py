"""A household and a buyer that do not exist anywhere else, planted to be looked for."""

import re
from collections.abc import Iterator
from dataclasses import asdict, astuple, dataclass
from datetime import datetime

import msgspec
from sqlalchemy import Engine, select, text, update
from sqlalchemy.orm import Session

from households import service as households
from households.values import Baseline, HouseholdId, Identity
from orders.values import Recipient
from parties import service as parties
from parties.values import PersonId
from payments.service import titles
from payments.values.invoices import (
    InvoiceForm,
    Title,
    TitleDetails,
    TitleKind,
    TitleOwner,
)
from shop.sample import tables

PASSWORD = "canary canary canary"  # noqa: S105 -- of a database that is dropped at once
HOUSEHOLD_LOGIN, BUYER_LOGIN = "canary-household", "canary-buyer"

IDENTITY = Identity(
    name="金丝雀翠",
    phone="19987650431",
    id_number="510232197207304419",
    bank_account="6217003810099887766",
)
INCOME_MINOR = 7_313_377
RECIPIENT = Recipient(
    name="金丝雀雯",
    phone="19787650977",
    province="重庆市",
    city="重庆市",
    district="武隆区",
    street="画眉鸟巷七十三号",
    email="canary.wen@example.net",
)
TITLE = Title(
    TitleKind.ENTERPRISE,
    "金丝雀蔷商行",
    "91500000MA5U00000W",
    InvoiceForm.SPECIAL,
    TitleDetails("杜鹃巷九十一号", "023-19087654", "百灵银行武隆支行", "6217993810012345671"),
)
HEX = re.compile(r"\\x((?:[0-9a-f]{2})+)")
GIVEN = "金丝雀霏"
"""A name somebody types into a form; no journal may repeat it."""


@dataclass(frozen=True, slots=True)
class Planted:
    """Where the canaries sit."""

    household_id: str
    village_code: str
    group_number: str


def household_texts() -> tuple[str, ...]:
    """Return how the household may come to light: who it is, and its income to the fen."""
    yuan, fen = divmod(INCOME_MINOR, 100)
    return (
        *(value for value in asdict(IDENTITY).values() if value),
        f"{yuan}.{fen:02}",
        f"{yuan:,}.{fen:02}",
        str(INCOME_MINOR),
    )


def buyer_texts() -> tuple[str, ...]:
    """Return how the buyer may come to light."""
    return (RECIPIENT.name, RECIPIENT.phone, RECIPIENT.street, RECIPIENT.email)


def title_texts() -> tuple[str, ...]:
    """Return how the buyer's saved invoice title may come to light; no seller has seen it."""
    return (TITLE.name, *astuple(TITLE.details))


def plant(engine: Engine, *, at: datetime) -> Planted:
    """Put the canaries into a household that earned something and an order that was paid."""
    with Session(engine) as session, session.begin():
        household_id, village = session.execute(
            text(
                "SELECT household.id, household.village_code FROM households household"
                " JOIN lot_contributions part ON part.household_id = household.id"
                " WHERE household.id NOT IN"
                "  (SELECT household_id FROM people WHERE household_id IS NOT NULL)"
                " ORDER BY household.village_code = '500156109200' DESC, household.id LIMIT 1"
            )
        ).one()
        number = session.execute(
            text(
                "SELECT number FROM order_groups WHERE state = 'paid'"
                " ORDER BY placed_at DESC LIMIT 1"
            )
        ).scalar_one()
        household = HouseholdId(household_id)
        households.seal_identity(session, household, IDENTITY)
        figures = dict.fromkeys(
            ("operating_gross_minor", "operating_cost_minor", "property_minor"), 0
        )
        households.record_baseline(
            session,
            household,
            Baseline(year=2025, wage_minor=INCOME_MINOR, transfer_minor=0, **figures),
        )
        owner = _sign_in(session, HOUSEHOLD_LOGIN, IDENTITY.name, at=at)
        parties.link_household(session, owner, household)
        buyer = _sign_in(session, BUYER_LOGIN, RECIPIENT.name, at=at)
        titles.keep_title(session, TitleOwner(buyer), TITLE, is_default=True, at=at)
        groups = tables.table("order_groups")
        session.execute(
            update(groups)
            .where(groups.c.number == number)
            .values(
                buyer_person_id=buyer,
                buyer_organisation_code=None,
                recipient=msgspec.json.encode(asdict(RECIPIENT)).decode(),
            )
        )
    return Planted(household_id, village, number)


def list_values(engine: Engine, planted: Planted) -> dict[str, list[str]]:
    """Return values for the arguments of addresses, the canaries' own first."""
    questions = {
        "number": "SELECT number FROM seller_orders ORDER BY number DESC LIMIT 2",
        "entitlement_id": "SELECT id FROM entitlements WHERE household_id = :household LIMIT 2",
        "shipment_id": "SELECT id FROM shipments LIMIT 1",
        "title_id": "SELECT id FROM invoice_titles LIMIT 1",
        "product": "SELECT code FROM products LIMIT 1",
        "lot": "SELECT lot.code FROM lots lot JOIN lot_contributions part"
        " ON part.lot_id = lot.id WHERE part.household_id = :household LIMIT 1",
        "settlement": "SELECT code FROM settlement_periods LIMIT 1",
        "region": "SELECT code FROM regions WHERE code = left(:village, 9) OR code = :village",
    }
    found: dict[str, list[str]] = {}
    with engine.connect() as connection:
        for name, question in questions.items():
            rows = connection.execute(
                text(question),
                {"household": planted.household_id, "village": planted.village_code},
            )
            found[name] = [str(row[0]) for row in rows]
    own = [planted.group_number, f"{planted.group_number}-1"]
    codes = [*found.pop("product"), *found.pop("lot"), *found.pop("settlement")]
    return found | {
        "number": [*own, *found["number"]],
        "order_number": own,
        "household_id": [planted.household_id],
        "code": [*codes, *found.pop("region")],
        "village_code": [planted.village_code],
    }


def rows_as_text(engine: Engine) -> Iterator[tuple[str, str]]:
    """Yield every row of every table as the database writes it, with the table's name.

    Binary columns are read as the text they may hold: their hexadecimal digits would look like
    a number by chance.
    """
    with engine.connect() as connection:
        names = connection.execute(
            text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        ).scalars()
        for name in sorted(names):
            for row in connection.execute(text(f'SELECT t::text FROM "{name}" t')):  # noqa: S608 -- names of the catalogue
                yield name, HEX.sub(_as_bytes, str(row[0]))


def _as_bytes(found: re.Match[str]) -> str:
    return bytes.fromhex(found[1]).decode(errors="replace")


def _sign_in(session: Session, login: str, name: str, *, at: datetime) -> PersonId:
    people = tables.table("people")
    known = session.scalar(select(people.c.id).where(people.c.login == login))
    if known is not None:
        return PersonId(known)
    return parties.register(session, login=login, display_name=name, password=PASSWORD, at=at)
