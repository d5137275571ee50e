"""What the tables of the cold chain refuse by themselves, as statements for a migration.

Only plpgsql is used. Overlaps of custody and bindings are exclusion constraints of the models.
"""

from collections.abc import Mapping
from typing import Any

from cold_chain.rules.cases import EXCURSION_STEPS, GAP_STEPS
from cold_chain.rules.states import TRANSITIONS

APPEND_ONLY = (
    "raw_blocks",
    "readings",
    "reading_conflicts",
    "clock_faults",
    "door_readings",
    "shipment_steps",
    "limit_rules",
)

FUNCTIONS = (
    "cold_chain_refuse_change",
    "cold_chain_change_only_end",
    "cold_chain_check_state",
    "cold_chain_check_origin_of_readings",
    "cold_chain_keep_channel",
)


def _pairs() -> str:
    pairs = [
        f"('{before.value}','{after.value}')"
        for before, successors in TRANSITIONS.items()
        for after in sorted(successors)
    ]
    return ", ".join(pairs)


_REFUSE_CHANGE = """
CREATE FUNCTION cold_chain_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$
"""

_CHANGE_ONLY_END = """
CREATE FUNCTION cold_chain_change_only_end() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    end_column CONSTANT text := TG_ARGV[0];
BEGIN
    IF to_jsonb(OLD) - end_column <> to_jsonb(NEW) - end_column
        OR to_jsonb(OLD) -> end_column <> 'null'::jsonb
    THEN
        RAISE EXCEPTION 'of % only an open % may be set', TG_TABLE_NAME, end_column
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$
"""

_CHECK_STATE = f"""
CREATE FUNCTION cold_chain_check_state() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'draft' THEN
            RAISE EXCEPTION 'a shipment begins as draft' USING ERRCODE = 'check_violation';
        END IF;
    ELSIF NEW.state <> OLD.state
        AND (OLD.state::text, NEW.state::text) NOT IN ({_pairs()})
    THEN
        RAISE EXCEPTION 'shipment % cannot go from % to %', OLD.id, OLD.state, NEW.state
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$
"""

_CHECK_ORIGIN = """
CREATE FUNCTION cold_chain_check_origin_of_readings() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM (SELECT DISTINCT channel_id, block_id FROM fresh) AS origin
        WHERE NOT EXISTS (
            SELECT FROM raw_blocks JOIN device_channels USING (device_id)
            WHERE raw_blocks.id = origin.block_id
              AND device_channels.id = origin.channel_id
        )
    ) THEN
        RAISE EXCEPTION 'a reading needs a block and a channel of one device'
            USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END $$
"""

_KEEP_CHANNEL = """
CREATE FUNCTION cold_chain_keep_channel() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.id, OLD.device_id, OLD.kind) <> (NEW.id, NEW.device_id, NEW.kind) THEN
        RAISE EXCEPTION 'a channel stays with its device' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$
"""


def _append_only(table: str) -> tuple[str, str]:
    return (
        _trigger(f"{table}_append_only BEFORE UPDATE OR DELETE ON {table}", "refuse_change()"),
        (
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION cold_chain_refuse_change()"
        ),
    )


def _no_delete(table: str) -> str:
    return _trigger(f"{table}_no_delete BEFORE DELETE ON {table}", "refuse_change()")


def _only_end(table: str, column: str) -> str:
    return _trigger(
        f"{table}_only_end BEFORE UPDATE ON {table}", f"change_only_end('{column}')"
    )


def _trigger(when: str, call: str) -> str:
    return f"CREATE TRIGGER {when} FOR EACH ROW EXECUTE FUNCTION cold_chain_{call}"


STATEMENTS: tuple[str, ...] = (
    _REFUSE_CHANGE,
    _CHANGE_ONLY_END,
    _CHECK_STATE,
    _CHECK_ORIGIN,
    _KEEP_CHANNEL,
    *(statement for table in APPEND_ONLY for statement in _append_only(table)),
    *(
        _no_delete(table)
        for table in (
            "custody_segments",
            "device_bindings",
            "devices",
            "device_channels",
            "evaluations",
            "limit_profiles",
            "shipments",
        )
    ),
    _only_end("custody_segments", "to_at"),
    _only_end("device_bindings", "to_at"),
    _only_end("evaluations", "superseded_by"),
    _only_end("limit_profiles", "effective_to"),
    _trigger("device_channels_keep BEFORE UPDATE ON device_channels", "keep_channel()"),
    _trigger("shipments_state BEFORE INSERT OR UPDATE OF state ON shipments", "check_state()"),
    (
        "CREATE TRIGGER readings_origin AFTER INSERT ON readings"
        " REFERENCING NEW TABLE AS fresh"
        " FOR EACH STATEMENT EXECUTE FUNCTION cold_chain_check_origin_of_readings()"
    ),
)
"""Run after the tables exist, in this order."""

DROP_STATEMENTS: tuple[str, ...] = tuple(
    f"DROP FUNCTION IF EXISTS {function}() CASCADE" for function in FUNCTIONS
)
"""Run before the tables are dropped; the triggers go with their functions."""

EPCIS_STATEMENTS: tuple[str, ...] = (
    *(
        statement
        for table in ("epcis_events", "epcis_event_things", "epcis_sensor_figures", "gs1_keys")
        for statement in _append_only(table)
    ),
    *(
        _no_delete(table)
        for table in ("epcis_captures", "epcis_clients", "epcis_subscriptions", "gs1_prefixes")
    ),
    _only_end("epcis_clients", "revoked_at"),
    _only_end("gs1_prefixes", "valid_to"),
)
"""Run after the tables of events and keys exist."""


def _steps_of(steps: Mapping[Any, frozenset[Any]]) -> str:
    pairs = [
        f"('{before.value}','{after.value}')"
        for before, successors in steps.items()
        for after in sorted(successors)
    ]
    return ", ".join(pairs)


def _check_case(name: str, steps: Mapping[Any, frozenset[Any]], first: str) -> str:
    return f"""
CREATE FUNCTION cold_chain_{name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state NOT IN ({first}) THEN
            RAISE EXCEPTION 'no case begins as %', NEW.state USING ERRCODE = 'check_violation';
        END IF;
    ELSIF NEW.state <> OLD.state
        AND (OLD.state::text, NEW.state::text) NOT IN ({_steps_of(steps)})
    THEN
        RAISE EXCEPTION 'case % cannot go from % to %', OLD.id, OLD.state, NEW.state
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$
"""


ASSESSMENT_APPEND_ONLY = (
    "calibrations",
    "custody_losses",
    "excursion_steps",
    "gap_steps",
    "life_points",
)

ASSESSMENT_STATEMENTS: tuple[str, ...] = (
    _check_case("check_excursion", EXCURSION_STEPS, "'suspected', 'confirmed'"),
    _check_case("check_gap", GAP_STEPS, "'open'"),
    *(statement for table in ASSESSMENT_APPEND_ONLY for statement in _append_only(table)),
    *(_no_delete(table) for table in ("excursion_cases", "gap_cases", "life_models")),
    _only_end("life_models", "effective_to"),
    _trigger(
        "excursion_cases_state BEFORE INSERT OR UPDATE OF state ON excursion_cases",
        "check_excursion()",
    ),
    _trigger("gap_cases_state BEFORE INSERT OR UPDATE OF state ON gap_cases", "check_gap()"),
)
"""What life models, calibrations, cases and losses refuse; run after their tables exist."""

ASSESSMENT_DROP_STATEMENTS: tuple[str, ...] = (
    "DROP FUNCTION IF EXISTS cold_chain_check_excursion() CASCADE",
    "DROP FUNCTION IF EXISTS cold_chain_check_gap() CASCADE",
)

STORE_STATEMENTS: tuple[str, ...] = (
    _no_delete("store_bookings"),
    _only_end("store_bookings", "released_at"),
)
"""What bookings of stores refuse; run after their table exists."""
