"""Triggers of orders: their history and their lots are only ever added to."""

from kernel.ddl import append_only

STATEMENTS: tuple[str, ...] = (append_only("order_events"), append_only("lot_allocations"))

WEIGHING_FUNCTION = """
CREATE FUNCTION weighed_lines_check() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.settled_at IS NOT NULL
        OR (OLD.order_line_id, OLD.jin_minor, OLD.estimate_g, OLD.min_g, OLD.max_g, OLD.most_g)
        IS DISTINCT FROM
        (NEW.order_line_id, NEW.jin_minor, NEW.estimate_g, NEW.min_g, NEW.max_g, NEW.most_g)
    THEN
        RAISE EXCEPTION '% of the weighed line % is refused', TG_OP, OLD.order_line_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'weighed_lines_kept';
    END IF;
    RETURN NEW;
END $$
"""

WEIGHING_TRIGGER = """
CREATE TRIGGER weighed_lines_kept BEFORE UPDATE OR DELETE ON weighed_lines
    FOR EACH ROW EXECUTE FUNCTION weighed_lines_check()
"""

WEIGHING_STATEMENTS: tuple[str, ...] = (
    append_only("weighings"),
    WEIGHING_FUNCTION,
    WEIGHING_TRIGGER,
)
"""What the migration of goods sold by weight runs."""

DROP_WEIGHING_STATEMENTS: tuple[str, ...] = (
    "DROP FUNCTION IF EXISTS weighed_lines_check() CASCADE",
)

CLAIM_STATEMENTS: tuple[str, ...] = (append_only("claim_events"),)

CLAIM_STEPS: dict[str, tuple[str, ...]] = {
    "requested": (
        *("offered", "awaiting_return", "settled", "exchanged"),
        *("rejected", "disputed", "withdrawn"),
    ),
    "offered": ("settled", "disputed"),
    "awaiting_return": ("in_return", "return_received", "withdrawn", "lapsed"),
    "in_return": ("return_received", "disputed"),
    "return_received": ("settled", "offered", "rejected", "disputed"),
    "rejected": ("disputed",),
    "disputed": ("awaiting_return", "settled", "exchanged", "dismissed"),
}
"""The steps of claims as migration 0024 wrote them; a test holds them against the rules."""

_PAIRS = ", ".join(
    f"'{state}>{after}'" for state, afters in CLAIM_STEPS.items() for after in afters
)
CLAIM_STEP_STATEMENTS: tuple[str, ...] = (
    f"""
CREATE TRIGGER claims_step BEFORE UPDATE OF state ON claims FOR EACH ROW
    WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION state_step_check({_PAIRS})
""",
)

NOTICE_STATEMENTS: tuple[str, ...] = (append_only("lot_notices"),)
"""What the migration of notices about lots runs."""
