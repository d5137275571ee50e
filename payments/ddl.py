"""Triggers that keep settlements honest: four eyes, unchanged snapshots, steps in order.

`SETTLEMENT_STATEMENTS` runs once, after the tables exist. What it holds:

* regular periods never overlap; a period only takes the steps it may take;
* a proposal is approved by two different people, neither of them its proposer, however many
  try at once: each decision locks the period's row before it looks;
* lines are written while their period is being closed and never again; their snapshot never
  changes, their amount only falls, their state only takes the steps it may take;
* decisions, files, imports, confirmations and acknowledgements can be added and never changed.

`CANCEL_STATEMENTS` runs after the tables of cancellations and late returns exist:

* an approved settlement the bank does not have yet is cancelled when one person has asked for
  it and another has confirmed; while somebody asks it cannot be submitted;
* a paid line comes back only with the bank's word on it; a reissued line is owed again only
  when the line that paid it again is cancelled.
"""

from collections.abc import Mapping

from kernel.ddl import append_only, keep

APPROVERS = 2

PERIOD_CHECK = """
CREATE FUNCTION settlement_periods_check() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation',
            CONSTRAINT = 'settlement_periods_are_kept',
            MESSAGE = 'settlement ' || OLD.code || ' is kept';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('settlement_periods'));
    IF NEW.kind = 'regular' AND EXISTS (
        SELECT 1 FROM settlement_periods other
        WHERE other.kind = 'regular' AND other.id <> NEW.id
            AND daterange(other.period_from, other.period_to, '[]')
                && daterange(NEW.period_from, NEW.period_to, '[]')
    ) THEN
        RAISE EXCEPTION USING ERRCODE = 'exclusion_violation',
            CONSTRAINT = 'settlement_periods_apart',
            MESSAGE = 'settlement ' || NEW.code || ' overlaps another period';
    END IF;
    IF TG_OP = 'INSERT' THEN
        RETURN NEW;
    END IF;
    IF (NEW.code, NEW.kind, NEW.period_from, NEW.period_to, NEW.opened_at, NEW.opened_by)
            IS DISTINCT FROM
            (OLD.code, OLD.kind, OLD.period_from, OLD.period_to, OLD.opened_at, OLD.opened_by)
        OR (OLD.closed_at IS NOT NULL AND NEW.closed_at IS DISTINCT FROM OLD.closed_at)
        OR NEW.round < OLD.round
        OR (OLD.state, NEW.state) NOT IN (
            ('open', 'closed'), ('closed', 'closed'), ('closed', 'proposed'),
            ('proposed', 'closed'), ('proposed', 'approved'), ('approved', 'batched'),
            ('batched', 'submitted'), ('batched', 'answered'), ('submitted', 'answered'))
    THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation',
            CONSTRAINT = 'settlement_periods_step',
            MESSAGE = 'settlement ' || OLD.code || ': no step from ' || OLD.state || ' to '
                || NEW.state;
    END IF;
    IF OLD.state = 'closed' AND NEW.state = 'proposed' AND (
        NEW.round <> OLD.round + 1 OR NEW.proposed_by IS NULL
    ) THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation',
            CONSTRAINT = 'settlement_periods_step',
            MESSAGE = 'settlement ' || OLD.code || ': each proposal is a round of its own';
    END IF;
    IF OLD.state = 'proposed' AND NEW.state = 'approved' AND (
        NEW.proposed_by IS DISTINCT FROM OLD.proposed_by
        OR NEW.round <> OLD.round
        OR (
            SELECT count(DISTINCT person_id) FROM settlement_decisions
            WHERE period_id = NEW.id AND round = NEW.round AND decision = 'approved'
                AND person_id <> NEW.proposed_by
        ) < {approvers}
    ) THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation',
            CONSTRAINT = 'settlement_periods_two_approvers',
            MESSAGE = 'settlement ' || OLD.code || ': two other people must approve';
    END IF;
    RETURN NEW;
END $$
""".replace("{approvers}", str(APPROVERS))

PERIOD_TRIGGER = """
CREATE TRIGGER settlement_periods_step BEFORE INSERT OR UPDATE OR DELETE ON settlement_periods
    FOR EACH ROW EXECUTE FUNCTION settlement_periods_check()
"""

DECISION_CHECK = """
CREATE FUNCTION settlement_decisions_check() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    period settlement_periods%ROWTYPE;
BEGIN
    SELECT * INTO period FROM settlement_periods WHERE id = NEW.period_id FOR UPDATE;
    IF period.state IS DISTINCT FROM 'proposed' OR period.round <> NEW.round THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation',
            CONSTRAINT = 'settlement_decisions_in_time',
            MESSAGE = 'only a proposed settlement can be decided on';
    END IF;
    IF NEW.decision = 'approved' AND period.proposed_by = NEW.person_id THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation',
            CONSTRAINT = 'settlement_decisions_not_by_proposer',
            MESSAGE = 'whoever proposed a settlement cannot approve it';
    END IF;
    RETURN NEW;
END $$
"""

DECISION_TRIGGER = """
CREATE TRIGGER settlement_decisions_four_eyes BEFORE INSERT ON settlement_decisions
    FOR EACH ROW EXECUTE FUNCTION settlement_decisions_check()
"""

LINE_CHECK = """
CREATE FUNCTION settlement_lines_check() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    at_period text;
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation',
            CONSTRAINT = 'settlement_lines_are_kept',
            MESSAGE = 'settlement lines are kept';
    END IF;
    SELECT state INTO at_period FROM settlement_periods WHERE id = NEW.period_id;
    IF TG_OP = 'INSERT' THEN
        IF at_period <> 'open' THEN
            RAISE EXCEPTION USING ERRCODE = 'check_violation',
                CONSTRAINT = 'settlement_lines_snapshot',
                MESSAGE = 'a closed settlement takes no further lines';
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.period_id, NEW.number, NEW.account_code, NEW.payee_kind, NEW.owner,
            NEW.household_id, NEW.snapshot_minor, NEW.withheld_minor)
            IS DISTINCT FROM
            (OLD.period_id, OLD.number, OLD.account_code, OLD.payee_kind, OLD.owner,
            OLD.household_id, OLD.snapshot_minor, OLD.withheld_minor)
        OR NEW.amount_minor > OLD.amount_minor
        OR (NEW.amount_minor <> OLD.amount_minor AND OLD.state <> 'ready')
        OR (OLD.state, NEW.state) NOT IN (
            ('ready', 'ready'), ('ready', 'held'), ('held', 'ready'), ('ready', 'inflight'),
            ('inflight', 'paid'), ('inflight', 'returned'), ('returned', 'returned'),
            ('returned', 'reissued'))
        OR (OLD.state = 'ready' AND NEW.state = 'inflight' AND at_period <> 'approved')
        OR (OLD.state = 'held' AND at_period <> 'closed')
    THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation',
            CONSTRAINT = 'settlement_lines_snapshot',
            MESSAGE = 'settlement line ' || OLD.id || ': no step from ' || OLD.state || ' to '
                || NEW.state;
    END IF;
    RETURN NEW;
END $$
"""

LINE_TRIGGER = """
CREATE TRIGGER settlement_lines_step BEFORE INSERT OR UPDATE OR DELETE ON settlement_lines
    FOR EACH ROW EXECUTE FUNCTION settlement_lines_check()
"""

KEPT_TABLES = (
    "settlement_decisions",
    "payout_files",
    "payout_imports",
    "payout_confirmations",
    "payout_acknowledgements",
)

SETTLEMENT_STATEMENTS: tuple[str, ...] = (
    PERIOD_CHECK,
    PERIOD_TRIGGER,
    DECISION_CHECK,
    DECISION_TRIGGER,
    LINE_CHECK,
    LINE_TRIGGER,
    *(append_only(table) for table in KEPT_TABLES),
)

LAST_WORD = """(
            SELECT word FROM settlement_cancellations
            WHERE period_id = NEW.id ORDER BY id DESC LIMIT 1
        )"""

PERIOD_CHECK_CANCEL = (
    PERIOD_CHECK.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
    .replace(
        "('batched', 'submitted')",
        "('approved', 'cancelled'), ('batched', 'cancelled'), ('batched', 'submitted')",
    )
    .replace(
        "    RETURN NEW;\nEND $$",
        """    IF (NEW.state = 'cancelled' AND {last} IS DISTINCT FROM 'confirmed')
        OR (OLD.state = 'batched' AND NEW.state = 'submitted' AND {last} = 'asked')
    THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation',
            CONSTRAINT = 'settlement_periods_cancelled_by_two',
            MESSAGE = 'settlement ' || OLD.code || ': one asks to cancel it, another confirms';
    END IF;
    RETURN NEW;
END $$""".replace("{last}", LAST_WORD),
    )
)

LINE_CHECK_CANCEL = (
    LINE_CHECK.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
    .replace(
        "('returned', 'reissued'))",
        "('returned', 'reissued'), ('inflight', 'cancelled'), ('paid', 'returned'),\n"
        "            ('reissued', 'returned'))",
    )
    .replace(
        "        OR (OLD.state = 'held' AND",
        """        OR (NEW.state = 'cancelled' AND at_period NOT IN ('approved', 'batched'))
        OR (OLD.state = 'paid' AND NEW.state = 'returned' AND NOT EXISTS (
            SELECT 1 FROM payout_late_returns WHERE line_id = NEW.id))
        OR (OLD.state = 'reissued' AND NOT EXISTS (
            SELECT 1 FROM settlement_lines WHERE id = OLD.reissued_by_id
                AND state = 'cancelled'))
        OR (OLD.state = 'held' AND""",
    )
)

CANCELLATION_CHECK = """
CREATE FUNCTION settlement_cancellations_check() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    at_period text;
    before settlement_cancellations%ROWTYPE;
BEGIN
    SELECT state INTO at_period FROM settlement_periods WHERE id = NEW.period_id FOR UPDATE;
    SELECT * INTO before FROM settlement_cancellations
    WHERE period_id = NEW.period_id ORDER BY id DESC LIMIT 1;
    IF at_period NOT IN ('approved', 'batched')
        OR (NEW.word = 'asked') = (before.word IS NOT DISTINCT FROM 'asked')
    THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation',
            CONSTRAINT = 'settlement_cancellations_in_time',
            MESSAGE = 'only what is approved and not submitted can be cancelled, word by word';
    END IF;
    IF NEW.word = 'confirmed' AND before.person_id = NEW.person_id THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation',
            CONSTRAINT = 'settlement_cancellations_four_eyes',
            MESSAGE = 'whoever asked to cancel a settlement cannot confirm it';
    END IF;
    RETURN NEW;
END $$
"""

CANCELLATION_TRIGGER = """
CREATE TRIGGER settlement_cancellations_four_eyes BEFORE INSERT ON settlement_cancellations
    FOR EACH ROW EXECUTE FUNCTION settlement_cancellations_check()
"""

CANCEL_STATEMENTS: tuple[str, ...] = (
    PERIOD_CHECK_CANCEL,
    LINE_CHECK_CANCEL,
    CANCELLATION_CHECK,
    CANCELLATION_TRIGGER,
    append_only("settlement_cancellations"),
    append_only("payout_late_returns"),
)

DROP_CANCEL_STATEMENTS: tuple[str, ...] = (
    PERIOD_CHECK.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"),
    LINE_CHECK.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"),
    "DROP FUNCTION settlement_cancellations_check() CASCADE",
)
"""What a downgrade runs before it drops the tables of cancellations and late returns."""

DROP_SETTLEMENT_STATEMENTS: tuple[str, ...] = tuple(
    f"DROP FUNCTION IF EXISTS {function}() CASCADE"
    for function in (
        "settlement_periods_check",
        "settlement_decisions_check",
        "settlement_lines_check",
    )
)
"""What a downgrade runs before it drops the tables."""

STEP_FUNCTION = """
CREATE FUNCTION state_step_check() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT (OLD.state || '>' || NEW.state) = ANY (TG_ARGV) THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation',
            CONSTRAINT = TG_TABLE_NAME || '_step',
            MESSAGE = TG_TABLE_NAME || ' ' || OLD.id || ': no step from ' || OLD.state
                || ' to ' || NEW.state;
    END IF;
    RETURN NEW;
END $$
"""

STEP_TRIGGER = """
CREATE TRIGGER {table}_step BEFORE UPDATE OF state ON {table} FOR EACH ROW
    WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION state_step_check({steps})
"""

_CAPTURED = ("succeeded", "late", "duplicate", "mismatch")
_TRYING = ("created", "requires_action", "processing", "failed")
_ANSWERS = ("pending", "requires_action", "succeeded", "failed", "canceled")

STEPS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "payments": {
        **dict.fromkeys(_TRYING, (*_TRYING, "canceled", *_CAPTURED)),
        "canceled": _CAPTURED,
        "mismatch": ("succeeded",),
    },
    "refunds": {
        "requested": ("approved", "submitted", "manual_bank", *_ANSWERS),
        "approved": ("submitted", "manual_bank", *_ANSWERS),
        "submitted": _ANSWERS,
        "pending": _ANSWERS,
        "requires_action": _ANSWERS,
        "failed": ("submitted", "manual_bank", "succeeded"),
        "canceled": ("submitted", "manual_bank"),
        "manual_bank": ("succeeded",),
        "succeeded": ("failed",),
    },
    "payment_disputes": {
        "inquiry": ("withdrawn", "under_review", "won", "lost", "closed"),
        "withdrawn": ("under_review", "won", "lost"),
        "under_review": ("won", "lost"),
    },
}
"""The steps of states as migration 0013 wrote them; a test holds them against the rules."""


def step_trigger(table: str, steps: Mapping[str, tuple[str, ...]]) -> str:
    """Return the statement that lets the state of a table take these steps and no others."""
    pairs = [
        f"'{state}>{after}'"
        for state, afters in steps.items()
        for after in afters
        if after != state
    ]
    return STEP_TRIGGER.format(table=table, steps=", ".join(pairs))


STEP_STATEMENTS: tuple[str, ...] = (
    STEP_FUNCTION,
    *(step_trigger(table, steps) for table, steps in STEPS.items()),
)
"""What migration 0013 runs after its tables."""

DROP_STEP_STATEMENTS: tuple[str, ...] = ("DROP FUNCTION IF EXISTS state_step_check() CASCADE",)

APPLIED_STEPS: Mapping[str, tuple[str, ...]] = {
    **STEPS["refunds"],
    "requested": (*STEPS["refunds"]["requested"], "applied"),
}
STEPS_NOW: Mapping[str, Mapping[str, tuple[str, ...]]] = {**STEPS, "refunds": APPLIED_STEPS}
"""The steps of states as they are now."""
APPLIED_STATEMENTS: tuple[str, ...] = (
    "DROP TRIGGER refunds_step ON refunds",
    step_trigger("refunds", APPLIED_STEPS),
)
"""What migration 0024 runs: a refund may pay an order of the same goods."""
DROP_APPLIED_STATEMENTS: tuple[str, ...] = (
    "DROP TRIGGER refunds_step ON refunds",
    step_trigger("refunds", STEPS["refunds"]),
)

TRANSFER_STATEMENTS: tuple[str, ...] = (
    append_only("bank_statements"),
    append_only("bank_decisions"),
    keep("bank_rows", "left_minor", "looked_at"),
    keep("transfer_requests", "received_minor"),
)
"""What migration 0016 runs: statements and decisions stay as they were written."""

DROP_TRANSFER_STATEMENTS: tuple[str, ...] = tuple(
    f"DROP TRIGGER {name} ON {table}"
    for table, name in (
        ("bank_statements", "bank_statements_append_only"),
        ("bank_decisions", "bank_decisions_append_only"),
        ("bank_rows", "bank_rows_kept"),
        ("transfer_requests", "transfer_requests_kept"),
    )
)

MISFIT_STATEMENTS: tuple[str, ...] = (append_only("payment_misfit_notes"),)
"""What the migration of the queue of misfits runs: a note stays as it was written."""

BOUNCE_STATEMENTS: tuple[str, ...] = (append_only("refund_bounces"),)
"""What migration 0029 runs: a transfer the bank sent back stays as it was recorded."""

INVOICE_STATEMENTS: tuple[str, ...] = (
    append_only("invoice_lines"),
    keep("invoices", "official_number", "official_at", "official_by"),
)
"""What migration 0019 runs: an invoice stays as it was issued."""

DROP_INVOICE_STATEMENTS: tuple[str, ...] = (
    "DROP TRIGGER invoice_lines_append_only ON invoice_lines",
    "DROP TRIGGER invoices_kept ON invoices",
)
