"""Every check holds on honest data and notices when somebody tampers with it."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from catalog.models import Lot
from households import service as households
from households.values import Attendance, HouseholdId, LinkageModel
from kernel import outbox
from kernel.clock import local_date
from orders import queries as order_queries
from orders.values import ClaimKind
from pairing.models import Pledge
from pairing.values import PledgeKind
from payments import queries as payment_queries
from payments import service as payments
from payments.values import Bearer, ReturnReason
from payments.values.invoices import InvoiceForm, Title, TitleKind
from reporting.invariants import checks
from tests.builders.allotments import (
    AFTER_NOTICE,
    PAYER,
    a_draft,
    a_general,
    a_single,
    on_notice,
    resolved,
    shares_of,
)
from tests.builders.catalog import NOON
from tests.builders.claims import a_photo, some_terms
from tests.builders.cold_chain import CARRIER, a_device
from tests.builders.damage import DAMAGE
from tests.builders.disputes import a_dispute
from tests.builders.invoices import some_rates
from tests.builders.offers import lower_prices
from tests.builders.papers import some_papers
from tests.builders.presales import a_presale, a_supply
from tests.builders.purchases import a_bought_lot, a_delivered_sale, a_sku_bought
from tests.builders.sales import (
    GOAT,
    World,
    a_capture,
    a_group,
    a_paid_group,
    a_world,
)
from tests.builders.settlements import an_answer, some_accounts, some_params, some_staff
from tests.builders.terms import buyer_of, sold_on_terms
from tests.builders.trade import a_buyer
from tests.builders.transfers import a_bank_row, a_waiting_group, some_transfer_params
from tests.builders.weighing import ship_by_weight
from workflows import (
    allotment_final,
    claim_decisions,
    claims,
    invoice_issued,
    lot_recalled,
    order_cancelled,
    order_delivered,
    order_paid,
    order_shipped,
    payout_cancelled,
    payout_run,
    period_closed,
    refund_run,
    transfer_received,
)
from workflows.claim_steps import Word
from workflows.claims import Asked
from workflows.invoice_issued import InvoiceWish
from workflows.order_cancelled import Refusal
from workflows.order_delivered import Receipt
from workflows.travel import HandOver

REFUSAL = Refusal("person:1", "damaged")


@pytest.fixture
def traded(session: Session) -> Session:
    """A shop with an order in every state that money can be in."""
    world = a_world(session)
    loggers = [a_device(session, f"LOG-{step}") for step in range(2)]
    # The loggers came with a bare order that nobody paid for.
    session.execute(text("DELETE FROM seller_orders; DELETE FROM order_groups"))
    pledge = {"year": NOON.year, "kind": PledgeKind.PURCHASE, "amount_minor": 100_000}
    session.add(Pledge(organisation_code=a_buyer(session, "E01"), **pledge))
    session.flush()
    for step in range(2):
        buyer = buyer_of("E01")
        number = f"{a_paid_group(session, {world.goat.code: 1}, buyer=buyer).number}-1"
        order_shipped.pack(session, number, actor="person:1", at=NOON)
        hand_over = HandOver(actor="person:1", device_code=loggers[step])
        order_shipped.ship(session, number, hand_over, at=NOON)
        _send_reading(session, loggers[step])
        at = NOON + timedelta(hours=1)
        order_delivered.deliver(session, number, Receipt("person:1", "guest"), at=at)
        (_refund if step else _exchange)(session, number, at)
    spoiled = a_paid_group(session, {world.goat.code: 2}).number
    _claim(session, f"{spoiled}-1", loggers[0])
    bought = a_sku_bought(session)
    a_bought_lot(session, bought, {"H1": 6_000, "H2": 4_000}, deposit_rate=10)
    for packs in (3, 4):
        number = a_delivered_sale(session, bought, packs, at=NOON + timedelta(hours=1))
    order_cancelled.refund_in_full(session, number, REFUSAL, at=NOON + timedelta(hours=2))
    _settle(session)
    early = f"{a_paid_group(session, {world.shoots.code: 1}).number}-1"
    order_cancelled.refund_in_full(session, early, REFUSAL, at=NOON)
    _odd_money(session, world)
    a_dispute(session, spoiled, at=NOON + timedelta(days=3))
    ship_by_weight(session, world, loggers[1], at=NOON + timedelta(hours=12))
    _close_a_year(session)
    _sell_ahead(session, world)
    return _certify(session, world)


def _certify(session: Session, world: World) -> Session:
    """Papers for the goat, which is recognised; the shoots fail a test and are called back."""
    lot = session.scalars(select(Lot).where(Lot.code == world.lots[world.shoots.code])).one()
    some_papers(session, world.goat.product_code, lot, GOAT)
    lot_recalled.recall(session, lot.code, at=NOON)
    return session


def _sell_ahead(session: Session, world: World) -> None:
    """Sell out of the next harvest, of which only so much is there a year."""
    a_supply(session, world.goat, 100_000, seller=GOAT)
    a_presale(session, world.goat, seller=GOAT)
    a_paid_group(session, {world.goat.code: 2})


def _refund(session: Session, number: str, at: datetime) -> None:
    refund = order_cancelled.refund_in_full(session, number, REFUSAL, at=at)
    refund_run.confirm(session, refund, provider_reference="r", at=at)


def _claim(session: Session, number: str, logger: str) -> None:
    """Deliver an order whose goods arrived spoiled: the carrier pays for a pack, the seller."""
    some_terms(session)
    at = NOON + timedelta(hours=3)
    order_shipped.pack(session, number, actor="person:1", at=at)
    order_shipped.ship(session, number, HandOver(actor="person:1", device_code=logger), at=at)
    order_delivered.deliver(
        session, number, Receipt("person:1", "guest"), at=at + timedelta(hours=1)
    )
    (line,) = order_queries.list_line_heads(session, order_number=number)
    for bearer in (Bearer.CARRIER, Bearer.SELLER):
        asked = Asked(
            kind=ClaimKind.SPOILED,
            packs={line.line_id: 1},
            key=bearer,
            actor="guest",
            photos=(a_photo(),),
        )
        claim = claims.open_claim(session, number, asked, at=at + timedelta(hours=2))
        word = Word("person:9", "seen")
        claim_decisions.overrule(
            session, claim, word, bearer=bearer, percent=40, at=at + timedelta(hours=3)
        )


def _exchange(session: Session, number: str, at: datetime) -> None:
    """Send a pack of a delivered order once more."""
    some_terms(session)
    (line,) = order_queries.list_line_heads(session, order_number=number)
    asked = Asked(
        kind=ClaimKind.EXCHANGE,
        packs={line.line_id: 1},
        key="exchange",
        actor="guest",
        photos=(a_photo(),),
    )
    claim = claims.open_claim(session, number, asked, at=at)
    claim_decisions.approve(session, claim, Word("person:9"), at=at)


def _odd_money(session: Session, world: World) -> None:
    """Offers, a wrong amount, an order paid in part by bank transfer, and money for nobody."""
    lower_prices(session, world)
    a_group(session, {world.shoots.code: 2})
    sold_on_terms(session, world, "LOG-0")
    odd = a_group(session, {world.shoots.code: 1})
    order_paid.settle(session, a_capture(session, odd, amount_minor=odd.total_minor + 1))
    some_transfer_params(session)
    _, code = a_waiting_group(session, {world.shoots.code: 1})
    row = a_bank_row(session, "B1", 100, code)
    transfer_received.match_by_code(session, row, at=NOON)
    a_bank_row(session, "B2", 300)
    _invoice(session, f"{a_paid_group(session, {world.shoots.code: 1}).number}-1")


def _invoice(session: Session, number: str) -> None:
    """The invoice of one order."""
    some_rates(session)
    title = Title(TitleKind.PERSONAL, "王小姐", "", InvoiceForm.ORDINARY)
    wish = InvoiceWish(title=title, order_numbers=(number,))
    invoice_issued.issue(session, wish, at=NOON)


def _close_a_year(session: Session) -> None:
    """Pay wages and a dividend; the household owes something back from before."""
    a_single(session, "H1", LinkageModel.WAGE, {"day_rate_fen": 12_000})
    wages = a_draft(session, LinkageModel.WAGE)
    worked = Attendance(household_id=HouseholdId("H1"), half_days=3)
    households.set_attendance(session, wages, [worked])
    resolved(session, wages)
    a_general(session, LinkageModel.EQUITY, shares_of(["H1"]))
    dividend = a_draft(
        session,
        LinkageModel.EQUITY,
        contract_code=f"{PAYER}-EQUITY",
        basis={"profit_minor": 5_000},
    )
    on_notice(session, dividend)
    for code in (wages, dividend):
        allotment_final.finalise(session, code, at=AFTER_NOTICE)


def _settle(session: Session) -> None:
    """Settle what is owed: cancelled once, then handed over; one line came back late."""
    some_params(session)
    some_accounts(session, "coop:C05", f"logistics:{CARRIER}")
    one, two, three = some_staff(session)
    for days in (1, 2):
        day, at = local_date(NOON + timedelta(days=days - 1)), NOON + timedelta(days=days)
        code = payments.open_period(session, day, day, by=one, at=at)
        period_closed.close(session, code, at=at)
        payments.propose(session, code, by=one, at=at)
        for person in (two, three):
            payout_run.approve(session, code, by=person, at=at)
        if days == 1:
            payout_cancelled.ask(session, code, "test", by=one, at=at)
            payout_cancelled.confirm(session, code, by=two, at=at)
    payout_run.write_file(session, code, at=at)
    payout_run.submit(session, code, by=one, at=at)
    number, minor = payment_queries.list_open_numbers(
        session, payment_queries.get_period(session, code).id
    )[0]
    for returned in (None, ReturnReason.ACCOUNT_CLOSED):
        reference = "" if returned is None else "LATE"
        answer = an_answer(
            code, number, minor, reference=reference, returned=returned, on=local_date(at)
        )
        payout_run.take_answers(session, code, [answer], "", by=None, at=at)


def _send_reading(session: Session, device: str) -> None:
    # The table of readings is partitioned by day; the shop makes partitions ahead of time.
    session.execute(
        text(
            "CREATE TABLE IF NOT EXISTS readings_of_the_test PARTITION OF readings"
            " FOR VALUES FROM ('2026-06-01Z') TO ('2026-06-02Z')"
        )
    )
    session.execute(text("SET LOCAL session_replication_role = replica"))
    session.execute(
        text(
            "INSERT INTO readings (channel_id, at, centi_celsius, quality, block_id)"
            " SELECT channel.id, :at, 200, 'good', 1 FROM device_channels channel"
            " JOIN devices device ON device.id = channel.device_id"
            " WHERE device.code = :device AND channel.kind = 'temperature'"
        ),
        {"at": NOON + timedelta(minutes=5), "device": device},
    )
    session.execute(text("SET LOCAL session_replication_role = origin"))


def test_every_check_holds_after_every_kind_of_sale(traded: Session) -> None:
    findings = [checks.ask(traded, check) for check in checks.CHECKS]

    assert [finding.name for finding in findings if not finding.holds] == []
    assert [finding.name for finding in findings if finding.checked == 0] == []
    assert all(finding.figure.startswith("0 wrong of") for finding in findings)


def test_every_check_notices_its_damage(traded: Session) -> None:
    _without_guards(traded)
    unnoticed = []

    for check in checks.CHECKS:
        with traded.begin_nested() as savepoint:
            traded.execute(text(DAMAGE[check.name]))
            if checks.ask(traded, check).broken <= 0:
                unnoticed.append(check.name)
            savepoint.rollback()

    assert unnoticed == []


def _without_guards(session: Session) -> None:
    """Switch off what would refuse the damage, and open a bank account."""
    session.flush()
    session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
    session.execute(text("SET LOCAL session_replication_role = replica"))
    rows = session.execute(
        text(
            "SELECT conrelid::regclass AS of, conname AS name FROM pg_constraint"
            " WHERE contype = 'c' AND conparentid = 0 AND conrelid <> 0"
            " AND connamespace = 'public'::regnamespace AND coninhcount = 0"
        )
    ).all()
    for row in rows:
        session.execute(text(f'ALTER TABLE {row.of} DROP CONSTRAINT "{row.name}"'))
    session.execute(
        text(
            "INSERT INTO ledger_accounts (code, book, kind, normal, guarded, custodian)"
            " VALUES ('A:bank:main', 'CNY', 'asset', 'D', false, 'bank')"
            " ON CONFLICT (code) DO NOTHING"
        )
    )


def test_a_fact_that_waits_is_no_damage_until_it_has_waited_long(session: Session) -> None:
    check = next(check for check in checks.CHECKS if check.name == "outbox-delivered")
    world = a_world(session)
    a_paid_group(session, {world.goat.code: 1})
    assert outbox.count_undelivered(session) > 0

    assert checks.ask(session, check).holds


def test_every_check_has_a_name_of_its_own() -> None:
    names = [check.name for check in checks.CHECKS]

    assert len(names) == len(set(names))
    assert set(names) == set(DAMAGE)


def test_the_page_asks_the_cheap_ones(session: Session) -> None:
    asked = {finding.name for finding in checks.ask_cheap(session)}

    assert asked == {check.name for check in checks.CHECKS if check.is_cheap}
    assert "readings-once" not in asked
