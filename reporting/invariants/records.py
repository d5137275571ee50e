"""Deliveries to others and the acts of people: nothing waits unseen, nothing is unaccounted."""

from reporting.invariants.form import Check

CHECKS: tuple[Check, ...] = (
    Check(
        name="outbox-delivered",
        about="no recorded fact has waited for its reactions for more than five minutes",
        unit="facts",
        statement="""
            SELECT count(*) AS checked, count(*) FILTER (WHERE delivered_at IS NULL
                AND recorded_at < clock_timestamp() - interval '5 minutes') AS broken
            FROM outbox
        """,
    ),
    Check(
        name="order-history",
        about="the state of each order is the last step of its history",
        unit="orders",
        statement="""
            SELECT count(*) AS checked, count(*) FILTER (WHERE part.state IS DISTINCT FROM
                CASE step.state WHEN 'expired' THEN 'cancelled'
                    WHEN 'awaiting_bank' THEN 'pending_payment'
                    WHEN 'cancel_requested' THEN 'pending_payment'
                    ELSE step.state END) AS broken
            FROM seller_orders part
            JOIN LATERAL (
                SELECT event.state FROM order_events event
                WHERE event.group_number = part.group_number
                    AND coalesce(event.order_number, part.number) = part.number
                ORDER BY event.id DESC LIMIT 1
            ) AS step ON true
        """,
    ),
)
