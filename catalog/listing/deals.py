"""What one pack of an SKU costs whoever looks, and how many gift boxes the shelf makes.

Fragments of SQL over an SKU `s`, with the parameters `:at`, `:today` and `:person_id`. They say
of one pack what `orders.rules.pricing` says of any number; a test holds the two together.
"""

from catalog.listing.sellable import sellable_lot

RUNS = "c.starts_at <= :at AND c.ends_at > :at AND c.stopped_at IS NULL"
"""Whether a campaign `c` gives its prices now."""

_HAS_PACK_LEFT = """(
    coalesce(cs.taken < cs.stock, true)
    AND (
        c.limit_per_buyer IS NULL
        OR CAST(:person_id AS bigint) IS NOT NULL AND c.limit_per_buyer > (
            SELECT coalesce(sum(u.quantity), 0) FROM campaign_uses u
            WHERE u.campaign_code = c.code AND u.sku_id = cs.sku_id
              AND u.person_id = :person_id AND u.returned_at IS NULL
        )
    )
)"""

DEAL = f"""LEFT JOIN LATERAL (
    SELECT c.code, c.name, c.name_en, c.ends_at, cs.price_minor, cs.before_minor
    FROM campaign_skus cs JOIN campaigns c ON c.code = cs.campaign_code
    WHERE cs.sku_id = s.id AND cs.price_minor < s.price_minor AND {RUNS} AND {_HAS_PACK_LEFT}
      AND NOT EXISTS (SELECT FROM bundle_parts own WHERE own.bundle_sku_id = s.id)
    ORDER BY cs.price_minor, c.funder = 'platform', c.code LIMIT 1
) deal ON true"""  # noqa: S608 -- assembled from constants
"""The campaign whose price holds for one pack; a gift box has none."""

BOX = f"""LEFT JOIN LATERAL (
    SELECT sum(part.price_minor * held.quantity)::bigint AS worth_minor, count(*) AS kinds,
           min(CASE WHEN part.is_on_sale AND inside.state = 'listed'
               THEN coalesce(shelf.packs, 0) / held.quantity ELSE 0 END)::int AS boxes
    FROM bundle_parts held
    JOIN skus part ON part.id = held.sku_id
    JOIN products inside ON inside.code = part.product_code
    LEFT JOIN LATERAL (
        SELECT sum(l.available) AS packs FROM lots l
        WHERE l.sku_id = part.id AND {sellable_lot("l", "inside")}
    ) shelf ON true
    WHERE held.bundle_sku_id = s.id
) box ON true"""  # noqa: S608 -- assembled from constants
"""What a gift box is made of together; empty for everything else."""

PRICE = """coalesce(
    deal.price_minor, greatest(least(s.price_minor, box.worth_minor), box.kinds)
)"""
"""What one pack costs, after `DEAL` and `BOX`. A box never costs more than its parts."""

STRUCK = "CASE WHEN deal.before_minor > deal.price_minor THEN deal.before_minor END"
"""What may be struck through beside it, as `orders.rules.pricing.struck_minor` has it."""

BOXED_IN_STOCK = f"""p.code IN (
    SELECT s.product_code FROM skus s {BOX}
    WHERE s.is_on_sale AND s.id IN (SELECT bundle_sku_id FROM bundle_parts) AND box.boxes > 0
)"""  # noqa: S608 -- assembled from constants
"""Whether a product `p` is a gift box of which one can be packed; asked once a query."""
