"""One parcel of 99.99 yuan, from the buyer's payment to three households, and back again.

The contract is the published one of Demin village: of what remains after a fee of 3 % and
logistics of 12 %, growers have 70 %, the cooperative 20 %, a fund for the poor 5 % and the
village 5 %. Three households put 12.5, 7.3 and 5.2 kg into the lot. An accountant can follow
every fen; docs/bookkeeping.md tells the same story.
"""

from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from households import queries as household_queries
from households import service as households
from households.models import Entitlement
from households.values import HouseholdId
from ledger import chain, queries
from ledger import service as ledger
from ledger.values import Book, Line, PostingKind
from tests.builders.catalog import NOON, a_lot, a_product, a_sku
from tests.builders.cold_chain import CARRIER
from tests.builders.households import DEMIN, THREE
from tests.builders.ledger import an_entry
from tests.builders.places import VILLAGE
from tests.builders.sales import GOAT, a_paid_group, a_world, balances
from workflows import order_cancelled, order_delivered, order_shipped
from workflows.order_cancelled import Refusal
from workflows.order_delivered import Receipt
from workflows.travel import HandOver

PRICE, SHIPPING = 9_999, 800
DELIVERED = NOON + timedelta(days=2)
REFUNDED = NOON + timedelta(days=40)
OWED = {
    "I:commission": -300,
    f"L:payable:coop:{GOAT}": -1_700,
    "L:payable:hh:H1": -2_975,
    "L:payable:hh:H2": -1_737,
    "L:payable:hh:H3": -1_237,
    f"L:payable:logistics:{CARRIER}": -1_200 - SHIPPING,
    f"L:payable:village:{VILLAGE}": -425,
    f"L:payable:village:{VILLAGE}.poor": -425,
}


def a_delivered_parcel(session: Session) -> tuple[str, int]:
    """Sell and deliver one parcel; return the order's number and its line's id."""
    a_world(session)
    version = households.draw_up_version(
        session, f"{GOAT}-CONSIGN", DEMIN, effective_from=date(2026, 1, 1)
    )
    households.activate_version(session, version, at=NOON)
    product = a_product(session, seller_code=GOAT, storage_code="COOL")
    sku = a_sku(session, product, price_minor=PRICE, net_weight_g=sum(THREE.values()))
    a_lot(session, sku, on_hand=1, households=THREE)
    number = f"{a_paid_group(session, {sku.code: 1}).number}-1"
    order_shipped.pack(session, number, actor="person:1", at=NOON)
    order_shipped.ship(session, number, HandOver(actor="person:1"), at=NOON)
    order_delivered.deliver(session, number, Receipt("person:1", "recipient"), at=DELIVERED)
    line = session.scalars(
        select(Entitlement.order_line_id).where(Entitlement.household_id == "H1")
    ).one()
    assert line is not None
    return number, line


def money(session: Session) -> dict[str, int]:
    return {code: minor for code, minor in balances(session).items() if code[0] != "T"}


def test_every_fen_of_a_delivered_parcel_is_owed_to_somebody(session: Session) -> None:
    a_delivered_parcel(session)

    assert money(session) == {"A:demo:pending": PRICE + SHIPPING, **OWED}


def test_a_household_sees_the_same_fen_in_its_statement_and_its_account(
    session: Session,
) -> None:
    a_delivered_parcel(session)

    (month,) = household_queries.list_household_months(
        session, HouseholdId("H1"), since=date(2026, 6, 1), until=date(2026, 7, 1)
    )
    (row,) = queries.statement(session, "L:payable:hh:H1").rows

    assert (month.earned_minor, row.minor, row.balance_minor) == (2_975, 2_975, 2_975)
    assert row.effective_at == DELIVERED


def test_the_trace_book_names_the_same_households_and_owes_nobody(session: Session) -> None:
    _, line = a_delivered_parcel(session)

    rows = {row.code: row.minor for row in queries.trial_balance(session, Book.TRACE)}

    assert rows == {
        "T:hh:H1:operating": 2_975,
        "T:hh:H2:operating": 1_737,
        "T:hh:H3:operating": 1_237,
        f"T:line:{line}": -5_949,
    }


def test_a_full_refund_weeks_later_reverses_exactly_what_was_booked(session: Session) -> None:
    number, _ = a_delivered_parcel(session)

    refund = order_cancelled.refund_in_full(
        session, number, Refusal("person:1", "spoiled"), at=REFUNDED
    )

    months = household_queries.list_household_months(
        session, HouseholdId("H1"), since=date(2026, 6, 1), until=date(2026, 8, 1)
    )
    assert balances(session) == {
        "A:demo:pending": PRICE + SHIPPING,
        f"L:refund:{refund}": -PRICE - SHIPPING,
    }
    assert [(row.month, row.net_minor) for row in months] == [
        (date(2026, 6, 1), 2_975),
        (date(2026, 7, 1), -2_975),
    ]


def test_three_partial_refunds_take_a_third_each_and_leave_nothing(session: Session) -> None:
    _, line = a_delivered_parcel(session)
    left = []
    for number in range(3):
        (posting,) = households.reverse_parts(
            session, {line: 3_333}, refund_key=f"refund:{number}", at=REFUNDED
        )
        refund = an_entry(
            f"refund:{number}:book",
            *posting.amounts,
            (f"L:refund:{number}", -posting.minor),
            kind=PostingKind.REFUND_EARNED,
            reverses=order_delivered.earn_key(line),
        )
        ledger.post(session, refund)
        left.append({code: -minor for code, minor in money(session).items()})

    codes = [code for code in OWED if code[:2] == "L:" and "logistics" not in code]
    assert [[rest.get(code, 0) for code in codes] for rest in left] == [
        [1_133, 1_983, 1_158, 825, 284, 283],
        [566, 991, 579, 413, 142, 142],
        [0, 0, 0, 0, 0, 0],
    ]


def test_a_household_that_was_paid_out_gives_back_from_its_next_earning(
    session: Session,
) -> None:
    number, _ = a_delivered_parcel(session)
    payout = an_entry(
        "batch:1:line:1",
        ("L:payable:hh:H1", 2_975),
        ("L:payout:inflight:1", -2_975),
        kind=PostingKind.SETTLEMENT_APPROVED,
    )
    ledger.post(session, payout)
    order_cancelled.refund_in_full(session, number, Refusal("person:1", "late"), at=REFUNDED)

    owing = queries.list_owner_balances(session, "hh:H1")
    set_off = ledger.recovery_entry(
        session,
        [Line("L:payable:hh:H1", -4_000)],
        key="line:2:set-off",
        source="line:2",
        effective_at=REFUNDED,
    )
    next_sale = an_entry("next", ("A:demo:pending", 4_000), ("L:payable:hh:H1", -4_000))
    assert set_off is not None
    ledger.post_many(session, [next_sale, set_off])

    assert owing == {"A:recover:hh:H1": 2_975, "L:payable:hh:H1": 0}
    assert queries.list_owner_balances(session, "hh:H1") == {
        "A:recover:hh:H1": 0,
        "L:payable:hh:H1": -1_025,
    }


def test_the_books_of_the_whole_story_hold(session: Session) -> None:
    number, _ = a_delivered_parcel(session)
    order_cancelled.refund_in_full(session, number, Refusal("person:1", "late"), at=REFUNDED)
    chain.seal_chain(session)

    report = chain.verify_chain(session)

    assert {finding.figure for finding in queries.audit(session)} == {0}
    assert {figure for _, _, figure in household_queries.audit(session)} == {0}
    assert (report.unsealed, report.broken_at) == (0, None)
