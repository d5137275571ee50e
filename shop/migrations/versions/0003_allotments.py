"""Period allotments, their resolutions and public notices.

What the database itself holds, whoever writes to it:

* an allotment begins as a draft and moves along draft → resolved → on notice → final, or is
  stopped; what decided it and what was published is written once; a closed one never changes;
* nothing is resolved whose shares do not sum to its total, or without a paper where a notice is
  due; a notice lasts as long as the policy in force asks for; nothing is final before it is
  over, nor while an objection is open;
* live allotments of one payer, model, contract and source of money never overlap in time, except
  one that takes the place of another;
* a share is written while its allotment is a draft and earned once it is final.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

MODELS = (
    *("ORDER", "GUARANTEED", "EQUITY", "PATRONAGE", "WAGE", "RENT", "INKIND", "CONSIGN"),
    *("PREMIUM", "ASSET", "RELIEFWORK", "TRUST"),
)
PARTIES = ("household", "cooperative", "village", "platform", "logistics")

ADVANCE = """
CREATE FUNCTION allotments_check_advance() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    paid boolean := NEW.model_code NOT IN ('WAGE', 'RELIEFWORK', 'RENT');
    shares bigint;
    days integer;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'draft' THEN
            RAISE EXCEPTION USING ERRCODE = 'check_violation',
                CONSTRAINT = 'allotments_begin_as_draft',
                MESSAGE = 'an allotment begins as a draft';
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.state IN ('final', 'objected', 'withdrawn') THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation',
            CONSTRAINT = 'allotments_closed_are_kept',
            MESSAGE = 'allotment ' || OLD.code || ' is closed and never changes';
    END IF;
    IF (OLD.code, OLD.organisation_code, OLD.model_code, OLD.contract_id, OLD.source,
            OLD.payer_account, OLD.period_from, OLD.period_to, OLD.proposed_by,
            OLD.proposed_at, OLD.reverses_id)
        IS DISTINCT FROM
        (NEW.code, NEW.organisation_code, NEW.model_code, NEW.contract_id, NEW.source,
            NEW.payer_account, NEW.period_from, NEW.period_to, NEW.proposed_by,
            NEW.proposed_at, NEW.reverses_id)
        OR (OLD.state <> 'draft' AND
            (OLD.basis, OLD.total_minor, OLD.body, OLD.decided_on, OLD.resolved_by,
                OLD.resolved_at)
            IS DISTINCT FROM
            (NEW.basis, NEW.total_minor, NEW.body, NEW.decided_on, NEW.resolved_by,
                NEW.resolved_at))
        OR (OLD.state = 'on_notice' AND (OLD.notice_from, OLD.notice_until)
            IS DISTINCT FROM (NEW.notice_from, NEW.notice_until))
    THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation',
            CONSTRAINT = 'allotments_decided_is_kept',
            MESSAGE = 'what was decided and published of ' || OLD.code || ' never changes';
    END IF;
    IF NOT (OLD.state = NEW.state OR (OLD.state, NEW.state) IN (
            ('draft', 'resolved'), ('draft', 'withdrawn'), ('resolved', 'withdrawn'),
            ('on_notice', 'withdrawn'), ('on_notice', 'objected'), ('on_notice', 'final'))
        OR ((OLD.state, NEW.state) = ('resolved', 'on_notice') AND paid)
        OR ((OLD.state, NEW.state) = ('resolved', 'final') AND NOT paid))
    THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation',
            CONSTRAINT = 'allotments_only_advance',
            MESSAGE = 'allotment ' || OLD.code || ' cannot become ' || NEW.state;
    END IF;
    IF NEW.state = 'resolved' AND OLD.state = 'draft' THEN
        SELECT coalesce(sum(amount_minor), 0) INTO shares
        FROM entitlements WHERE allotment_id = NEW.id;
        IF shares <> NEW.total_minor THEN
            RAISE EXCEPTION USING ERRCODE = 'check_violation',
                CONSTRAINT = 'allotments_shares_sum_to_total',
                MESSAGE = 'the shares of ' || NEW.code || ' do not sum to its total';
        END IF;
        IF paid AND NOT EXISTS (
            SELECT 1 FROM allotment_documents WHERE allotment_id = NEW.id)
        THEN
            RAISE EXCEPTION USING ERRCODE = 'check_violation',
                CONSTRAINT = 'allotments_papers_before_resolution',
                MESSAGE = 'the resolution of ' || NEW.code || ' needs its papers';
        END IF;
    END IF;
    IF NEW.state = 'on_notice' AND OLD.state = 'resolved' THEN
        SELECT (value #>> '{}')::integer INTO days FROM policy_params
        WHERE code = 'notice_days' AND valid_from <= NEW.notice_from
            AND (valid_to IS NULL OR valid_to >= NEW.notice_from);
        IF days IS NULL OR NEW.notice_until - NEW.notice_from + 1 < days THEN
            RAISE EXCEPTION USING ERRCODE = 'check_violation',
                CONSTRAINT = 'allotments_notice_long_enough',
                MESSAGE = 'the notice of ' || NEW.code || ' is too short';
        END IF;
    END IF;
    IF NEW.state = 'final' AND EXISTS (
        SELECT 1 FROM allotment_objections
        WHERE allotment_id = NEW.id AND outcome <> 'rejected')
    THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation',
            CONSTRAINT = 'allotments_objections_decided',
            MESSAGE = 'an objection against ' || NEW.code || ' is open';
    END IF;
    RETURN NEW;
END $$
"""

ADVANCE_TRIGGER = """
CREATE TRIGGER allotments_advance BEFORE INSERT OR UPDATE ON allotments
    FOR EACH ROW EXECUTE FUNCTION allotments_check_advance()
"""

KEPT = """
CREATE FUNCTION allotments_refuse_removal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'allotments_are_kept',
        MESSAGE = 'allotments, their papers, workings and objections are kept';
END $$
"""

KEPT_TRIGGER = """
CREATE TRIGGER {table}_kept BEFORE {events} ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION allotments_refuse_removal()
"""

# The payer's row is locked first, so that two overlapping periods cannot both slip in.
NO_OVERLAP = """
CREATE FUNCTION allotments_refuse_overlap() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM organisations WHERE code = NEW.organisation_code FOR NO KEY UPDATE;
    IF EXISTS (
        SELECT 1 FROM allotments other
        WHERE other.organisation_code = NEW.organisation_code
            AND other.model_code = NEW.model_code AND other.source = NEW.source
            AND other.contract_id IS NOT DISTINCT FROM NEW.contract_id
            AND other.id <> NEW.id AND other.id IS DISTINCT FROM NEW.reverses_id
            AND other.state NOT IN ('objected', 'withdrawn')
            AND NOT EXISTS (
                SELECT 1 FROM allotments later
                WHERE later.reverses_id = other.id AND later.state = 'final')
            AND daterange(other.period_from, other.period_to, '[]')
                && daterange(NEW.period_from, NEW.period_to, '[]')
    ) THEN
        RAISE EXCEPTION USING ERRCODE = 'exclusion_violation',
            CONSTRAINT = 'allotments_no_overlap',
            MESSAGE = 'the period from ' || NEW.period_from || ' overlaps another allotment';
    END IF;
    IF NEW.reverses_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM allotments earlier
        WHERE earlier.id = NEW.reverses_id AND earlier.state = 'final'
            AND earlier.organisation_code = NEW.organisation_code
            AND earlier.model_code = NEW.model_code AND earlier.source = NEW.source
            AND earlier.contract_id IS NOT DISTINCT FROM NEW.contract_id
            AND (earlier.period_from, earlier.period_to) = (NEW.period_from, NEW.period_to)
    ) THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation',
            CONSTRAINT = 'allotments_reverse_final',
            MESSAGE = 'only a final allotment of the same period can be replaced';
    END IF;
    RETURN NULL;
END $$
"""

NO_OVERLAP_TRIGGER = """
CREATE TRIGGER allotments_no_overlap AFTER INSERT ON allotments
    FOR EACH ROW EXECUTE FUNCTION allotments_refuse_overlap()
"""

WHOLE = """
CREATE FUNCTION allotments_check_whole() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM entitlements
        WHERE allotment_id = NEW.id AND stage = 'expected' AND amount_minor > 0)
    THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation',
            CONSTRAINT = 'allotments_final_is_earned',
            MESSAGE = 'shares of the closed allotment ' || NEW.code || ' are still expected';
    END IF;
    RETURN NULL;
END $$
"""

WHOLE_TRIGGER = """
CREATE CONSTRAINT TRIGGER allotments_whole AFTER UPDATE ON allotments
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (NEW.state IN ('final', 'objected', 'withdrawn'))
    EXECUTE FUNCTION allotments_check_whole()
"""

INPUTS = """
CREATE FUNCTION allotment_parts_follow() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    present text;
BEGIN
    SELECT state INTO present FROM allotments
    WHERE id = CASE WHEN TG_OP = 'DELETE' THEN OLD.allotment_id ELSE NEW.allotment_id END
    FOR NO KEY UPDATE;
    IF present <> TG_ARGV[0] THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation',
            CONSTRAINT = 'allotment_parts_follow_state',
            MESSAGE = TG_TABLE_NAME || ' cannot change while the allotment is ' || present;
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$
"""

INPUTS_TRIGGER = """
CREATE TRIGGER {table}_follow BEFORE {events} ON {table}
    FOR EACH ROW EXECUTE FUNCTION allotment_parts_follow('{state}')
"""

OBJECTIONS = """
CREATE FUNCTION allotment_objections_decided_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.outcome <> 'open' OR (OLD.allotment_id, OLD.household_id, OLD.raised_by,
            OLD.raised_at, OLD.reason)
        IS DISTINCT FROM (NEW.allotment_id, NEW.household_id, NEW.raised_by, NEW.raised_at,
            NEW.reason)
    THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation',
            CONSTRAINT = 'allotment_objections_decided_once',
            MESSAGE = 'an objection is decided once and its words stay';
    END IF;
    RETURN NEW;
END $$
"""

OBJECTIONS_TRIGGER = """
CREATE TRIGGER allotment_objections_once BEFORE UPDATE ON allotment_objections
    FOR EACH ROW EXECUTE FUNCTION allotment_objections_decided_once()
"""

SHARES_WRITTEN = """
CREATE FUNCTION entitlements_follow_allotment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM new_parts part JOIN allotments ON allotments.id = part.allotment_id
        WHERE allotments.state <> 'draft' OR part.stage <> 'expected')
    THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation',
            CONSTRAINT = 'entitlements_follow_allotment',
            MESSAGE = 'shares are written while their allotment is a draft';
    END IF;
    RETURN NULL;
END $$
"""

SHARES_WRITTEN_TRIGGER = """
CREATE TRIGGER entitlements_allotment_draft AFTER INSERT ON entitlements
    REFERENCING NEW TABLE AS new_parts
    FOR EACH STATEMENT EXECUTE FUNCTION entitlements_follow_allotment()
"""

SHARES_ADVANCE = """
CREATE FUNCTION entitlements_advance_with_allotment() RETURNS trigger LANGUAGE plpgsql
    SET enable_nestloop = off AS $$
BEGIN
    -- A plan is kept for the session: made for few rows it would compare each with each.
    IF (SELECT count(*) FROM old_parts before JOIN new_parts after ON after.id = before.id
        WHERE before.allotment_id IS DISTINCT FROM after.allotment_id) > 0
    THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation',
            CONSTRAINT = 'entitlements_keep_allotment',
            MESSAGE = 'a share stays with its allotment';
    END IF;
    IF EXISTS (
        SELECT 1 FROM new_parts part JOIN allotments ON allotments.id = part.allotment_id
        WHERE part.stage = 'earned' AND allotments.state <> 'final')
    THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation',
            CONSTRAINT = 'entitlements_earned_when_final',
            MESSAGE = 'a share is earned once its allotment is final';
    END IF;
    RETURN NULL;
END $$
"""

SHARES_ADVANCE_TRIGGER = """
CREATE TRIGGER entitlements_allotment_final AFTER UPDATE ON entitlements
    REFERENCING OLD TABLE AS old_parts NEW TABLE AS new_parts
    FOR EACH STATEMENT EXECUTE FUNCTION entitlements_advance_with_allotment()
"""

SHARES_KEPT = """
CREATE FUNCTION entitlements_kept_by_allotment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM old_parts part JOIN allotments ON allotments.id = part.allotment_id
        WHERE allotments.state <> 'draft')
    THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation',
            CONSTRAINT = 'entitlements_kept_by_allotment',
            MESSAGE = 'the shares of a resolved allotment are kept';
    END IF;
    RETURN NULL;
END $$
"""

SHARES_KEPT_TRIGGER = """
CREATE TRIGGER entitlements_allotment_kept AFTER DELETE ON entitlements
    REFERENCING OLD TABLE AS old_parts
    FOR EACH STATEMENT EXECUTE FUNCTION entitlements_kept_by_allotment()
"""

STATEMENTS = (
    ADVANCE,
    ADVANCE_TRIGGER,
    KEPT,
    KEPT_TRIGGER.format(table="allotments", events="DELETE OR TRUNCATE"),
    KEPT_TRIGGER.format(table="allotment_documents", events="UPDATE OR TRUNCATE"),
    KEPT_TRIGGER.format(table="allotment_workings", events="UPDATE OR TRUNCATE"),
    KEPT_TRIGGER.format(table="allotment_objections", events="DELETE OR TRUNCATE"),
    NO_OVERLAP,
    NO_OVERLAP_TRIGGER,
    WHOLE,
    WHOLE_TRIGGER,
    INPUTS,
    *(
        INPUTS_TRIGGER.format(table=table, events=events, state=state)
        for table, events, state in (
            ("allotment_inputs", "INSERT OR UPDATE OR DELETE", "draft"),
            ("allotment_workings", "INSERT OR DELETE", "draft"),
            ("allotment_documents", "INSERT OR DELETE", "draft"),
            ("allotment_objections", "INSERT OR UPDATE", "on_notice"),
        )
    ),
    OBJECTIONS,
    OBJECTIONS_TRIGGER,
    SHARES_WRITTEN,
    SHARES_WRITTEN_TRIGGER,
    SHARES_ADVANCE,
    SHARES_ADVANCE_TRIGGER,
    SHARES_KEPT,
    SHARES_KEPT_TRIGGER,
)

FUNCTIONS = (
    "allotments_check_advance",
    "allotments_refuse_removal",
    "allotments_refuse_overlap",
    "allotments_check_whole",
    "allotment_parts_follow",
    "allotment_objections_decided_once",
    "entitlements_follow_allotment",
    "entitlements_advance_with_allotment",
    "entitlements_kept_by_allotment",
)

TABLES = (
    "allotment_objections",
    "allotment_documents",
    "allotment_workings",
    "allotment_inputs",
    "allotments",
)


def upgrade() -> None:
    """Add the tables, give entitlements their third source, set the triggers."""
    _create_allotments()
    _create_parts()
    op.add_column("entitlements", sa.Column("allotment_id", sa.Integer(), nullable=True))
    op.create_foreign_key(
        op.f("fk_entitlements_allotment_id_allotments"),
        "entitlements",
        "allotments",
        ["allotment_id"],
        ["id"],
    )
    op.alter_column("entitlements", "lot_id", nullable=True)
    op.create_index(
        "uq_entitlements_allotment",
        "entitlements",
        ["allotment_id", "contract_version_id", "party_kind", "party_code"],
        unique=True,
        postgresql_where=sa.text("allotment_id IS NOT NULL"),
    )
    op.drop_constraint(op.f("ck_entitlements_has_one_source"), "entitlements", type_="check")
    op.create_check_constraint(
        op.f("ck_entitlements_has_one_source"),
        "entitlements",
        "num_nonnulls(order_line_id, receipt_id, allotment_id) = 1",
    )
    op.create_check_constraint(
        op.f("ck_entitlements_lot_unless_allotted"),
        "entitlements",
        "(lot_id IS NULL) = (allotment_id IS NOT NULL)",
    )
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Take triggers, shares and tables away again."""
    for function in FUNCTIONS:
        op.execute(f"DROP FUNCTION IF EXISTS {function}() CASCADE")
    op.drop_constraint(op.f("ck_entitlements_lot_unless_allotted"), "entitlements")
    op.drop_constraint(op.f("ck_entitlements_has_one_source"), "entitlements")
    op.create_check_constraint(
        op.f("ck_entitlements_has_one_source"),
        "entitlements",
        "num_nonnulls(order_line_id, receipt_id) = 1",
    )
    op.drop_index("uq_entitlements_allotment", table_name="entitlements")
    op.drop_constraint(
        op.f("fk_entitlements_allotment_id_allotments"), "entitlements", type_="foreignkey"
    )
    op.alter_column("entitlements", "lot_id", nullable=False)
    op.drop_column("entitlements", "allotment_id")
    for table in TABLES:
        op.drop_table(table)


def _create_allotments() -> None:
    op.create_table(
        "allotments",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("code", sa.String(64), nullable=False),
        sa.Column("organisation_code", sa.String(64), nullable=False),
        _enum("model_code", "linkage_model", MODELS),
        sa.Column("contract_id", sa.Integer(), nullable=True),
        _enum("source", "allotment_source", ("own", "village", "fund")),
        sa.Column("payer_account", sa.String(128), nullable=False),
        sa.Column("period_from", sa.Date(), nullable=False),
        sa.Column("period_to", sa.Date(), nullable=False),
        sa.Column("basis", postgresql.JSONB(), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        _enum(
            "state",
            "allotment_state",
            ("draft", "resolved", "on_notice", "final", "objected", "withdrawn"),
        ),
        sa.Column("proposed_by", sa.String(64), nullable=False),
        _moment("proposed_at", nullable=False),
        _enum(
            "body",
            "resolution_body",
            ("members_meeting", "village_assembly", "board", "payroll"),
            nullable=True,
        ),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("resolved_by", sa.String(64), nullable=True),
        _moment("resolved_at"),
        sa.Column("notice_from", sa.Date(), nullable=True),
        sa.Column("notice_until", sa.Date(), nullable=True),
        _moment("finalised_at"),
        _moment("stopped_at"),
        sa.Column("stop_reason", sa.Text(), server_default="", nullable=False),
        sa.Column("reverses_id", sa.Integer(), nullable=True),
        *_rules_of_allotments(),
        sa.ForeignKeyConstraint(
            ["organisation_code"],
            ["organisations.code"],
            name=op.f("fk_allotments_organisation_code_organisations"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id"],
            ["linkage_contracts.id"],
            name=op.f("fk_allotments_contract_id_linkage_contracts"),
        ),
        sa.ForeignKeyConstraint(
            ["reverses_id"],
            ["allotments.id"],
            name=op.f("fk_allotments_reverses_id_allotments"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_allotments")),
        sa.UniqueConstraint("code", name=op.f("uq_allotments_code")),
    )
    op.create_index(
        "ix_allotments_payer", "allotments", ["organisation_code", "model_code", "period_to"]
    )
    op.create_index("ix_allotments_state", "allotments", ["state", "notice_until"])
    op.create_index(op.f("ix_allotments_reverses_id"), "allotments", ["reverses_id"])


def _rules_of_allotments() -> list[sa.CheckConstraint]:
    rules = {
        "period_in_order": "period_to >= period_from",
        "total_not_negative": "total_minor >= 0",
        "resolution_before_notice": (
            "state IN ('draft', 'withdrawn') OR (body IS NOT NULL AND decided_on IS NOT NULL"
            " AND resolved_by IS NOT NULL AND resolved_at IS NOT NULL)"
        ),
        "notice_has_its_days": (
            "state NOT IN ('on_notice', 'objected')"
            " OR (notice_from IS NOT NULL AND notice_until IS NOT NULL)"
        ),
        "notice_in_order": "notice_until >= notice_from",
        "notice_after_decision": "notice_from >= decided_on",
        "final_moment": "(state = 'final') = (finalised_at IS NOT NULL)",
        "stopped_moment": "(state IN ('objected', 'withdrawn')) = (stopped_at IS NOT NULL)",
        "final_after_notice": (
            "state <> 'final' OR model_code IN ('WAGE', 'RELIEFWORK', 'RENT')"
            " OR (notice_until IS NOT NULL AND finalised_at >= timezone('Asia/Shanghai',"
            " notice_until + time '00:00' + interval '1 day'))"
        ),
        "payroll_by_two": (
            "state IN ('draft', 'withdrawn')"
            " OR model_code NOT IN ('WAGE', 'RELIEFWORK', 'RENT')"
            " OR resolved_by <> proposed_by"
        ),
        "model_by_period": (
            "model_code IN ('WAGE', 'RELIEFWORK', 'RENT', 'GUARANTEED', 'EQUITY',"
            " 'PATRONAGE', 'ASSET', 'TRUST')"
        ),
        "source_fits_model": "source = 'own' OR model_code IN ('ASSET', 'EQUITY')",
    }
    return [
        sa.CheckConstraint(rule, name=op.f(f"ck_allotments_{name}"))
        for name, rule in rules.items()
    ]


def _create_parts() -> None:
    op.create_table(
        "allotment_inputs",
        sa.Column("allotment_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("household_id", sa.String(16), nullable=False),
        sa.Column("figures", postgresql.JSONB(), nullable=False),
        _of_allotment("allotment_inputs"),
        _of_household("allotment_inputs"),
        sa.PrimaryKeyConstraint(
            "allotment_id", "household_id", name=op.f("pk_allotment_inputs")
        ),
    )
    op.create_table(
        "allotment_workings",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("allotment_id", sa.Integer(), nullable=False),
        sa.Column("contract_version_id", sa.Integer(), nullable=False),
        _enum("party_kind", "party_kind", PARTIES),
        sa.Column("party_code", sa.String(64), nullable=False),
        sa.Column("figures", postgresql.JSONB(), nullable=False),
        _of_allotment("allotment_workings"),
        sa.ForeignKeyConstraint(
            ["contract_version_id"],
            ["contract_versions.id"],
            name=op.f("fk_allotment_workings_contract_version_id_contract_versions"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_allotment_workings")),
        sa.UniqueConstraint(
            "allotment_id",
            "contract_version_id",
            "party_kind",
            "party_code",
            name=op.f(
                "uq_allotment_workings_allotment_id_contract_version_id_party_kind_party_code"
            ),
        ),
    )
    _create_documents()
    _create_objections()


def _create_documents() -> None:
    op.create_table(
        "allotment_documents",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("allotment_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(120), nullable=False),
        sa.Column("file_name", sa.String(200), nullable=False),
        sa.Column("media_type", sa.String(64), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("added_by", sa.String(64), nullable=False),
        _moment("added_at", nullable=False),
        sa.CheckConstraint(
            "size_bytes BETWEEN 1 AND 5000000",
            name=op.f("ck_allotment_documents_size_within_limit"),
        ),
        sa.CheckConstraint(
            "media_type IN ('application/pdf', 'image/jpeg', 'image/png')",
            name=op.f("ck_allotment_documents_media_type"),
        ),
        _of_allotment("allotment_documents"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_allotment_documents")),
        sa.UniqueConstraint(
            "allotment_id", "sha256", name=op.f("uq_allotment_documents_allotment_id_sha256")
        ),
    )


def _create_objections() -> None:
    op.create_table(
        "allotment_objections",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("allotment_id", sa.Integer(), nullable=False),
        sa.Column("household_id", sa.String(16), nullable=True),
        sa.Column("raised_by", sa.String(64), nullable=False),
        _moment("raised_at", nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=False),
        sa.Column("outcome", sa.String(32), server_default=sa.text("'open'"), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.Column("decided_by", sa.String(64), nullable=True),
        _moment("decided_at"),
        sa.CheckConstraint(
            "outcome IN ('open', 'rejected', 'upheld')",
            name=op.f("ck_allotment_objections_objection_outcome"),
        ),
        sa.CheckConstraint(
            "(outcome = 'open') = (decided_at IS NULL)"
            " AND (decided_at IS NULL) = (decided_by IS NULL)",
            name=op.f("ck_allotment_objections_outcome_has_its_moment"),
        ),
        _of_allotment("allotment_objections"),
        _of_household("allotment_objections"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_allotment_objections")),
    )
    op.create_index(
        "ix_allotment_objections_allotment", "allotment_objections", ["allotment_id"]
    )
    op.create_index(
        op.f("ix_allotment_objections_household_id"), "allotment_objections", ["household_id"]
    )


def _enum(
    column: str, name: str, values: tuple[str, ...], *, nullable: bool = False
) -> sa.Column[str]:
    kind = sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)
    return sa.Column(column, kind, nullable=nullable)


def _moment(column: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(column, sa.DateTime(timezone=True), nullable=nullable)


def _of_allotment(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["allotment_id"], ["allotments.id"], name=op.f(f"fk_{table}_allotment_id_allotments")
    )


def _of_household(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["household_id"], ["households.id"], name=op.f(f"fk_{table}_household_id_households")
    )
