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
    Check(
        name="losses-add-up",
        about="what the holders of a custody answer for makes up the degree-minutes of its"
        " evaluation, one holder after the other without a hole",
        unit="evaluations",
        statement="""
            SELECT count(*) AS checked, count(*) FILTER (WHERE
                judged.dose_hold_milli <> coalesce(booked.dose, -1)
                OR booked.holes > 0) AS broken
            FROM evaluations judged
            LEFT JOIN (
                SELECT evaluation_id, sum(dose_hold_milli) AS dose,
                    count(*) FILTER (WHERE before <> from_at) AS holes
                FROM (
                    SELECT *, lag(to_at) OVER (PARTITION BY evaluation_id ORDER BY place)
                        AS before
                    FROM custody_losses
                ) AS part
                GROUP BY evaluation_id
            ) AS booked ON booked.evaluation_id = judged.id
            WHERE judged.superseded_by IS NULL AND judged.durations <> '[]'
        """,
    ),
    Check(
        name="cases-follow-steps",
        about="each excursion and each gap stands where its last step took it",
        unit="excursions and gaps",
        statement="""
            SELECT count(*) AS checked, count(*) FILTER (WHERE state <> stands) AS broken
            FROM (
                SELECT one.state, (
                    SELECT step.state FROM excursion_steps step
                    WHERE step.case_id = one.id ORDER BY step.id DESC LIMIT 1
                ) AS stands FROM excursion_cases one
                UNION ALL
                SELECT one.state, (
                    SELECT step.state FROM gap_steps step
                    WHERE step.case_id = one.id ORDER BY step.id DESC LIMIT 1
                ) FROM gap_cases one
            ) AS followed
        """,
    ),
    Check(
        name="alarms-have-cases",
        about="each alarm and each gap of a valid evaluation is followed up",
        unit="evaluations",
        statement="""
            SELECT count(*) AS checked, count(*) FILTER (WHERE EXISTS (
                SELECT FROM jsonb_array_elements(judged.alarms) AS alarm
                WHERE NOT EXISTS (
                    SELECT FROM excursion_cases one
                    WHERE one.shipment_id = judged.shipment_id AND one.in_record
                        AND one.rule = alarm ->> 'rule'
                        AND one.start_at = (alarm ->> 'start_at')::timestamptz
                        AND one.state <> 'suspected'
                )
            ) OR jsonb_array_length(judged.gaps) <> (
                SELECT count(*) FROM gap_cases one
                WHERE one.shipment_id = judged.shipment_id AND one.state <> 'filled'
            )) AS broken
            FROM evaluations judged
            WHERE judged.superseded_by IS NULL AND judged.durations <> '[]'
        """,
    ),
)
