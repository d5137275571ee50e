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
