"""Stock and orders: no pack is lost or sold twice, and every sum is the sum of its parts."""

from reporting.invariants.form import Check

CHECKS: tuple[Check, ...] = (
    Check(
        name="lots-conserved",
        about="received = held + available + sold + written off, none of them negative",
        unit="lots",
        statement="""
            SELECT count(*) AS checked, count(*) FILTER (WHERE
                received <> held + available + sold + written_off
                OR least(held, available, sold, written_off) < 0) AS broken
            FROM lots
        """,
    ),
    Check(
        name="lots-recounted",
        about="the movements of each lot lead to what it says is held, available, sold, lost",
        unit="lots",
        statement="""
            SELECT count(*) AS checked, count(*) FILTER (WHERE
                (lot.received, lot.held, lot.sold, lot.written_off) IS DISTINCT FROM (
                    coalesce(moved.received, 0),
                    coalesce(moved.held - moved.released - moved.sold, 0),
                    coalesce(moved.sold - moved.restocked - moved.lost_after_sale, 0),
                    coalesce(moved.written_off, 0))) AS broken
            FROM lots lot
            LEFT JOIN (
                SELECT lot_id,
                    coalesce(sum(quantity) FILTER (WHERE kind = 'received'), 0) AS received,
                    coalesce(sum(quantity) FILTER (WHERE kind = 'held'), 0) AS held,
                    coalesce(sum(quantity) FILTER (WHERE kind = 'released'), 0) AS released,
                    coalesce(sum(quantity) FILTER (WHERE kind = 'sold'), 0) AS sold,
                    coalesce(sum(quantity) FILTER (WHERE kind = 'restocked'), 0) AS restocked,
                    coalesce(sum(quantity) FILTER (WHERE kind = 'written_off'), 0)
                        AS written_off,
                    coalesce(sum(quantity) FILTER (WHERE kind = 'written_off'
                        AND order_line_id IS NOT NULL), 0) AS lost_after_sale
                FROM stock_movements GROUP BY lot_id
            ) AS moved ON moved.lot_id = lot.id
        """,
    ),
    Check(
        name="reservations-held",
        about="what a lot holds is what is reserved of it, for groups that still wait",
        unit="lots",
        statement="""
            SELECT count(*) AS checked,
                count(*) FILTER (WHERE lot.held <> coalesce(kept.quantity, 0)) AS broken
            FROM lots lot
            LEFT JOIN (
                SELECT held.lot_id, sum(held.quantity) AS quantity
                FROM reservations held
                JOIN order_groups grp ON grp.number = held.group_number
                WHERE held.state = 'held'
                    AND grp.state IN ('pending_payment', 'awaiting_bank', 'cancel_requested')
                GROUP BY held.lot_id
            ) AS kept ON kept.lot_id = lot.id
        """,
    ),
    Check(
        name="sold-by-lot",
        about="the lots of a paid line give its packs, once harvested; no other line has lots",
        unit="order lines",
        statement="""
            SELECT count(*) AS checked, count(*) FILTER (WHERE coalesce(taken.packs, 0)
                <> CASE WHEN grp.state = 'paid'
                        AND coalesce(ahead.state, 'allotted') = 'allotted'
                    THEN line.quantity ELSE 0 END) AS broken
            FROM order_lines line
            LEFT JOIN presale_uses ahead ON ahead.order_line_id = line.id
            JOIN seller_orders part ON part.number = line.order_number
            JOIN order_groups grp ON grp.number = part.group_number
            LEFT JOIN (
                SELECT order_line_id, sum(quantity) AS packs
                FROM lot_allocations GROUP BY order_line_id
            ) AS taken ON taken.order_line_id = line.id
        """,
    ),
    Check(
        name="contributions-add-up",
        about="what households gave to a lot adds up to its weight",
        unit="lots",
        statement="""
            SELECT count(*) AS checked,
                count(*) FILTER (WHERE lot.weight_g <> coalesce(given.weight_g, 0)) AS broken
            FROM lots lot
            LEFT JOIN (
                SELECT lot_id, sum(weight_g) AS weight_g
                FROM lot_contributions GROUP BY lot_id
            ) AS given ON given.lot_id = lot.id
        """,
    ),
    Check(
        name="group-totals",
        about="a group's goods, shipping and total are the sums of its orders and their lines",
        unit="groups",
        statement="""
            SELECT count(*) AS checked, count(*) FILTER (WHERE
                (grp.goods_minor, grp.shipping_minor, grp.discount_minor, grp.total_minor,
                    grp.goods_minor, grp.discount_minor)
                IS DISTINCT FROM (sums.goods, sums.shipping, sums.discount,
                    sums.goods + sums.shipping - sums.discount, sums.lines, sums.funded))
                AS broken
            FROM order_groups grp
            LEFT JOIN (
                SELECT part.group_number, sum(part.goods_minor) AS goods,
                    sum(part.shipping_minor) AS shipping,
                    sum(part.discount_minor) AS discount, sum(line.gross) AS lines,
                    sum(line.funded) AS funded
                FROM seller_orders part
                JOIN (
                    SELECT order_number, sum(gross_minor) AS gross,
                        sum(platform_discount_minor) AS funded
                    FROM order_lines GROUP BY order_number
                ) AS line ON line.order_number = part.number
                GROUP BY part.group_number
            ) AS sums ON sums.group_number = grp.number
        """,
    ),
    Check(
        name="lines-refunded",
        about="what a line says was refunded is what refunds gave back for it",
        unit="order lines",
        statement="""
            SELECT count(*) AS checked, count(*) FILTER (WHERE
                line.refunded_minor <> coalesce(back.minor, 0)) AS broken
            FROM order_lines line
            LEFT JOIN (
                SELECT piece.order_line_id, sum(piece.amount_minor) AS minor
                FROM refund_lines piece JOIN refunds refund ON refund.id = piece.refund_id
                WHERE piece.order_line_id IS NOT NULL AND refund.bearer = 'seller'
                GROUP BY piece.order_line_id
            ) AS back ON back.order_line_id = line.id
        """,
    ),
    Check(
        name="volume-events",
        about="official volume is what paid lines sold less what was refunded, line by line;"
        " goods in exchange at the carrier's or platform's cost are no purchase",
        unit="order lines",
        statement="""
            SELECT count(*) AS checked, count(*) FILTER (WHERE coalesce(counted.minor, 0)
                <> CASE WHEN grp.state <> 'paid' OR claim.id IS NOT NULL THEN 0
                    ELSE line.gross_minor - line.refunded_minor END) AS broken
            FROM order_lines line
            JOIN seller_orders part ON part.number = line.order_number
            JOIN order_groups grp ON grp.number = part.group_number
            LEFT JOIN claims claim
                ON claim.replacement_number = grp.number AND claim.bearer <> 'seller'
            LEFT JOIN (
                SELECT order_line_id, sum(minor) AS minor
                FROM volume_events GROUP BY order_line_id
            ) AS counted ON counted.order_line_id = line.id
        """,
    ),
)
