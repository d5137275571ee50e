"""Triggers that keep periods apart, contracts unchanged and entitlements whole.

`STATEMENTS` runs once, after the tables exist. What it holds:

* periods of one household's category, of one membership, and of the activated versions of one
  contract never overlap;
* an activated contract version can be ended and nothing else;
* the entitlements of an order line are written together and sum to the line's gross;
* an entitlement's amount never changes, what is reversed only grows, its stage only advances,
  and only one that is still expected can be removed.
"""

from kernel.ddl import keep

# The parent row is locked first, so that two overlapping periods cannot both slip in.
NO_OVERLAP = """
CREATE FUNCTION {table}_refuse_overlap() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM {parent} WHERE id = NEW.{parent_id} FOR NO KEY UPDATE;
    IF EXISTS (
        SELECT 1 FROM {table} other
        WHERE other.{parent_id} = NEW.{parent_id} AND other.id <> NEW.id {same}
            AND daterange(other.{start}, other.{stop}, '[]')
                && daterange(NEW.{start}, NEW.{stop}, '[]')
    ) THEN
        RAISE EXCEPTION USING ERRCODE = 'exclusion_violation',
            CONSTRAINT = '{table}_no_overlap',
            MESSAGE = '{table}: the period from ' || NEW.{start} || ' overlaps another';
    END IF;
    RETURN NULL;
END $$
"""

NO_OVERLAP_TRIGGER = """
CREATE TRIGGER {table}_no_overlap AFTER INSERT OR UPDATE ON {table}
    FOR EACH ROW {when} EXECUTE FUNCTION {table}_refuse_overlap()
"""

KEEP_ACTIVATED = """
CREATE FUNCTION contract_versions_keep_activated() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.activated_at IS NOT NULL AND (
        TG_OP = 'DELETE'
        OR (NEW.contract_id, NEW.version, NEW.terms, NEW.effective_from, NEW.activated_at)
            IS DISTINCT FROM
            (OLD.contract_id, OLD.version, OLD.terms, OLD.effective_from, OLD.activated_at)
    ) THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation',
            CONSTRAINT = 'contract_versions_keep_activated',
            MESSAGE = 'contract version ' || OLD.id || ' is activated and can only be ended';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$
"""

KEEP_ACTIVATED_TRIGGER = """
CREATE TRIGGER contract_versions_keep_activated BEFORE UPDATE OR DELETE ON contract_versions
    FOR EACH ROW EXECUTE FUNCTION contract_versions_keep_activated()
"""

ENTITLEMENTS_WHOLE = """
CREATE FUNCTION entitlements_check_whole() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    bad bigint;
BEGIN
    SELECT line.id INTO bad
    FROM order_lines line JOIN entitlements part ON part.order_line_id = line.id
    WHERE line.id IN (SELECT DISTINCT order_line_id FROM new_parts)
    GROUP BY line.id, line.gross_minor
    HAVING sum(part.amount_minor) <> line.gross_minor LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation',
            CONSTRAINT = 'entitlements_sum_to_gross',
            MESSAGE = 'the entitlements of order line ' || bad || ' do not sum to its gross';
    END IF;
    RETURN NULL;
END $$
"""

ENTITLEMENTS_WHOLE_TRIGGER = """
CREATE TRIGGER entitlements_whole AFTER INSERT ON entitlements
    REFERENCING NEW TABLE AS new_parts
    FOR EACH STATEMENT EXECUTE FUNCTION entitlements_check_whole()
"""

ENTITLEMENTS_ADVANCE = """
CREATE FUNCTION entitlements_check_advance() RETURNS trigger LANGUAGE plpgsql
    SET enable_nestloop = off AS $$
DECLARE
    bad bigint;
BEGIN
    -- A plan is kept for the session: made for few rows it would compare each with each.
    SELECT min(before.id) INTO bad
    FROM old_parts before LEFT JOIN new_parts after ON after.id = before.id
    WHERE after.id IS NULL
        OR (after.order_line_id, after.lot_id, after.party_kind, after.party_code,
            after.household_id, after.contract_version_id, after.weight, after.amount_minor,
            after.expected_at)
        IS DISTINCT FROM
            (before.order_line_id, before.lot_id, before.party_kind, before.party_code,
            before.household_id, before.contract_version_id, before.weight,
            before.amount_minor, before.expected_at)
        OR after.reversed_minor < before.reversed_minor
        OR (before.stage, after.stage) NOT IN (
            ('expected', 'expected'), ('expected', 'earned'), ('expected', 'reversed'),
            ('earned', 'earned'), ('earned', 'reversed'), ('reversed', 'reversed'));
    IF bad IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation',
            CONSTRAINT = 'entitlements_only_advance',
            MESSAGE = 'entitlement ' || bad || ' may only advance';
    END IF;
    RETURN NULL;
END $$
"""

ENTITLEMENTS_ADVANCE_TRIGGER = """
CREATE TRIGGER entitlements_advance AFTER UPDATE ON entitlements
    REFERENCING OLD TABLE AS old_parts NEW TABLE AS new_parts
    FOR EACH STATEMENT EXECUTE FUNCTION entitlements_check_advance()
"""

ENTITLEMENTS_KEPT = """
CREATE FUNCTION entitlements_check_removal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation',
            CONSTRAINT = 'entitlements_are_kept',
            MESSAGE = 'entitlements are kept';
    END IF;
    IF EXISTS (SELECT 1 FROM old_parts WHERE stage <> 'expected') THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation',
            CONSTRAINT = 'entitlements_are_kept',
            MESSAGE = 'only an expected entitlement can be removed';
    END IF;
    RETURN NULL;
END $$
"""

ENTITLEMENTS_KEPT_TRIGGER = """
CREATE TRIGGER entitlements_kept AFTER DELETE ON entitlements
    REFERENCING OLD TABLE AS old_parts
    FOR EACH STATEMENT EXECUTE FUNCTION entitlements_check_removal()
"""

ENTITLEMENTS_TRUNCATE_TRIGGER = """
CREATE TRIGGER entitlements_not_emptied BEFORE TRUNCATE ON entitlements
    FOR EACH STATEMENT EXECUTE FUNCTION entitlements_check_removal()
"""

REVERSALS_KEPT = """
CREATE FUNCTION entitlement_reversals_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'check_violation',
        CONSTRAINT = 'entitlement_reversals_are_kept',
        MESSAGE = 'what was taken back is never changed';
END $$
"""

REVERSALS_KEPT_TRIGGER = """
CREATE TRIGGER entitlement_reversals_kept
    BEFORE UPDATE OR DELETE OR TRUNCATE ON entitlement_reversals
    FOR EACH STATEMENT EXECUTE FUNCTION entitlement_reversals_refuse_change()
"""


def _no_overlap(
    *, table: str, parent: str, parent_id: str, start: str, stop: str, same: str, when: str
) -> tuple[str, str]:
    function = NO_OVERLAP.format(
        table=table, parent=parent, parent_id=parent_id, start=start, stop=stop, same=same
    )
    return function, NO_OVERLAP_TRIGGER.format(table=table, when=when)


STATEMENTS: tuple[str, ...] = (
    *_no_overlap(
        table="household_categories",
        parent="households",
        parent_id="household_id",
        start="valid_from",
        stop="valid_to",
        same="",
        when="",
    ),
    *_no_overlap(
        table="cooperative_memberships",
        parent="households",
        parent_id="household_id",
        start="valid_from",
        stop="valid_to",
        same="AND other.organisation_code = NEW.organisation_code",
        when="",
    ),
    *_no_overlap(
        table="contract_versions",
        parent="linkage_contracts",
        parent_id="contract_id",
        start="effective_from",
        stop="effective_to",
        same="AND other.activated_at IS NOT NULL",
        when="WHEN (NEW.activated_at IS NOT NULL)",
    ),
    KEEP_ACTIVATED,
    KEEP_ACTIVATED_TRIGGER,
    ENTITLEMENTS_WHOLE,
    ENTITLEMENTS_WHOLE_TRIGGER,
    ENTITLEMENTS_ADVANCE,
    ENTITLEMENTS_ADVANCE_TRIGGER,
    ENTITLEMENTS_KEPT,
    ENTITLEMENTS_KEPT_TRIGGER,
    ENTITLEMENTS_TRUNCATE_TRIGGER,
    REVERSALS_KEPT,
    REVERSALS_KEPT_TRIGGER,
)

DROP_STATEMENTS: tuple[str, ...] = tuple(
    f"DROP FUNCTION IF EXISTS {function}() CASCADE"
    for function in (
        "household_categories_refuse_overlap",
        "cooperative_memberships_refuse_overlap",
        "contract_versions_refuse_overlap",
        "contract_versions_keep_activated",
        "entitlements_check_whole",
        "entitlements_check_advance",
        "entitlements_check_removal",
        "entitlement_reversals_refuse_change",
    )
)
"""What a downgrade runs before it drops the tables."""

LOOKS_GO_WHEN_OLD = """
CREATE TRIGGER identity_looks_go_when_old BEFORE DELETE ON identity_looks
    FOR EACH ROW WHEN (OLD.at > now() - interval '3 years') EXECUTE FUNCTION refuse_change()
"""

PRIVACY_STATEMENTS: tuple[str, ...] = (
    # The words are sealed anew when the vault's key changes.
    keep("identity_looks", "words", events="UPDATE"),
    LOOKS_GO_WHEN_OLD,
    keep("look_alerts", "reviewed_at", "reviewed_by", "finding"),
)
"""What migration 0006 runs: looks are kept three years, alerts for good."""

MEMBERSHIP_MOVES_CLOSED = """
CREATE TRIGGER membership_moves_closed_kept BEFORE UPDATE OR DELETE ON membership_moves
    FOR EACH ROW WHEN (OLD.state <> 'open') EXECUTE FUNCTION refuse_change_but('reason')
"""

MEMBERSHIP_STATEMENTS: tuple[str, ...] = (
    keep("membership_moves", "state", "closed_by", "closed_at", "answered_as", "reason"),
    # Only the sealing of its reason may be renewed then.
    MEMBERSHIP_MOVES_CLOSED,
)
"""What migration 0009 runs: a proposal is answered once, and no row goes."""
