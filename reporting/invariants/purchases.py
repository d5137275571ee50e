"""Goods bought from households: paid once, kept at cost, traced as they are sold."""

from reporting.invariants.form import Check

CHECKS: tuple[Check, ...] = (
    Check(
        name="earned-receipts",
        about="what households earned by goods received is what the ledger came to owe them",
        unit="households that sold goods",
        statement="""
            SELECT count(*) AS checked, count(*) FILTER (WHERE
                coalesce(earned.minor, 0) <> coalesce(owed.minor, 0)) AS broken
            FROM (
                SELECT 'hh:' || party_code AS owner,
                    sum(amount_minor - reversed_minor) AS minor
                FROM entitlements WHERE receipt_id IS NOT NULL GROUP BY party_code
            ) AS earned
            FULL JOIN (
                SELECT account.owner, -sum(entry.amount_minor) AS minor
                FROM ledger_txs tx
                JOIN ledger_entries entry ON entry.tx_id = tx.id
                JOIN ledger_accounts account ON account.id = entry.account_id
                WHERE tx.kind IN ('goods_received', 'receipt_taken_back')
                    AND account.owner LIKE 'hh:%' GROUP BY account.owner
            ) AS owed USING (owner)
        """,
    ),
    Check(
        name="advances",
        about="an open advance is what was paid, less goods netted, claimed back and waived",
        unit="contracts with an advance",
        statement="""
            SELECT count(*) AS checked, count(*) FILTER (WHERE told.minor < 0
                OR coalesce(told.minor, 0) <> coalesce(booked.minor, 0)) AS broken
            FROM (
                SELECT 'A:advance:hh:' || contract.household_id || ':' || contract.code AS code,
                    moved.minor - coalesce(goods.minor, 0) AS minor
                FROM (
                    SELECT contract_id,
                        sum(CASE move WHEN 'paid' THEN minor ELSE -minor END) AS minor
                    FROM contract_advances GROUP BY contract_id
                ) AS moved
                JOIN linkage_contracts contract ON contract.id = moved.contract_id
                LEFT JOIN (
                    SELECT version.contract_id, sum(CASE WHEN slip.reverses_id IS NULL THEN 1
                        ELSE -1 END * slip.netted_minor) AS minor
                    FROM goods_receipts slip
                    JOIN contract_versions version ON version.id = slip.contract_version_id
                    WHERE slip.netted_minor > 0 GROUP BY version.contract_id
                ) AS goods ON goods.contract_id = contract.id
            ) AS told
            FULL JOIN (
                SELECT account.code, sum(entry.amount_minor) AS minor
                FROM ledger_accounts account
                JOIN ledger_entries entry ON entry.account_id = account.id
                WHERE account.code LIKE 'A:advance:%' GROUP BY account.code
            ) AS booked USING (code)
        """,
    ),
    Check(
        name="lots-at-cost",
        about="a purchased lot stands in the books at what its unsold packs cost",
        unit="purchased lots",
        statement="""
            SELECT count(*) AS checked, count(*) FILTER (WHERE
                coalesce(book.minor, 0) <> coalesce(bought.minor, 0) - coalesce(gone.minor, 0)
                OR (gone.packs = lot.received AND coalesce(book.minor, 0) <> 0)) AS broken
            FROM lots lot
            LEFT JOIN (
                SELECT lot_id, sum(CASE WHEN reverses_id IS NULL THEN gross_minor
                    ELSE -gross_minor END) AS minor
                FROM goods_receipts GROUP BY lot_id
            ) AS bought ON bought.lot_id = lot.id
            LEFT JOIN (
                SELECT lot_id, sum(cost_minor) AS minor, sum(packs) AS packs
                FROM goods_issues GROUP BY lot_id
            ) AS gone ON gone.lot_id = lot.id
            LEFT JOIN (
                SELECT account.code, sum(entry.amount_minor) AS minor
                FROM ledger_accounts account
                JOIN ledger_entries entry ON entry.account_id = account.id
                WHERE account.code LIKE 'A:inventory:lot:%' GROUP BY account.code
            ) AS book ON book.code = 'A:inventory:lot:' || lot.code
            WHERE bought.lot_id IS NOT NULL OR book.code IS NOT NULL
        """,
    ),
    Check(
        name="goods-issued",
        about="packs of a purchased lot go out at cost when delivered or written off",
        unit="purchased lots",
        statement="""
            SELECT count(*) AS checked, count(*) FILTER (WHERE
                cost.packs <> lot.received
                OR cost.issued_packs <> lot.written_off + coalesce(sold.packs, 0)) AS broken
            FROM purchased_lots cost
            JOIN lots lot ON lot.id = cost.lot_id
            LEFT JOIN (
                SELECT taken.lot_id, sum(taken.quantity) AS packs
                FROM lot_allocations taken
                JOIN order_lines line ON line.id = taken.order_line_id
                JOIN seller_orders part ON part.number = line.order_number
                WHERE part.state = 'delivered' GROUP BY taken.lot_id
            ) AS sold ON sold.lot_id = lot.id
        """,
    ),
    Check(
        name="trace-within-receipts",
        about="sales trace no more of a purchased lot than its households got, and all of it "
        "once it is sold out",
        unit="purchased lots",
        statement="""
            SELECT count(*) AS checked, count(*) FILTER (WHERE
                coalesce(traced.minor, 0) > bought.minor
                OR (traced.packs = lot.received AND traced.minor <> bought.minor)) AS broken
            FROM (
                SELECT lot_id, sum(CASE WHEN reverses_id IS NULL THEN pay_minor
                    ELSE -pay_minor END) AS minor
                FROM goods_receipts GROUP BY lot_id
            ) AS bought
            JOIN lots lot ON lot.id = bought.lot_id
            LEFT JOIN (
                SELECT lot_id, sum(pay_minor) AS minor, sum(packs) AS packs
                FROM goods_issues WHERE kind = 'sold' AND returned_at IS NULL GROUP BY lot_id
            ) AS traced ON traced.lot_id = bought.lot_id
        """,
    ),
)
