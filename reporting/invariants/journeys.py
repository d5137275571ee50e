"""The cold chain: every reading stands once, and every cold delivery was judged."""

from reporting.invariants.form import Check

CHECKS: tuple[Check, ...] = (
    Check(
        name="readings-once",
        about="no channel has two readings of one moment",
        unit="readings",
        is_cheap=False,
        statement="""
            SELECT count(*) AS checked,
                count(*) - count(DISTINCT (channel_id, at)) AS broken
            FROM readings
        """,
    ),
    Check(
        name="readings-bound",
        about="each reading was made while its logger travelled, within one sampling interval,"
        " or is quarantined",
        unit="readings",
        is_cheap=False,
        statement="""
            SELECT count(*) AS checked, count(*) FILTER (WHERE reading.quality = 'good'
                AND NOT EXISTS (
                    SELECT FROM device_bindings binding
                    WHERE binding.device_id = channel.device_id
                        AND reading.at >= binding.from_at
                            - make_interval(secs => channel.sampling_interval_s)
                        AND (binding.to_at IS NULL OR reading.at <= binding.to_at
                            + make_interval(secs => channel.sampling_interval_s))
                )) AS broken
            FROM readings reading
            JOIN device_channels channel ON channel.id = reading.channel_id
        """,
    ),
    Check(
        name="cold-deliveries-judged",
        about="each delivered shipment with temperature limits has one valid verdict",
        unit="delivered cold shipments",
        statement="""
            SELECT count(*) AS checked, count(*) FILTER (WHERE
                coalesce(judged.verdicts, 0) <> 1) AS broken
            FROM shipments shipment
            LEFT JOIN (
                SELECT shipment_id, count(*) AS verdicts FROM evaluations
                WHERE superseded_by IS NULL GROUP BY shipment_id
            ) AS judged ON judged.shipment_id = shipment.id
            WHERE shipment.profile_code IS NOT NULL AND shipment.accepted_at IS NOT NULL
        """,
    ),
    Check(
        name="shipments-follow-orders",
        about="goods of a delivered order are accepted, goods of a shipped one are on the way",
        unit="shipments",
        statement="""
            SELECT count(*) AS checked, count(*) FILTER (WHERE CASE part.state
                WHEN 'delivered' THEN shipment.accepted_at IS NULL
                WHEN 'shipped' THEN shipment.departed_at IS NULL
                WHEN 'paid' THEN shipment.loaded_at IS NOT NULL
                WHEN 'packed' THEN shipment.loaded_at IS NOT NULL
                ELSE false END) AS broken
            FROM shipments shipment
            JOIN seller_orders part ON part.number = shipment.order_number
        """,
    ),
)
