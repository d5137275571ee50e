"""Events and blocks: what is shown was written, and prices of events end with them."""

from reporting.invariants.form import Check

CHECKS: tuple[Check, ...] = (
    Check(
        name="pieces-counted",
        about="revisions of an event or block are counted without gaps, with the days they say",
        unit="pieces",
        statement="""
            SELECT count(*) AS checked, count(*) FILTER (WHERE
                told.written IS DISTINCT FROM told.last OR told.elsewhere > 0) AS broken
            FROM editorial_pieces piece
            LEFT JOIN LATERAL (
                SELECT count(*) AS written, coalesce(max(number), -1) AS last,
                    count(*) FILTER (WHERE
                        (starts_at, ends_at, coalesce(place_code, '')) IS DISTINCT FROM (
                            CAST(plan ->> 'starts_at' AS timestamptz),
                            CAST(plan ->> 'ends_at' AS timestamptz),
                            plan ->> 'place')) AS elsewhere
                FROM editorial_revisions WHERE piece_code = piece.code
            ) AS told ON true
        """,
    ),
    Check(
        name="events-hold-campaigns",
        about="each campaign of an event that is shown lies within the days of the event",
        unit="campaigns",
        statement="""
            SELECT count(*) AS checked, count(*) FILTER (WHERE
                coalesce(campaign.starts_at < event.starts_at
                    OR campaign.ends_at > event.ends_at, true)) AS broken
            FROM editorial_pieces piece
            JOIN LATERAL (
                SELECT revision_id FROM editorial_steps
                WHERE piece_code = piece.code ORDER BY id DESC LIMIT 1
            ) AS shown ON true
            JOIN editorial_revisions event ON event.id = shown.revision_id
            CROSS JOIN LATERAL
                jsonb_array_elements_text(event.plan -> 'campaigns') AS named (code)
            LEFT JOIN campaigns campaign ON campaign.code = named.code
        """,
    ),
)
