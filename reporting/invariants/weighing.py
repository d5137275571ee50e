"""Goods sold by weight: one net weight, and everything that was settled by it."""

from reporting.invariants.form import Check

CHECKS: tuple[Check, ...] = (
    Check(
        name="weights-read-last",
        about="the net weight of a line is what was weighed last, piece by piece",
        unit="weighed lines",
        statement="""
            SELECT count(*) AS checked, count(*) FILTER (WHERE
                line.weight_g IS DISTINCT FROM last.weight_g
                OR last.weight_g IS DISTINCT FROM last.pieces
                OR line.pieces <> last.count) AS broken
            FROM weighed_lines line
            LEFT JOIN LATERAL (
                SELECT weight_g, cardinality(pieces_g) AS count,
                    (SELECT sum(piece) FROM unnest(pieces_g) AS piece) AS pieces
                FROM weighings WHERE order_line_id = line.order_line_id
                ORDER BY id DESC LIMIT 1
            ) AS last ON true
        """,
    ),
    Check(
        name="weighed-settled",
        about="what left the store was settled at price times weight, never above the charge",
        unit="weighed lines",
        statement="""
            SELECT count(*) AS checked, count(*) FILTER (WHERE
                (part.shipped_at IS NOT NULL AND line.packs > 0) <> (settled_minor IS NOT NULL)
                OR line.unit_price_minor
                    <> ceil(line.jin_minor * line.most_g / 500::numeric)
                OR settled_minor <> charged_minor AND settled_minor <> due_minor
                OR settled_minor = charged_minor AND settled_minor <> due_minor
                    AND (charged_minor - due_minor)
                        * (line.gross_minor - line.platform_discount_minor)
                        >= 2 * line.gross_minor) AS broken
            FROM (
                SELECT sold.*, weighed.jin_minor, weighed.most_g, weighed.settled_minor,
                    weighed.charged_minor, sold.quantity - coalesce(back.packs, 0) AS packs,
                    least(weighed.charged_minor, greatest(1, floor(
                        least(floor((2 * weighed.jin_minor * weighed.weight_g + 500) / 1000),
                            sold.unit_price_minor * weighed.pieces)
                        * weighed.charged_minor::numeric
                        / (sold.unit_price_minor * weighed.pieces) + 0.5))) AS due_minor
                FROM weighed_lines weighed
                JOIN order_lines sold ON sold.id = weighed.order_line_id
                LEFT JOIN (
                    SELECT order_line_id, sum(quantity) AS packs FROM stock_movements
                    WHERE kind = 'restocked' GROUP BY order_line_id
                ) AS back ON back.order_line_id = sold.id
            ) AS line
            JOIN seller_orders part ON part.number = line.order_number
        """,
    ),
    Check(
        name="weighed-returned",
        about="what a weight took off the charge is what its refund gave back",
        unit="weighed lines",
        statement="""
            SELECT count(*) AS checked, count(*) FILTER (WHERE
                coalesce(line.charged_minor - line.settled_minor, 0)
                <> coalesce(back.minor, 0)) AS broken
            FROM weighed_lines line
            LEFT JOIN (
                SELECT piece.order_line_id, sum(piece.amount_minor) AS minor
                FROM refund_lines piece JOIN refunds refund ON refund.id = piece.refund_id
                WHERE refund.idempotency_key LIKE 'weighed:%'
                GROUP BY piece.order_line_id
            ) AS back ON back.order_line_id = line.order_line_id
        """,
    ),
)
