"""The past trade is plausible, complete, and true to every invariant of live orders."""

from collections import Counter
from datetime import date
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from kernel.clock import local_date
from shop.sample.checks import Files

BOXES = 2
"""Gift boxes, made of what is listed."""
CHANNELS = {"YSDW", "ZYDD", "SJJT", "QXXT", "LYXZ", "DKZY", "WQXWC", "GHCG", "SHLL"}


def rows(session: Session, statement: str) -> list[tuple[Any, ...]]:
    """The rows of a statement."""
    return [tuple(row) for row in session.execute(text(statement))]


def number(session: Session, statement: str) -> int:
    """The one figure of a statement."""
    return int(session.scalar(text(statement)) or 0)


def test_counts_are_those_of_the_files(stocked: Session, files: Files) -> None:
    wanted = {
        "regions WHERE level = 'township'": 26,
        "regions WHERE level = 'village'": 214,
        "regions WHERE level = 'district'": 38,
        "region_aliases": 57,
        "channels": 9,
        "policy_params": 24 + len(files.platform),
        "products": 85 + BOXES,
        "skus": 124 + BOXES,
        "organisations WHERE code LIKE 'C%'": 26,
        "organisations WHERE code LIKE 'E%'": 40,
        "households": 120,
        "household_identities": 120,
        "assistance_groups": 26,
        "group_members": 113,
        "pairings": 14,
        "linkage_contracts WHERE household_id IS NULL": 30,
    }

    counted = {name: number(stocked, f"SELECT count(*) FROM {name}") for name in wanted}  # noqa: S608 -- names of this test

    assert counted == wanted


def test_all_nine_channels_buy(stocked: Session) -> None:
    found = rows(stocked, "SELECT DISTINCT channel_code FROM order_groups WHERE state = 'paid'")

    assert {row[0] for row in found} == CHANNELS


def test_refunds_occur_before_and_after_delivery(stocked: Session) -> None:
    found = rows(
        stocked,
        "SELECT delivered_at IS NULL FROM seller_orders WHERE state = 'refunded'",
    )

    assert {row[0] for row in found} == {True, False}


def test_orders_wait_in_every_state_for_the_two_cooperatives(stocked: Session) -> None:
    found = rows(
        stocked,
        "SELECT seller_code, state FROM seller_orders WHERE seller_code IN ('C03', 'C05')",
    )

    states = Counter((row[0], row[1]) for row in found)
    for seller in ("C03", "C05"):
        for state in ("paid", "packed", "shipped", "delivered"):
            assert states[seller, state] > 0, (seller, state)


def test_the_ledger_is_balanced_and_sealed(stocked: Session) -> None:
    by_book = rows(
        stocked,
        "SELECT book, sum(amount_minor) FROM ledger_entries JOIN ledger_txs ON id = tx_id"
        " GROUP BY book",
    )

    assert {row[0]: int(row[1]) for row in by_book} == {"CNY": 0, "CNY.T": 0}
    assert number(stocked, "SELECT count(*) FROM ledger_unsealed") == 0


def test_no_past_fact_waits_for_a_reaction(stocked: Session) -> None:
    waiting = rows(
        stocked,
        "SELECT fact, payload ->> 'refund_id' FROM outbox WHERE delivered_at IS NULL",
    )
    open_refunds = rows(stocked, "SELECT id::text FROM refunds WHERE state <> 'succeeded'")

    assert {row[0] for row in waiting} <= {"RefundRequested"}
    assert {row[1] for row in waiting} == {row[0] for row in open_refunds}


def test_every_lot_conserves_its_packs_and_its_weight(stocked: Session) -> None:
    wrong = rows(
        stocked,
        """SELECT l.code FROM lots l JOIN skus s ON s.id = l.sku_id
           LEFT JOIN lot_contributions c ON c.lot_id = l.id
           GROUP BY l.id, s.net_weight_g
           HAVING l.received <> l.available + l.held + l.sold + l.written_off
               OR coalesce(sum(c.weight_g), 0) <> l.weight_g
               OR (l.weight_g > 0 AND l.weight_g <> l.received * s.net_weight_g)""",
    )

    assert wrong == []


def test_most_lots_come_from_enough_households_and_some_do_not(stocked: Session) -> None:
    found = rows(stocked, "SELECT count(*) FROM lot_contributions GROUP BY lot_id")

    sizes = [row[0] for row in found]
    many = sum(12 <= size <= 20 for size in sizes)
    few = sum(size < 10 for size in sizes)
    assert many > len(sizes) / 2
    assert few > 0


def test_goods_of_other_districts_have_no_households_here(stocked: Session) -> None:
    found = number(
        stocked,
        """SELECT count(*) FROM lot_contributions c JOIN lots l ON l.id = c.lot_id
           JOIN skus s ON s.id = l.sku_id JOIN products p ON p.code = s.product_code
           WHERE p.origin_township_code IS NULL""",
    )

    assert found == 0


def test_seasonal_goods_are_harvested_and_bought_in_season_only(
    stocked: Session, files: Files
) -> None:
    months = {
        product.id: set(product.season_months)
        for product in files.products
        if not product.year_round
    }
    bought = rows(
        stocked,
        "SELECT product_code, placed_at FROM order_lines JOIN seller_orders o"
        " ON o.number = order_number JOIN order_groups g ON g.number = group_number"
        " WHERE o.ships_until IS NULL",
    )
    received = rows(
        stocked,
        "SELECT product_code, received_at FROM lots JOIN skus ON skus.id = sku_id",
    )

    for product, at in [*bought, *received]:
        if product in months:
            assert local_date(at).month in months[product], (product, at)


def test_what_expired_long_ago_is_off_the_shelf(stocked: Session) -> None:
    expired = "SELECT count(*) FROM lots WHERE available > 0 AND best_before < '2026-11-18'"

    assert number(stocked, expired) == 0
    assert number(stocked, "SELECT sum(written_off) FROM lots") > 0


def test_everything_in_season_is_on_the_shelf(stocked: Session) -> None:
    missing = rows(
        stocked,
        """SELECT s.code FROM skus s JOIN products p ON p.code = s.product_code
           WHERE p.state = 'listed' AND (p.is_year_round OR 11 = ANY (p.season_months))
           AND s.id NOT IN (SELECT bundle_sku_id FROM bundle_parts)
           AND NOT EXISTS (
               SELECT FROM lots l WHERE l.sku_id = s.id AND l.available > 5
               AND (l.best_before IS NULL OR l.best_before > '2026-11-20')
           )""",
    )

    assert missing == []


def test_chilled_goat_and_shoots_of_two_cooperatives_can_be_bought(stocked: Session) -> None:
    found = rows(
        stocked,
        """SELECT p.code, p.seller_code, sum(l.available) FROM products p
           JOIN skus s ON s.product_code = p.code JOIN lots l ON l.sku_id = s.id
           WHERE p.code IN ('P012', 'P030') AND l.best_before > '2026-11-20' GROUP BY 1, 2""",
    )

    assert {(row[0], row[1]) for row in found} == {("P012", "C05"), ("P030", "C03")}
    assert all(row[2] > 20 for row in found)


def test_goods_not_recognised_any_more_are_not_on_sale(stocked: Session) -> None:
    found = rows(
        stocked, "SELECT recognition_status FROM products WHERE state = 'suspended' ORDER BY 1"
    )

    assert [row[0] for row in found] == ["rejected", "suspended"]


def test_entitlements_of_every_line_sum_to_its_gross(stocked: Session) -> None:
    wrong = rows(
        stocked,
        """SELECT l.id FROM order_lines l JOIN entitlements e ON e.order_line_id = l.id
           GROUP BY l.id HAVING sum(e.amount_minor) <> l.gross_minor""",
    )

    assert wrong == []
    assert number(stocked, "SELECT count(*) FROM entitlements WHERE household_id IS NOT NULL")


def test_cold_journeys_have_readings_and_are_judged(stocked: Session) -> None:
    unjudged = rows(
        stocked,
        """SELECT s.id FROM shipments s WHERE s.profile_code IS NOT NULL
           AND s.state IN ('accepted', 'accepted_with_claim')
           AND NOT EXISTS (
               SELECT FROM evaluations e WHERE e.shipment_id = s.id AND e.samples > 0
           )""",
    )
    verdicts = Counter(row[0] for row in rows(stocked, "SELECT verdict FROM evaluations"))

    assert unjudged == []
    assert verdicts["pass"] > 0.8 * verdicts.total()


def test_something_is_sold_ahead_and_somebody_waits_for_it(stocked: Session) -> None:
    waited_for = "SELECT count(*) FROM presales WHERE waiting > 0"
    without_supply = """
        SELECT count(*) FROM presales ahead JOIN skus ON skus.id = ahead.sku_id
        WHERE NOT EXISTS (SELECT FROM supply_caps cap
            WHERE cap.product_code = skus.product_code AND cap.year = ahead.season)
    """

    assert number(stocked, waited_for) >= 1
    assert number(stocked, without_supply) == 0


def test_sellers_charge_parcels_by_rules_of_their_own(stocked: Session, files: Files) -> None:
    assert number(stocked, "SELECT count(*) FROM shipping_rules") == len(files.shipping_rules)
    assert number(stocked, "SELECT count(*) FROM order_parcels WHERE rule_id IS NOT NULL") > 0


def test_enterprises_with_an_approved_line_owe_what_they_bought(
    stocked: Session, files: Files
) -> None:
    lines = "SELECT count(*) FROM credit_lines WHERE verdict = 'approved'"
    used = "SELECT coalesce(sum(used_minor), 0) FROM credit_accounts"
    sold = "SELECT coalesce(sum(amount_minor), 0) FROM credit_sales"

    assert number(stocked, lines) == len(files.credit_lines)
    assert number(stocked, used) == number(stocked, sold)


def test_no_name_of_a_household_is_readable_in_the_database(stocked: Session) -> None:
    sealed = rows(stocked, "SELECT name, phone FROM household_identities LIMIT 5")

    assert all("样例户".encode() not in bytes(row[0]) for row in sealed)


def test_pledges_stand_for_this_year_and_the_last(stocked: Session) -> None:
    years = rows(stocked, "SELECT DISTINCT year FROM pledges ORDER BY 1")

    assert [row[0] for row in years] == [2025, 2026]
    assert number(stocked, "SELECT count(*) FROM drawdowns") > 0


def test_the_past_reaches_back_eighteen_months(stocked: Session) -> None:
    first, last = rows(stocked, "SELECT min(placed_at), max(placed_at) FROM order_groups")[0]

    assert date(2025, 5, 1) <= local_date(first) < date(2025, 7, 15)
    assert local_date(last) == date(2026, 11, 20)


def test_every_household_has_consented_and_some_keep_what_is_published_to_themselves(
    stocked: Session,
) -> None:
    active = rows(
        stocked,
        "SELECT scope, count(DISTINCT household_id) FROM consents WHERE withdrawn_at IS NULL"
        " AND household_id IS NOT NULL GROUP BY scope",
    )
    taken_back = rows(
        stocked, "SELECT DISTINCT scope FROM consents WHERE withdrawn_at IS NOT NULL"
    )

    counted = {str(scope): count for scope, count in active}
    assert counted.pop("publishing") in range(70, 80)
    assert counted == {"processing": 120, "sensitive": 120, "sharing": 120}
    assert taken_back == [("publishing",)]
