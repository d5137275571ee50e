"""Triggers of the catalogue: movements are only added, contributions add up to their lot."""

from kernel.ddl import append_only, keep

CONTRIBUTIONS_FUNCTION = """
CREATE FUNCTION lots_check_contributions() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    wanted bigint;
    given bigint;
    lot bigint;
BEGIN
    -- Two branches, because a row of lots has no lot_id that could be named in one expression.
    IF TG_TABLE_NAME = 'lots' THEN
        lot := NEW.id;
    ELSE
        lot := NEW.lot_id;
    END IF;
    SELECT weight_g INTO wanted FROM lots WHERE id = lot;
    SELECT coalesce(sum(weight_g), 0) INTO given FROM lot_contributions WHERE lot_id = lot;
    IF wanted <> given THEN
        RAISE EXCEPTION 'lot %: contributions of % g do not add up to % g', lot, given, wanted
            USING ERRCODE = 'check_violation', CONSTRAINT = 'contributions_add_up';
    END IF;
    RETURN NULL;
END $$
"""

CONTRIBUTIONS_TRIGGER = """
CREATE CONSTRAINT TRIGGER {table}_contributions_add_up AFTER {events} ON {table}
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION lots_check_contributions()
"""

STATEMENTS: tuple[str, ...] = (
    append_only("stock_movements"),
    append_only("lot_contributions"),
    CONTRIBUTIONS_FUNCTION,
    CONTRIBUTIONS_TRIGGER.format(table="lots", events="INSERT OR UPDATE OF weight_g"),
    CONTRIBUTIONS_TRIGGER.format(table="lot_contributions", events="INSERT"),
)

DROP_STATEMENTS: tuple[str, ...] = (
    "DROP FUNCTION IF EXISTS lots_check_contributions() CASCADE",
)

PRICES_FUNCTION = """
CREATE FUNCTION skus_remember_price() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'skus' THEN
        IF TG_OP = 'INSERT' OR NEW.price_minor <> OLD.price_minor THEN
            INSERT INTO price_changes (sku_id, price_minor) VALUES (NEW.id, NEW.price_minor);
        END IF;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO price_changes (sku_id, from_quantity)
        VALUES (OLD.sku_id, OLD.from_quantity);
    ELSE
        INSERT INTO price_changes (sku_id, from_quantity, price_minor)
        VALUES (NEW.sku_id, NEW.from_quantity, NEW.price_minor);
    END IF;
    RETURN NULL;
END $$
"""

PRICES_TRIGGER = """
CREATE TRIGGER {table}_remember_price AFTER {events} ON {table}
    FOR EACH ROW EXECUTE FUNCTION skus_remember_price()
"""

PRICE_STATEMENTS: tuple[str, ...] = (
    append_only("price_changes"),
    PRICES_FUNCTION,
    PRICES_TRIGGER.format(table="skus", events="INSERT OR UPDATE OF price_minor"),
    PRICES_TRIGGER.format(table="price_tiers", events="INSERT OR UPDATE OR DELETE"),
)
"""What the migration of prices runs."""

DROP_PRICE_STATEMENTS: tuple[str, ...] = (
    "DROP FUNCTION IF EXISTS skus_remember_price() CASCADE",
)

REVIEW_STATEMENTS: tuple[str, ...] = (append_only("review_events"),)
"""What the migration of reviews runs."""

VERSION_FUNCTION = """
CREATE FUNCTION catalogue_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM nextval('catalogue_version');
    RETURN NULL;
END $$
"""

VERSION_TRIGGER = """
CREATE TRIGGER {table}_catalogue_changed AFTER {events} ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION catalogue_changed()
"""

# What is counted down by every sale is left out: it would make the number worthless.
VERSIONED = {
    "products": "INSERT OR UPDATE OR DELETE",
    "skus": "INSERT OR UPDATE OR DELETE",
    "certificates": "INSERT OR UPDATE OR DELETE",
    "categories": "INSERT OR UPDATE OR DELETE",
    "organisations": "INSERT OR UPDATE OF suspended_at, name OR DELETE",
    "campaigns": "INSERT OR UPDATE OF starts_at, ends_at, stopped_at OR DELETE",
    "campaign_skus": "INSERT OR UPDATE OF price_minor, before_minor OR DELETE",
    "presales": "INSERT OR UPDATE OF opens_at, closes_at, stopped_at, cap OR DELETE",
    "lots": "INSERT OR UPDATE OF quarantined_at OR DELETE",
}

VERSION_STATEMENTS: tuple[str, ...] = (
    "CREATE SEQUENCE catalogue_version",
    VERSION_FUNCTION,
    *(
        VERSION_TRIGGER.format(table=table, events=events)
        for table, events in VERSIONED.items()
    ),
)
"""What the migration of the catalogue's version runs."""

DROP_VERSION_STATEMENTS: tuple[str, ...] = (
    "DROP FUNCTION IF EXISTS catalogue_changed() CASCADE",
    "DROP SEQUENCE IF EXISTS catalogue_version",
)

REFUSED_FUNCTION = """
CREATE FUNCTION products_refuse_category() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM categories WHERE code = NEW.category_code AND is_refused) THEN
        RAISE EXCEPTION 'product %: goods of % are not sold here', NEW.code, NEW.category_code
            USING ERRCODE = 'check_violation', CONSTRAINT = 'category_refused';
    END IF;
    RETURN NEW;
END $$
"""

REFUSED_TRIGGER = """
CREATE TRIGGER products_refuse_category BEFORE INSERT OR UPDATE OF category_code ON products
    FOR EACH ROW EXECUTE FUNCTION products_refuse_category()
"""

# Every certificate that was known before papers were: what covers goods under one number is one
# paper; its code is random.
ADOPT_PAPERS = """
WITH alone AS (
    SELECT c.id, c.type_code, c.number, c.valid_from, c.valid_to, c.is_sample,
        coalesce(p.seller_code, l.seller_code) AS seller_code,
        coalesce(l.received_at, p.listed_at, now()) AS since
    FROM certificates c
    LEFT JOIN products p ON p.code = c.product_code
    LEFT JOIN lots l ON l.id = c.lot_id
    WHERE c.paper_id IS NULL
), written AS (
    INSERT INTO certificate_papers (code, type_code, number, holder, issuer, scope, seller_code,
        valid_from, valid_to, state, submitted_at, reviewed_at, is_sample)
    SELECT substr(replace(gen_random_uuid()::text, '-', ''), 1, 20), alone.type_code,
        alone.number, seller.name, seller.name, '', alone.seller_code, alone.valid_from,
        CASE WHEN count(alone.valid_to) = count(*) THEN max(alone.valid_to) END, 'accepted',
        min(alone.since), min(alone.since), bool_and(alone.is_sample)
    FROM alone JOIN organisations seller ON seller.code = alone.seller_code
    WHERE alone.type_code NOT IN ('LAB', 'BRAND_REGION', 'BRAND_OWN')
    GROUP BY alone.type_code, alone.number, seller.name, alone.seller_code, alone.valid_from
    RETURNING id, type_code, number, seller_code, valid_from
), told AS (
    INSERT INTO paper_subjects (paper_id, product_code, lot_id)
    SELECT DISTINCT written.id, c.product_code, c.lot_id
    FROM written
    JOIN alone ON (alone.type_code, alone.number, alone.seller_code, alone.valid_from)
        = (written.type_code, written.number, written.seller_code, written.valid_from)
    JOIN certificates c ON c.id = alone.id
)
UPDATE certificates SET paper_id = written.id
FROM written JOIN alone ON (alone.type_code, alone.number, alone.seller_code, alone.valid_from)
    = (written.type_code, written.number, written.seller_code, written.valid_from)
WHERE certificates.id = alone.id
"""

PAPER_STATEMENTS: tuple[str, ...] = (
    append_only("paper_events"),
    append_only("paper_sources"),
    append_only("paper_reminders"),
    append_only("recognition_steps"),
    keep("certificate_papers", "state", "reviewed_by", "reviewed_at", "document_id"),
    keep(
        "recognition_objections",
        *("answered_by", "answered_at", "is_upheld", "answer"),
    ),
    REFUSED_FUNCTION,
    REFUSED_TRIGGER,
)
"""What the migration of certificates runs."""

DROP_PAPER_STATEMENTS: tuple[str, ...] = (
    "DROP FUNCTION IF EXISTS products_refuse_category() CASCADE",
)
LISTING_STATEMENTS: tuple[str, ...] = (append_only("product_change_events"),)
"""What the migration of listings runs."""

EDITORIAL_STATEMENTS: tuple[str, ...] = (
    append_only("editorial_pieces"),
    append_only("editorial_revisions"),
    append_only("editorial_steps"),
    VERSION_TRIGGER.format(table="editorial_steps", events="INSERT"),
)
"""What the migration of events and blocks runs: what is published ends remembered pages."""
