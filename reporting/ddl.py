"""The view all purchase figures are counted from.

Definition (口径) `purchase-volume/1`: goods of paid order lines at the moment of payment, less
refunds of goods at the moment the refund was booked; shipping is not goods. What the carrier or
the platform pays back at their own cost takes nothing off the sale, and goods they pay for once
more are no second purchase. One primary channel an order; months are months of Asia/Shanghai.
Refunds stand in their own month, so a figure of a past month never changes.
"""

VIEW = """
CREATE VIEW volume_events AS
    SELECT 'paid' AS kind,
        line.id AS order_line_id,
        line.order_number,
        part.group_number,
        part.seller_code,
        line.product_code,
        line.origin_district_code,
        line.origin_township_code,
        line.origin_village_code,
        grp.channel_code,
        grp.buyer_organisation_code,
        grp.paid_at AS at,
        date_trunc('month', grp.paid_at AT TIME ZONE 'Asia/Shanghai')::date AS month,
        line.gross_minor AS minor,
        line.quantity,
        grp.is_sample
    FROM order_lines line
    JOIN seller_orders part ON part.number = line.order_number
    JOIN order_groups grp ON grp.number = part.group_number
    WHERE grp.paid_at IS NOT NULL
    UNION ALL
    SELECT 'refunded',
        line.id,
        line.order_number,
        part.group_number,
        part.seller_code,
        line.product_code,
        line.origin_district_code,
        line.origin_township_code,
        line.origin_village_code,
        grp.channel_code,
        grp.buyer_organisation_code,
        refund.requested_at,
        date_trunc('month', refund.requested_at AT TIME ZONE 'Asia/Shanghai')::date,
        -piece.amount_minor,
        0,
        grp.is_sample
    FROM refund_lines piece
    JOIN refunds refund ON refund.id = piece.refund_id
    JOIN order_lines line ON line.id = piece.order_line_id
    JOIN seller_orders part ON part.number = line.order_number
    JOIN order_groups grp ON grp.number = part.group_number
"""

SALES_VIEW = (
    VIEW.replace("CREATE VIEW", "CREATE OR REPLACE VIEW")
    + "    WHERE refund.bearer = 'seller'\n"
)
"""What carrier or platform paid back at their own cost leaves the sale as it was."""

REPLACED = """ NOT EXISTS (
        SELECT FROM claims claim
        WHERE claim.replacement_number = grp.number AND claim.bearer <> 'seller'
    )
"""
COUNTED_VIEW = (
    SALES_VIEW.replace("grp.paid_at IS NOT NULL\n", "grp.paid_at IS NOT NULL AND" + REPLACED)
    + "    AND"
    + REPLACED
)
"""Goods sent once more at the carrier's or the platform's cost are no second purchase."""

FIRST_VIEW = VIEW.replace("CREATE VIEW", "CREATE OR REPLACE VIEW")

STATEMENTS: tuple[str, ...] = (VIEW,)

DROP_STATEMENTS: tuple[str, ...] = ("DROP VIEW IF EXISTS volume_events",)
