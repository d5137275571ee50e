"""Triggers that note which goods the search has to copy anew, whoever changed what.

A trigger forgets no way of changing something, and what it notes is committed with the change
or not at all. What only the clock changes is noted elsewhere (`search_marks.due_at`).
"""

from collections.abc import Mapping

FUNCTION = """
CREATE FUNCTION {table}_tell_search() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    it {table}%ROWTYPE;
BEGIN
    IF TG_OP = 'DELETE' THEN it := OLD; ELSE it := NEW; END IF;
    INSERT INTO search_changes (product_code) {goods};
    RETURN NULL;
END $$
"""

TRIGGER = """
CREATE TRIGGER {table}_tell_search_{name} AFTER {events} ON {table}
    FOR EACH ROW {condition} EXECUTE FUNCTION {table}_tell_search()
"""

BOXES_WITH = """
    SELECT whole.product_code FROM bundle_parts held
    JOIN skus whole ON whole.id = held.bundle_sku_id WHERE held.sku_id = {sku}
"""
_LOT_CHANGED = """(
    (OLD.quarantined_at, OLD.best_before, OLD.received_at, OLD.batch_certificate_number)
    IS DISTINCT FROM
    (NEW.quarantined_at, NEW.best_before, NEW.received_at, NEW.batch_certificate_number)
)"""
# Of a gift box every pack of what is in it counts; of the goods themselves the last one.
OF_SKU = "SELECT s.product_code FROM skus s WHERE s.id = it.sku_id"

# Table → the goods a changed row `it` is about.
GOODS = {
    "products": "SELECT it.code",
    "skus": f"SELECT it.product_code UNION {BOXES_WITH.format(sku='it.id')}",
    "lots": f"""
        {OF_SKU} AND (
            TG_OP <> 'UPDATE' OR {_LOT_CHANGED}
            OR (OLD.available > 0) <> (NEW.available > 0)
        ) UNION {BOXES_WITH.format(sku="it.sku_id")}
    """,
    "certificates": """
        SELECT it.product_code WHERE it.product_code IS NOT NULL UNION
        SELECT s.product_code FROM lots l JOIN skus s ON s.id = l.sku_id
        WHERE l.id = it.lot_id
    """,
    "campaign_skus": OF_SKU,
    "campaigns": """
        SELECT s.product_code FROM campaign_skus cs JOIN skus s ON s.id = cs.sku_id
        WHERE cs.campaign_code = it.code
    """,
    "bundle_parts": "SELECT s.product_code FROM skus s WHERE s.id = it.bundle_sku_id",
    "presales": OF_SKU,
    "organisations": "SELECT p.code FROM products p WHERE p.seller_code = it.code",
    "regions": """
        SELECT p.code FROM products p
        WHERE it.code IN
            (p.origin_district_code, p.origin_township_code, p.origin_village_code)
    """,
    "categories": "SELECT p.code FROM products p WHERE p.category_code = it.code",
    "storage_classes": "SELECT p.code FROM products p WHERE p.storage_code = it.code",
    "certificate_types": """
        SELECT DISTINCT c.product_code FROM certificates c
        WHERE c.type_code = it.code AND c.product_code IS NOT NULL
    """,
    "transit_limits": """
        SELECT p.code FROM products p
        WHERE p.code = it.product_code OR p.storage_code = it.storage_code
    """,
}

# The same of tables that are watched since later.
MARKED_GOODS = {
    "region_marks": """
        SELECT p.code FROM products p WHERE p.origin_district_code = it.region_code
    """,
    "brands": """
        SELECT DISTINCT c.product_code FROM certificates c
        JOIN certificate_papers paper ON paper.id = c.paper_id
        WHERE paper.brand_code = it.code AND c.product_code IS NOT NULL
    """,
}

# Table → when an update matters, for tables every order writes to.
MATTERS = {
    "lots": f"(OLD.available <> NEW.available OR {_LOT_CHANGED})",
    "campaign_skus": """(
        OLD.price_minor <> NEW.price_minor OR OLD.stock IS DISTINCT FROM NEW.stock
        OR coalesce(OLD.taken < OLD.stock, true) <> coalesce(NEW.taken < NEW.stock, true)
    )""",
    "presales": """(
        (OLD.taken < OLD.cap) <> (NEW.taken < NEW.cap)
        OR (OLD.waiting > 0) <> (NEW.waiting > 0)
        OR (OLD.stopped_at, OLD.opens_at, OLD.closes_at) IS DISTINCT FROM
           (NEW.stopped_at, NEW.opens_at, NEW.closes_at)
    )""",
}


def _statements(table: str, goods: str) -> tuple[str, ...]:
    when = (
        f"WHEN {MATTERS[table]}" if table in MATTERS else "WHEN (OLD.* IS DISTINCT FROM NEW.*)"
    )
    return (
        FUNCTION.format(table=table, goods=goods),
        TRIGGER.format(table=table, name="set", events="INSERT OR DELETE", condition=""),
        TRIGGER.format(table=table, name="changed", events="UPDATE", condition=when),
    )


def _create(watched: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(
        statement for table, goods in watched.items() for statement in _statements(table, goods)
    )


def _drop(watched: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(f"DROP FUNCTION IF EXISTS {table}_tell_search() CASCADE" for table in watched)


STATEMENTS, DROP_STATEMENTS = _create(GOODS), _drop(GOODS)
MARKED_STATEMENTS, DROP_MARKED_STATEMENTS = _create(MARKED_GOODS), _drop(MARKED_GOODS)
