"""How many households put something into a lot, and how lopsided their parts are."""

# Parts count as they do in the attribution: weight times grade.
CONTRIBUTED = """
    LEFT JOIN LATERAL (
        SELECT count(*) AS households, coalesce(sum(part), 0)::bigint AS whole,
               coalesce(max(part) FILTER (WHERE rank = 1), 0) AS largest,
               coalesce(max(part) FILTER (WHERE rank = 2), 0) AS second
        FROM (
            SELECT weight_g * grade_percent AS part,
                   row_number() OVER (ORDER BY weight_g * grade_percent DESC) AS rank
            FROM lot_contributions WHERE lot_id = l.id
        ) AS parts
    ) AS given ON true
"""
GROUP = "given.households, given.whole, given.largest, given.second"
"""The columns of `kernel.disclosure.HouseholdGroup`, of the lot `l`."""
