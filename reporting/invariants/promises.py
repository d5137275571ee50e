"""Presales and parcels: what was promised is what orders were promised, within every cap."""

from reporting.invariants.form import Check

CHECKS: tuple[Check, ...] = (
    Check(
        name="presales-counted",
        about="as many packs are promised and awaited as lines say, never above the cap",
        unit="presales",
        statement="""
            SELECT count(*) AS checked, count(*) FILTER (WHERE
                (presale.taken, presale.waiting) IS DISTINCT FROM (
                    coalesce(uses.packs, 0), coalesce(uses.waiting, 0))
                OR presale.taken > presale.cap OR presale.cap <= 0) AS broken
            FROM presales presale
            LEFT JOIN (
                SELECT presale_id, sum(quantity - returned) AS packs,
                    sum(quantity - returned) FILTER (WHERE state IN ('held', 'taken'))
                        AS waiting
                FROM presale_uses GROUP BY presale_id
            ) AS uses ON uses.presale_id = presale.id
        """,
    ),
    Check(
        name="presales-follow-orders",
        about="only unpaid groups hold packs of a presale, only paid orders wait for a lot",
        unit="lines",
        statement="""
            SELECT count(*) AS checked, count(*) FILTER (WHERE CASE uses.state
                WHEN 'held' THEN grp.state NOT IN
                    ('pending_payment', 'awaiting_bank', 'cancel_requested')
                WHEN 'taken' THEN part.state <> 'paid'
                WHEN 'allotted' THEN grp.state <> 'paid'
                ELSE false END) AS broken
            FROM presale_uses uses
            JOIN order_lines line ON line.id = uses.order_line_id
            JOIN seller_orders part ON part.number = line.order_number
            JOIN order_groups grp ON grp.number = part.group_number
        """,
    ),
    Check(
        name="supply-caps",
        about="presales of a year never promise more than the year gives",
        unit="products and years",
        statement="""
            SELECT count(*) AS checked, count(*) FILTER (WHERE promised.grams > cap.weight_g)
                AS broken
            FROM supply_caps cap
            LEFT JOIN (
                SELECT sku.product_code, presale.season,
                    sum(presale.taken::bigint * sku.net_weight_g) AS grams
                FROM presales presale JOIN skus sku ON sku.id = presale.sku_id
                GROUP BY sku.product_code, presale.season
            ) AS promised
                ON promised.product_code = cap.product_code AND promised.season = cap.year
        """,
    ),
    Check(
        name="parcels-add-up",
        about="the parcels of an order cost its shipping and weigh what their lines weigh",
        unit="orders with parcels",
        statement="""
            SELECT count(*) AS checked, count(*) FILTER (WHERE
                parcels.minor <> part.shipping_minor
                OR parcels.grams IS DISTINCT FROM lines.grams) AS broken
            FROM seller_orders part
            JOIN (
                SELECT order_number, sum(shipping_minor) AS minor, sum(weight_g) AS grams
                FROM order_parcels GROUP BY order_number
            ) AS parcels ON parcels.order_number = part.number
            LEFT JOIN (
                SELECT order_number,
                    sum(quantity * CAST(snapshot ->> 'net_weight_g' AS bigint)) AS grams
                FROM order_lines WHERE parcel_number IS NOT NULL GROUP BY order_number
            ) AS lines ON lines.order_number = part.number
        """,
    ),
)
