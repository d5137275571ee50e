"""Every party's statement agrees with the ledger, month by month and over all years."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from sqlalchemy import create_engine, select, text, update
from sqlalchemy.orm import Session

from catalog.models import Lot
from households.models import Entitlement
from households.values import PartyKind
from kernel.policy import PolicyParam
from reporting.statements import accounts, village
from reporting.statements.accounts import Party
from tests.builders.catalog import NOON
from tests.builders.cold_chain import CARRIER, a_device
from tests.builders.places import VILLAGE
from tests.builders.sales import GOAT, a_paid_group, a_world
from workflows import order_cancelled, order_delivered, order_shipped
from workflows.order_cancelled import Refusal
from workflows.order_delivered import Receipt
from workflows.travel import HandOver

YEAR = NOON.year
KINDS = {prefix: kind for kind, prefix in accounts.OWNER_PREFIX.items()}


@pytest.fixture
def order(session: Session) -> str:
    world = a_world(session)
    session.execute(update(Lot).values(best_before=NOON.date() + timedelta(days=60)))
    number = f"{a_paid_group(session, {world.goat.code: 1}, at=NOON).number}-1"
    logger = a_device(session)
    order_shipped.pack(session, number, actor="person:1", at=NOON)
    order_shipped.ship(session, number, HandOver(actor="person:1", device_code=logger), at=NOON)
    arrived = NOON + timedelta(hours=6)
    order_delivered.deliver(session, number, Receipt("person:1", "recipient"), at=arrived)
    session.flush()
    return number


@pytest.fixture(scope="module")
def sample(stocked_database_url: str) -> Iterator[Session]:
    engine = create_engine(stocked_database_url)
    with Session(engine) as opened:
        yield opened
    engine.dispose()


def minor_of(session: Session, kind: PartyKind) -> int:
    found = select(Entitlement.amount_minor).where(Entitlement.party_kind == kind)
    return sum(session.scalars(found))


def test_a_seller_s_month_is_what_it_earned(session: Session, order: str) -> None:
    told = accounts.read(session, Party(PartyKind.COOPERATIVE, GOAT), YEAR)

    own = minor_of(session, PartyKind.COOPERATIVE)
    (month,) = told.months
    assert (month.minors["earned"], month.balance_minor) == (own, own)
    assert told.reckoning.difference_minor == 0


def test_a_carrier_gets_its_share_and_the_shipping_fee(session: Session, order: str) -> None:
    told = accounts.read(session, Party(PartyKind.LOGISTICS, CARRIER), YEAR)

    share = minor_of(session, PartyKind.LOGISTICS)
    assert told.closing_minor == share + 1_800
    assert sum(row.net_minor for row in told.earned) == share
    assert told.reckoning.difference_minor == 0


def test_a_refund_stands_in_its_own_month(session: Session, order: str) -> None:
    later = NOON + timedelta(days=31)
    order_cancelled.refund_in_full(session, order, Refusal("person:1", "spoilt"), at=later)

    told = accounts.read(session, Party(PartyKind.LOGISTICS, CARRIER), YEAR)

    first, second = told.months
    assert first.minors["earned"] == -second.minors["taken"] == first.balance_minor
    assert (second.balance_minor, told.reckoning.difference_minor) == (0, 0)


def test_a_payer_sees_what_its_contract_brought(session: Session, order: str) -> None:
    rows = accounts.list_earned(session, YEAR, payer=GOAT)

    brought = {row.party_kind: (row.net_minor, row.households) for row in rows}
    assert sum(minor for minor, _ in brought.values()) == 9_800
    assert brought[PartyKind.HOUSEHOLD] == (minor_of(session, PartyKind.HOUSEHOLD), 12)
    assert accounts.list_earned(session, YEAR, payer="C03") == []


def test_behind_the_figure_stand_the_households_by_number(session: Session, order: str) -> None:
    month = NOON.date().replace(day=1)
    contract = f"{GOAT}-CONSIGN"

    parts = accounts.list_parts(session, GOAT, contract, month, after=0, limit=50)

    assert len(parts) == 12
    assert sum(part.amount_minor for part in parts) == minor_of(session, PartyKind.HOUSEHOLD)
    assert not accounts.list_parts(session, "C03", contract, month, after=0, limit=50)


def test_a_village_s_money_is_measured_by_the_line_of_the_year(
    session: Session, order: str
) -> None:
    own = minor_of(session, PartyKind.VILLAGE)
    assert village.read(session, VILLAGE, YEAR).target_minor is None
    session.add(
        PolicyParam(
            code=village.PARAM_TARGET,
            value=own,
            unit="fen",
            valid_from=date(YEAR, 1, 1),
            basis="test",
            note="",
        )
    )
    session.flush()

    told = village.read(session, VILLAGE, YEAR)

    assert (told.own_minor, told.seller_minor, told.funds_minor) == (own, 0, 0)
    assert told.has_reached_target
    assert told.balances == [("", own)]
    assert told.told.reckoning.difference_minor == 0


def test_every_party_of_the_sample_agrees_with_the_ledger(sample: Session) -> None:
    owners = sample.scalars(
        text(
            "SELECT DISTINCT split_part(owner, '.', 1) FROM ledger_accounts"
            " WHERE owner ~ '^(coop|village|logistics)\\:'"
        )
    )
    parties = [Party(KINDS[prefix], code) for prefix, code in map(split, owners)]

    told = [accounts.read(sample, party, 2026) for party in parties]

    assert {one.party.kind for one in told} == set(KINDS.values())
    assert [one.party for one in told if one.reckoning.difference_minor] == []
    for one in told:
        moved = sum(one.total(column) for column in accounts.COLUMNS)
        assert one.opening_minor + moved == one.closing_minor


def split(owner: str) -> tuple[str, str]:
    prefix, _, code = owner.partition(":")
    return prefix, code
