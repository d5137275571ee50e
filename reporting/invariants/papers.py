"""Certificates and recognitions: every step is drawn, every number given, every stop holds."""

from catalog.values.recognition import APPLICATION_STEPS
from reporting.invariants.form import Check

_DRAWN = ", ".join(
    f"('{before}', '{after}')"
    for before, afters in APPLICATION_STEPS.items()
    for after in sorted(afters)
)

CHECKS: tuple[Check, ...] = (
    Check(
        name="recognition-serials",
        about="a district's recognitions of a year are numbered from 1 without a gap",
        unit="numberings",
        statement="""
            SELECT count(*) AS checked, count(*) FILTER (WHERE
                (serial.last, serial.last) IS DISTINCT FROM (given.count, given.highest))
                AS broken
            FROM recognition_serials serial
            FULL JOIN (
                SELECT a.district_code, split_part(paper.number, '-', 3)::int AS year,
                    count(DISTINCT paper.number)::int AS count,
                    max(split_part(paper.number, '-', 4)::int) AS highest
                FROM recognition_applications a
                JOIN certificate_papers paper ON paper.id = a.paper_id
                WHERE paper.number ~ '^BF-[0-9]+-[0-9]{4}-[0-9]{1,9}$'
                GROUP BY 1, 2
            ) AS given USING (district_code, year)
        """,
    ),
    Check(
        name="recognition-steps",
        about="the steps of an application follow each other as drawn and lead to its state",
        unit="applications",
        statement=f"""
            SELECT count(*) AS checked, count(*) FILTER (WHERE
                coalesce(trail.odd, 1) > 0 OR trail.last IS DISTINCT FROM a.state) AS broken
            FROM recognition_applications a
            LEFT JOIN (
                SELECT step.application_id,
                    count(*) FILTER (WHERE step.number <> step.place
                        OR step.before IS DISTINCT FROM step.previous
                        OR (step.before IS NOT NULL
                            AND (step.before, step.state) NOT IN ({_DRAWN}))) AS odd,
                    (array_agg(step.state ORDER BY step.number DESC))[1] AS last
                FROM (
                    SELECT application_id, number, before, state,
                        row_number() OVER trail AS place, lag(state) OVER trail AS previous
                    FROM recognition_steps
                    WINDOW trail AS (PARTITION BY application_id ORDER BY number)
                ) AS step GROUP BY step.application_id
            ) AS trail ON trail.application_id = a.id
        """,  # noqa: S608 -- assembled from constants
    ),
    Check(
        name="recognition-papers",
        about="a recognition that holds or rests has a paper that says the same",
        unit="recognitions",
        statement="""
            SELECT count(*) AS checked, count(*) FILTER (WHERE paper.state IS DISTINCT FROM
                CASE a.state WHEN 'approved' THEN 'accepted' ELSE 'suspended' END) AS broken
            FROM recognition_applications a
            LEFT JOIN certificate_papers paper ON paper.id = a.paper_id
            WHERE a.state IN ('approved', 'suspended')
        """,
    ),
    Check(
        name="badges-have-papers",
        about="what counts for goods stands on a reviewed paper that holds, word for word",
        unit="certificates",
        statement="""
            SELECT count(*) AS checked, count(*) FILTER (WHERE
                (held.stopped_at IS NULL) <> (paper.state = 'accepted')
                OR (paper.submitted_by IS NOT NULL
                    AND (held.type_code, held.number, held.valid_from, held.valid_to)
                    IS DISTINCT FROM
                    (paper.type_code, paper.number, paper.valid_from, paper.valid_to)))
                AS broken
            FROM certificates held
            JOIN certificate_papers paper ON paper.id = held.paper_id
        """,
    ),
    Check(
        name="papers-follow-steps",
        about="a paper is in the state of its last recorded step",
        unit="papers",
        statement="""
            SELECT count(*) AS checked,
                count(*) FILTER (WHERE last.state IS DISTINCT FROM paper.state) AS broken
            FROM certificate_papers paper
            LEFT JOIN LATERAL (
                SELECT event.state FROM paper_events event
                WHERE event.paper_id = paper.id ORDER BY event.id DESC LIMIT 1
            ) AS last ON true
            WHERE paper.submitted_by IS NOT NULL
        """,
    ),
    Check(
        name="failed-lots-held",
        about="a lot that failed a laboratory's test is not on sale while the report stands",
        unit="lots",
        statement="""
            SELECT count(*) AS checked,
                count(*) FILTER (WHERE lot.quarantined_at IS NULL) AS broken
            FROM lots lot
            WHERE EXISTS (
                SELECT FROM paper_subjects about
                JOIN certificate_papers report ON report.id = about.paper_id
                WHERE about.lot_id = lot.id AND report.result = 'fail'
                    AND report.state IN ('submitted', 'accepted', 'suspended'))
        """,
    ),
    Check(
        name="sold-with-papers",
        about="nothing was sold at a moment when a certificate it needs was over or stopped",
        unit="packs of a lot sold to an order line",
        is_cheap=False,
        statement="""
            SELECT count(*) AS checked, count(*) FILTER (WHERE EXISTS (
                SELECT FROM certificates gone
                JOIN certificate_types kind ON kind.code = gone.type_code
                WHERE (gone.product_code = sold.product_code AND gone.lot_id IS NULL
                        OR gone.lot_id = sold.lot_id)
                    AND kind.stops_sale
                    AND (gone.valid_to < sold.on_day OR gone.stopped_at < sold.settled_at)
                    AND NOT EXISTS (
                        SELECT FROM certificates held
                        WHERE held.type_code = gone.type_code
                            AND held.product_code IS NOT DISTINCT FROM gone.product_code
                            AND held.lot_id IS NOT DISTINCT FROM gone.lot_id
                            AND held.valid_from <= sold.on_day
                            AND coalesce(held.valid_to >= sold.on_day, true)
                            AND coalesce(held.stopped_at >= sold.settled_at, true))
            )) AS broken
            FROM (
                SELECT r.lot_id, s.product_code, r.settled_at,
                    (r.settled_at AT TIME ZONE 'Asia/Shanghai')::date AS on_day
                FROM reservations r
                JOIN lots l ON l.id = r.lot_id
                JOIN skus s ON s.id = l.sku_id
                WHERE r.state = 'taken'
            ) AS sold
        """,
    ),
    Check(
        name="recalls-told",
        about="every order that was paid and holds packs of a recalled lot has its notice",
        unit="orders of recalled lots",
        statement="""
            SELECT count(*) AS checked, count(*) FILTER (WHERE NOT EXISTS (
                SELECT FROM lot_notices told
                WHERE told.lot_id = held.lot_id AND told.order_number = held.number
                    AND told.cause = 'recalled')) AS broken
            FROM (
                SELECT DISTINCT taken.lot_id, part.number
                FROM lots l
                JOIN lot_allocations taken ON taken.lot_id = l.id
                JOIN order_lines line ON line.id = taken.order_line_id
                JOIN seller_orders part ON part.number = line.order_number
                WHERE l.recalled_at IS NOT NULL
                    AND part.state IN ('paid', 'packed', 'shipped', 'delivered')
            ) AS held
        """,
    ),
)
