"""Coupons and campaigns: what is counted as used is what orders used."""

from reporting.invariants.form import Check

CHECKS: tuple[Check, ...] = (
    Check(
        name="coupons-counted",
        about="each coupon was used as often and for as much as its uses say, within limits",
        unit="coupons",
        statement="""
            SELECT count(*) AS checked, count(*) FILTER (WHERE
                (coupon.used, coupon.spent_minor) IS DISTINCT FROM (
                    coalesce(uses.number, 0), coalesce(uses.minor, 0))
                OR coupon.used > coupon.total_limit
                OR coupon.spent_minor > coupon.budget_minor) AS broken
            FROM coupons coupon
            LEFT JOIN (
                SELECT coupon_code, count(*) AS number, sum(amount_minor) AS minor
                FROM coupon_uses WHERE returned_at IS NULL GROUP BY coupon_code
            ) AS uses ON uses.coupon_code = coupon.code
        """,
    ),
    Check(
        name="coupons-on-lines",
        about="what a coupon took off a group is what it took off the lines of the group",
        unit="uses",
        statement="""
            SELECT count(*) AS checked, count(*) FILTER (WHERE
                uses.amount_minor IS DISTINCT FROM (
                    SELECT sum(CAST(told ->> 'minor' AS bigint))
                    FROM seller_orders part
                    JOIN order_lines line ON line.order_number = part.number
                    CROSS JOIN LATERAL jsonb_array_elements(line.snapshot -> 'reductions') told
                    WHERE part.group_number = uses.group_number
                        AND told ->> 'kind' = 'coupon'
                        AND told ->> 'code' = uses.coupon_code)) AS broken
            FROM coupon_uses uses
        """,
    ),
    Check(
        name="campaigns-counted",
        about="as many packs are counted in a campaign as lines took at its price",
        unit="prices",
        statement="""
            SELECT count(*) AS checked, count(*) FILTER (WHERE
                price.taken IS DISTINCT FROM coalesce(uses.packs, 0)
                OR price.taken > price.stock) AS broken
            FROM campaign_skus price
            LEFT JOIN (
                SELECT campaign_code, sku_id, sum(quantity) AS packs
                FROM campaign_uses WHERE returned_at IS NULL GROUP BY campaign_code, sku_id
            ) AS uses ON uses.campaign_code = price.campaign_code
                AND uses.sku_id = price.sku_id
        """,
    ),
    Check(
        name="prices-recorded",
        about="the last recorded price of each SKU is its price",
        unit="SKUs",
        statement="""
            SELECT count(*) AS checked, count(*) FILTER (WHERE
                sku.price_minor IS DISTINCT FROM (
                    SELECT price_minor FROM price_changes told
                    WHERE told.sku_id = sku.id AND told.from_quantity = 1
                    ORDER BY told.id DESC LIMIT 1)) AS broken
            FROM skus sku
        """,
    ),
)
