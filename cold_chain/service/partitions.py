"""Daily partitions of the readings, made before they are needed."""

from collections.abc import Iterable
from datetime import date

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

PARTITION_LOCK = 7_312_003
"""Advisory lock held to the end of the transaction while partitions are made."""

# A table made first and attached then only takes a lock that readers and writers of other
# days do not notice; `PARTITION OF` would stop them all.
MAKE = text(
    """
DO $$
DECLARE
    missing date;
    part text;
BEGIN
    FOREACH missing IN ARRAY current_setting('cold_chain.days')::date[] LOOP
        part := 'readings_' || to_char(missing, 'YYYYMMDD');
        -- Read, not looked up: names that were missing before the lock are remembered so.
        IF NOT EXISTS (
            SELECT FROM pg_class
            WHERE relname = part AND relnamespace = current_schema()::regnamespace
        ) THEN
            EXECUTE format(
                'CREATE TABLE %I (LIKE readings INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', part
            );
            EXECUTE format(
                'ALTER TABLE readings ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                part,
                missing::text || ' 00:00:00+00',
                (missing + 1)::text || ' 00:00:00+00'
            );
        END IF;
    END LOOP;
END $$
"""
)

MISSING = text(
    """
SELECT day FROM unnest(CAST(:days AS date[])) AS day
WHERE to_regclass('readings_' || to_char(day, 'YYYYMMDD')) IS NULL
"""
)


def ensure_partitions(session: Session, days: Iterable[date]) -> int:
    """Make the partitions of these UTC days that do not exist yet; return how many.

    Safe to repeat and to run beside others. A nightly task makes the coming days, so that
    intake hardly ever has to.
    """
    wanted = sorted(set(days))
    if not wanted:
        return 0
    missing = session.scalars(MISSING, {"days": wanted}).all()
    if missing:
        session.execute(select(func.pg_advisory_xact_lock(PARTITION_LOCK)))
        session.execute(
            select(func.set_config("cold_chain.days", _array(missing), True))  # noqa: FBT003 -- for this transaction only
        )
        session.execute(MAKE)
    return len(missing)


def _array(days: Iterable[date]) -> str:
    return "{" + ",".join(day.isoformat() for day in days) + "}"
