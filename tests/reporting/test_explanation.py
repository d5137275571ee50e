"""Every entitlement explains itself to the fen, to those whose business it is."""

from collections.abc import Iterator

import pytest
from sqlalchemy import String, cast, create_engine, func, select, text, update
from sqlalchemy.orm import Session

from households.models import Entitlement, LinkageContract
from households.values import PartyKind
from kernel.errors import NotFoundError
from reporting.explanation import reading
from reporting.explanation.values import Explanation, Reader
from tests.builders.catalog import NOON
from tests.builders.sales import GOAT, a_paid_group, a_world
from workflows import order_cancelled
from workflows.order_cancelled import Refusal

OWN, OTHER = "HX0003", "HX0004"
PAYER = Reader(payer_codes=frozenset({GOAT}))
EACH = 40
"""As many entitlements of each kind of party are worked out anew."""


@pytest.fixture
def paid(session: Session) -> str:
    world = a_world(session)
    return f"{a_paid_group(session, {world.goat.code: 2}, at=NOON).number}-1"


@pytest.fixture(scope="module")
def sample(stocked_database_url: str) -> Iterator[Session]:
    engine = create_engine(stocked_database_url)
    with Session(engine) as opened:
        yield opened
    engine.dispose()


def test_the_whole_chain_is_told(session: Session, paid: str) -> None:
    told = explained(session, OWN)

    assert told.sale is not None
    assert told.sale.pot is not None
    assert told.sale.own is not None
    assert told.sale.gross_minor == 19_600
    assert [taken.minor for taken in told.sale.deductions] == [588, 1_568]
    assert (told.sale.net_minor, told.sale.pot.minor) == (17_444, 13_083)
    assert (told.sale.own.parties, told.sale.own.minor) == (12, told.amount_minor)
    assert (told.terms.contract_code, told.terms.payer_code) == (f"{GOAT}-CONSIGN", GOAT)
    assert told.bookings == []
    assert told.adds_up


def test_what_is_refunded_before_delivery_was_never_booked(session: Session, paid: str) -> None:
    order_cancelled.refund_in_full(session, paid, Refusal("guest", "cancelled"), at=NOON)

    told = explained(session, OWN)

    assert [back.minor for back in told.reversals] == [told.amount_minor]
    assert (told.net_minor, told.bookings) == (0, [])
    assert told.adds_up


def test_a_stored_amount_that_is_wrong_is_seen(session: Session, paid: str) -> None:
    session.execute(text("SET LOCAL session_replication_role = replica"))  # no trigger minds
    session.execute(
        update(Entitlement)
        .where(Entitlement.household_id == OWN)
        .values(amount_minor=Entitlement.amount_minor + 1)
    )
    session.execute(text("SET LOCAL session_replication_role = origin"))

    told = explained(session, OWN)

    assert told.computed_minor == told.amount_minor - 1
    assert not told.adds_up


def test_only_the_household_and_the_payer_may_ask(session: Session, paid: str) -> None:
    part = part_of_household(session, OWN)

    assert reading.explain(session, part, PAYER, on=NOON.date()).net_minor
    for stranger in (Reader(), Reader(OTHER), Reader(payer_codes=frozenset({"C03"}))):
        with pytest.raises(NotFoundError):
            reading.explain(session, part, stranger, on=NOON.date())


@pytest.mark.parametrize("number", [0, -1, 2**63, 10**30])
def test_a_number_no_entitlement_can_have_is_not_found(session: Session, number: int) -> None:
    with pytest.raises(NotFoundError):
        reading.explain(session, number, Reader(OWN), on=NOON.date())


@pytest.mark.parametrize("kind", list(PartyKind))
def test_the_sample_explains_itself_to_the_fen(sample: Session, kind: PartyKind) -> None:
    payers = Reader(
        payer_codes=frozenset(sample.scalars(select(LinkageContract.organisation_code)))
    )
    chosen = sample.scalars(
        select(Entitlement.id)
        .where(Entitlement.party_kind == kind)
        .order_by(func.md5(cast(Entitlement.id, String)))
        .limit(EACH)
    ).all()

    told = [reading.explain(sample, number, payers, on=NOON.date()) for number in chosen]

    assert len(told) == EACH
    assert [one.entitlement_id for one in told if not one.adds_up] == []
    assert all(one.computed_minor == one.amount_minor for one in told)


def explained(session: Session, household_id: str) -> Explanation:
    return reading.explain(
        session,
        part_of_household(session, household_id),
        Reader(household_id),
        on=NOON.date(),
    )


def part_of_household(session: Session, household_id: str) -> int:
    return session.scalars(
        select(Entitlement.id).where(Entitlement.household_id == household_id)
    ).one()


@pytest.mark.parametrize("source", ["receipt_id", "allotment_id"])
def test_receipts_and_closes_of_the_sample_explain_themselves(
    sample: Session, source: str
) -> None:
    codes = sample.scalars(select(LinkageContract.organisation_code).distinct())
    payers = Reader(payer_codes=frozenset(codes))
    chosen = sample.scalars(
        select(Entitlement.id)
        .where(getattr(Entitlement, source).is_not(None))
        .order_by(func.md5(cast(Entitlement.id, String)))
        .limit(EACH)
    ).all()

    told = [reading.explain(sample, number, payers, on=NOON.date()) for number in chosen]

    assert told
    assert [
        (one.entitlement_id, one.computed_minor, one.amount_minor, one.booked_difference_minor)
        for one in told
        if not one.adds_up
    ] == []
