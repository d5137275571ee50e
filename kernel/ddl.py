"""Triggers of the kernel: rows that may only be added, and policy periods kept apart.

`STATEMENTS` runs once, after the tables exist and before those of the domains.
"""

APPEND_ONLY_FUNCTION = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% on % is refused: rows there are only ever added', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'check_violation', CONSTRAINT = 'append_only';
END $$
"""

APPEND_ONLY_TRIGGER = """
CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
"""

POLICY_FUNCTION = """
CREATE FUNCTION policy_params_check_period() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('policy_params'), hashtext(NEW.code));
    IF EXISTS (
        SELECT 1 FROM policy_params other
        WHERE other.code = NEW.code AND other.id <> NEW.id
          AND daterange(other.valid_from, other.valid_to, '[]')
              && daterange(NEW.valid_from, NEW.valid_to, '[]')
    ) THEN
        RAISE EXCEPTION 'policy parameter %: the period from % overlaps another',
            NEW.code, NEW.valid_from
            USING ERRCODE = 'exclusion_violation', CONSTRAINT = 'policy_periods_apart';
    END IF;
    RETURN NULL;
END $$
"""

POLICY_TRIGGER = """
CREATE TRIGGER policy_params_periods_apart AFTER INSERT OR UPDATE ON policy_params
    FOR EACH ROW EXECUTE FUNCTION policy_params_check_period()
"""


def append_only(table: str) -> str:
    """Return the statement that makes rows of a table unchangeable."""
    return APPEND_ONLY_TRIGGER.format(table=table)


STATEMENTS: tuple[str, ...] = (
    APPEND_ONLY_FUNCTION,
    append_only("audit_rows"),
    POLICY_FUNCTION,
    POLICY_TRIGGER,
)

DROP_STATEMENTS: tuple[str, ...] = (
    "DROP FUNCTION IF EXISTS refuse_change() CASCADE",
    "DROP FUNCTION IF EXISTS policy_params_check_period() CASCADE",
)

KEEP_FUNCTION = """
CREATE FUNCTION refuse_change_but() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (to_jsonb(OLD) - TG_ARGV) IS DISTINCT FROM (to_jsonb(NEW) - TG_ARGV)
    THEN
        RAISE EXCEPTION '% on % is refused: only % may change', TG_OP, TG_TABLE_NAME, TG_ARGV
            USING ERRCODE = 'check_violation', CONSTRAINT = TG_TABLE_NAME || '_kept';
    END IF;
    RETURN NEW;
END $$
"""

KEEP_TRIGGER = """
CREATE TRIGGER {table}_kept BEFORE {events} ON {table}
    FOR EACH ROW {when} EXECUTE FUNCTION refuse_change_but({columns})
"""

BOUNDS_FUNCTION = """
CREATE FUNCTION policy_params_check_bounds() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    low numeric;
    high numeric;
BEGIN
    SELECT bounds.low, bounds.high INTO low, high FROM (VALUES
        ('looks_per_hour', 0, 25),
        ('reauthentication_minutes', 1, 60),
        ('disclosure_min_households', 5, NULL),
        ('disclosure_internal_households', 5, NULL),
        ('disclosure_average_households', 10, NULL),
        ('disclosure_dominance_percent', 1, 95),
        ('subject_request_working_days', 1, 15),
        ('retention_transaction_years', 3, NULL),
        ('retention_look_years', 3, NULL)
    ) AS bounds(code, low, high) WHERE bounds.code = NEW.code;
    IF FOUND AND NOT COALESCE(
        jsonb_typeof(NEW.value) = 'number'
        AND (NEW.value #>> '{}')::numeric >= low
        AND (high IS NULL OR (NEW.value #>> '{}')::numeric <= high), false)
    THEN
        RAISE EXCEPTION 'policy parameter %: % lies outside what protects people',
            NEW.code, NEW.value
            USING ERRCODE = 'check_violation', CONSTRAINT = 'policy_params_in_bounds';
    END IF;
    RETURN NEW;
END $$
"""

BOUNDS_TRIGGER = """
CREATE TRIGGER policy_params_in_bounds BEFORE INSERT OR UPDATE ON policy_params
    FOR EACH ROW EXECUTE FUNCTION policy_params_check_bounds()
"""

PRIVACY_STATEMENTS: tuple[str, ...] = (KEEP_FUNCTION, BOUNDS_FUNCTION, BOUNDS_TRIGGER)
"""What migration 0006 runs before those of the domains."""

DROP_PRIVACY_STATEMENTS: tuple[str, ...] = (
    "DROP FUNCTION IF EXISTS refuse_change_but() CASCADE",
    "DROP FUNCTION IF EXISTS policy_params_check_bounds() CASCADE",
)


def keep(table: str, *columns: str, events: str = "UPDATE OR DELETE", when: str = "") -> str:
    """Return the statement that lets only some columns of a table change, and no row go."""
    listed = ", ".join(f"'{column}'" for column in columns)
    return KEEP_TRIGGER.format(table=table, columns=listed, events=events, when=when)
