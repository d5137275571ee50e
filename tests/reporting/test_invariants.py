"""Every check holds on honest data and notices when somebody tampers with it."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

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
from tests.builders.disputes import a_dispute
from tests.builders.invoices import some_rates
from tests.builders.offers import lower_prices
from tests.builders.purchases import a_bought_lot, a_delivered_sale, a_sku_bought
from tests.builders.sales import (
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
from workflows import (
    allotment_final,
    claim_decisions,
    claims,
    invoice_issued,
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

# What breaks each check; triggers and constraints are off while it is done.
ONE_FEN_MORE = """
    UPDATE entitlements SET amount_minor = amount_minor + 1 WHERE id = (
        SELECT min(id) FROM entitlements
        WHERE party_kind = '{kind}' AND earned_at IS NOT NULL)
"""
DAMAGE = {
    "statement-households": ONE_FEN_MORE.format(kind="household"),
    "statement-cooperatives": ONE_FEN_MORE.format(kind="cooperative"),
    "statement-villages": ONE_FEN_MORE.format(kind="village"),
    "statement-carriers": ONE_FEN_MORE.format(kind="logistics"),
    "ledger-books": "UPDATE ledger_entries SET amount_minor = amount_minor + 1 WHERE seq = 1",
    "ledger-transactions": "DELETE FROM ledger_entries WHERE seq = 2",
    "trial-balance": "UPDATE ledger_entries SET amount_minor = amount_minor + 7 WHERE seq = 1",
    "guarded-balances": "UPDATE account_balances SET version = version + 1",
    "ledger-reversals": """UPDATE ledger_entries SET amount_minor = amount_minor * 3
        WHERE tx_id IN (SELECT id FROM ledger_txs WHERE reverses_tx_id IS NOT NULL)""",
    "custodians-apart": """INSERT INTO ledger_entries
        SELECT tx_id, 99, (SELECT id FROM ledger_accounts WHERE code = 'A:bank:main'), 1
        FROM ledger_entries WHERE seq = 1""",
    "ledger-guards": "ALTER TABLE ledger_entries DISABLE TRIGGER ledger_entries_1_check",
    "ledger-one-book": "UPDATE ledger_txs SET book = 'CNY.T'",
    "posting-keys": "UPDATE ledger_txs SET request_hash = ''",
    "ledger-clocks": "UPDATE ledger_txs SET recorded_at = effective_at - interval '2 days'",
    "custody-payments": "UPDATE payments SET captured_minor = captured_minor + 1",
    "facts-in-step": "DELETE FROM outbox WHERE fact = 'OrderPaid'",
    "entitlements-quota": """UPDATE entitlements SET amount_minor = amount_minor + 9
        WHERE party_kind = 'household' AND household_id LIKE '%1'""",
    "prepaid-money": "UPDATE seller_orders SET shipping_minor = shipping_minor + 1",
    "refund-money": "UPDATE refunds SET state = 'requested'",
    "payments-one-to-one": "UPDATE payments SET amount_minor = amount_minor + 1",
    "refunds-within-paid": "UPDATE refunds SET amount_minor = amount_minor + 1",
    "bank-rows": "UPDATE bank_rows SET left_minor = left_minor + 1",
    "transfer-money": "UPDATE transfer_requests SET received_minor = received_minor + 1",
    "transfer-requests": "DELETE FROM transfer_requests",
    "misfits-queued": "DELETE FROM payment_misfits",
    "misfits-money": "UPDATE payments SET captured_minor = captured_minor + 1",
    "disputes-money": "UPDATE payment_disputes SET amount_minor = amount_minor + 1",
    "disputed-unpaid": """UPDATE payment_disputes
        SET withdrawn_at = withdrawn_at - interval '1 year'""",
    "credit-lines": "UPDATE credit_lines SET decided_by = proposed_by",
    "credit-used": "UPDATE credit_accounts SET used_minor = used_minor + 1",
    "receivables": "UPDATE credit_bills SET paid_minor = paid_minor + 1",
    "credit-bills": "UPDATE credit_bills SET reduced_minor = reduced_minor + 1",
    "refunds-by-hand": "UPDATE refunds_by_hand SET released_by = paid_by",
    "invoice-numbers": "UPDATE invoices SET number = number + 1",
    "invoice-lines": "UPDATE invoice_lines SET tax_minor = tax_minor + 1",
    "invoice-money": "UPDATE invoice_lines SET gross_minor = gross_minor + 100000",
    "lots-conserved": "UPDATE lots SET received = received + 1",
    "lots-recounted": "DELETE FROM stock_movements WHERE kind = 'sold'",
    "reservations-held": "UPDATE reservations SET quantity = quantity + 1",
    "sold-by-lot": "UPDATE lot_allocations SET quantity = quantity + 1",
    "coupons-counted": "UPDATE coupons SET used = used + 1",
    "coupons-on-lines": "UPDATE coupon_uses SET amount_minor = amount_minor + 1",
    "campaigns-counted": "UPDATE campaign_skus SET taken = taken + 1",
    "prices-recorded": "UPDATE skus SET price_minor = price_minor + 1",
    "contributions-add-up": "UPDATE lot_contributions SET weight_g = weight_g + 1",
    "group-totals": "UPDATE seller_orders SET goods_minor = goods_minor + 1",
    "lines-refunded": "DELETE FROM refund_lines",
    "claimed-packs": "UPDATE claim_lines SET packs = packs + 9",
    "claims-settled": "UPDATE claims SET state = 'requested'",
    "claims-told": "DELETE FROM claim_events",
    "claims-exchanged": "UPDATE claim_lines SET packs = packs + 1",
    "claims-clocked": "UPDATE claims SET due_at = created_at",
    "compensations": "UPDATE order_lines SET compensated_minor = compensated_minor + 1",
    "volume-events": "UPDATE order_lines SET refunded_minor = refunded_minor + 1",
    "entitlements-gross": "UPDATE entitlements SET amount_minor = amount_minor + 1",
    "entitlements-stage": "UPDATE seller_orders SET state = 'shipped'",
    "reversals-recorded": "DELETE FROM entitlement_reversals",
    "earned-households": """UPDATE entitlements SET amount_minor = amount_minor + 1
        WHERE party_kind = 'household'""",
    "earned-cooperatives": """UPDATE entitlements SET amount_minor = amount_minor + 1
        WHERE party_kind = 'cooperative'""",
    "earned-villages": "DELETE FROM entitlements WHERE party_kind = 'village'",
    "trace-book": """UPDATE ledger_entries SET amount_minor = amount_minor - 1
        WHERE account_id IN (SELECT id FROM ledger_accounts WHERE code LIKE 'T:hh:%')""",
    "earned-receipts": """UPDATE entitlements SET amount_minor = amount_minor + 1
        WHERE receipt_id IS NOT NULL""",
    "advances": "UPDATE contract_advances SET minor = minor + 1",
    "lots-at-cost": "UPDATE goods_issues SET cost_minor = cost_minor + 1",
    "goods-issued": "UPDATE purchased_lots SET issued_packs = issued_packs + 1",
    "trace-within-receipts": "UPDATE goods_issues SET pay_minor = pay_minor * 10",
    "allotment-shares": "UPDATE allotments SET total_minor = total_minor + 1",
    "allotment-postings": """UPDATE entitlements SET amount_minor = amount_minor + 1
        WHERE allotment_id IS NOT NULL""",
    "settlements-booked": "UPDATE settlement_lines SET amount_minor = amount_minor + 1",
    "inflight-unanswered": "UPDATE settlement_lines SET state = 'paid'",
    "payouts-answered": "DELETE FROM payout_confirmations",
    "settlements-four-eyes": "DELETE FROM settlement_decisions",
    "settlements-cancelled": "UPDATE settlement_lines SET state = 'cancelled'",
    "settled-to-the-right-payee": "UPDATE settlement_lines SET owner = 'coop:X'",
    "drawdowns": "UPDATE drawdowns SET amount_minor = amount_minor + 1",
    "readings-once": """ALTER TABLE readings DROP CONSTRAINT pk_readings;
        INSERT INTO readings SELECT * FROM readings""",
    "readings-bound": """UPDATE device_bindings SET from_at = from_at + interval '1 year',
        to_at = to_at + interval '1 year'""",
    "cold-deliveries-judged": "DELETE FROM evaluations",
    "shipments-follow-orders": "UPDATE shipments SET accepted_at = NULL, departed_at = NULL",
    "outbox-delivered": "UPDATE outbox SET recorded_at = recorded_at - interval '6 minutes'",
    "order-history": "UPDATE order_events SET state = 'packed'",
}


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
    _claim(session, f"{a_paid_group(session, {world.goat.code: 2}).number}-1", loggers[0])
    bought = a_sku_bought(session)
    a_bought_lot(session, bought, {"H1": 6_000, "H2": 4_000}, deposit_rate=10)
    for packs in (3, 4):
        number = a_delivered_sale(session, bought, packs, at=NOON + timedelta(hours=1))
    order_cancelled.refund_in_full(session, number, REFUSAL, at=NOON + timedelta(hours=2))
    _settle(session)
    early = f"{a_paid_group(session, {world.shoots.code: 1}).number}-1"
    order_cancelled.refund_in_full(session, early, REFUSAL, at=NOON)
    lower_prices(session, world)
    a_group(session, {world.shoots.code: 2})
    _odd_money(session, world)
    a_dispute(session, at=NOON + timedelta(days=3))
    _close_a_year(session)
    return session


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
    """A wrong amount, an order paid in part by bank transfer, and money for nobody."""
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
