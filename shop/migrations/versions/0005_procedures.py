"""Procedures, visits, events and price warnings.

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

CATEGORIES = ("general", "lifted", "unstable_lifted", "borderline", "sudden_difficulty")
CATEGORY_CHECK = "ck_household_categories_household_category"

# The procedure's row is locked first, so that two people cannot both record the same step.
STEP_IN_ORDER = """
CREATE FUNCTION procedure_steps_check_order() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    about record;
    steps text[];
    taken integer;
    free_from date;
BEGIN
    SELECT * INTO about FROM procedures WHERE id = NEW.procedure_id FOR UPDATE;
    IF about.state <> 'open' THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation',
            CONSTRAINT = 'procedure_steps_procedure_open',
            MESSAGE = 'procedure ' || NEW.procedure_id || ' is closed';
    END IF;
    IF about.kind = 'recognition' THEN
        steps := ARRAY['screening', 'application', 'verification', 'village_review',
            'township_review', 'district_decision'];
    ELSE
        steps := ARRAY['nomination', 'verification', 'village_review', 'township_review',
            'district_decision'];
    END IF;
    SELECT count(*), max(coalesce(notice_until, done_on)) INTO taken, free_from
    FROM procedure_steps WHERE procedure_id = NEW.procedure_id;
    IF NEW.number <= taken THEN
        RAISE EXCEPTION USING ERRCODE = 'unique_violation',
            CONSTRAINT = 'procedure_steps_taken_once',
            MESSAGE = 'step ' || NEW.number || ' is recorded already';
    END IF;
    IF NEW.number <> taken + 1 OR NEW.step IS DISTINCT FROM steps[NEW.number] THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation',
            CONSTRAINT = 'procedure_steps_none_skipped',
            MESSAGE = 'step ' || taken + 1 || ' comes next';
    END IF;
    IF NEW.done_on < free_from THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation',
            CONSTRAINT = 'procedure_steps_dates_in_order',
            MESSAGE = 'the step before ended on ' || free_from;
    END IF;
    RETURN NEW;
END $$
"""

STEP_IN_ORDER_TRIGGER = """
CREATE TRIGGER procedure_steps_order BEFORE INSERT ON procedure_steps
    FOR EACH ROW EXECUTE FUNCTION procedure_steps_check_order()
"""

STEPS_KEPT = """
CREATE FUNCTION procedure_steps_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'check_violation',
        CONSTRAINT = 'procedure_steps_are_kept',
        MESSAGE = 'a recorded step is never changed';
END $$
"""

STEPS_KEPT_TRIGGER = """
CREATE TRIGGER procedure_steps_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON procedure_steps
    FOR EACH STATEMENT EXECUTE FUNCTION procedure_steps_refuse_change()
"""

PROCEDURE_ADVANCES = """
CREATE FUNCTION procedures_check_advance() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    taken integer;
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation',
            CONSTRAINT = 'procedures_are_kept', MESSAGE = 'a procedure is kept';
    END IF;
    IF OLD.state <> 'open' OR (NEW.household_id, NEW.kind, NEW.category, NEW.risk_type,
            NEW.opened_by, NEW.opened_at)
        IS DISTINCT FROM (OLD.household_id, OLD.kind, OLD.category, OLD.risk_type,
            OLD.opened_by, OLD.opened_at)
    THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation',
            CONSTRAINT = 'procedures_only_advance',
            MESSAGE = 'procedure ' || OLD.id || ' can only be closed, once';
    END IF;
    IF NEW.state = 'completed' THEN
        SELECT count(*) INTO taken FROM procedure_steps WHERE procedure_id = OLD.id;
        IF taken <> (CASE OLD.kind WHEN 'recognition' THEN 6 ELSE 5 END) THEN
            RAISE EXCEPTION USING ERRCODE = 'check_violation',
                CONSTRAINT = 'procedures_complete_with_all_steps',
                MESSAGE = 'procedure ' || OLD.id || ' lacks steps';
        END IF;
    END IF;
    RETURN NEW;
END $$
"""

PROCEDURE_ADVANCES_TRIGGER = """
CREATE TRIGGER procedures_advance BEFORE UPDATE OR DELETE ON procedures
    FOR EACH ROW EXECUTE FUNCTION procedures_check_advance()
"""

PROCEDURE_BEGINS = """
CREATE FUNCTION procedures_check_begin() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state <> 'open' THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation',
            CONSTRAINT = 'procedures_begin_open', MESSAGE = 'a procedure begins open';
    END IF;
    RETURN NEW;
END $$
"""

PROCEDURE_BEGINS_TRIGGER = """
CREATE TRIGGER procedures_begin BEFORE INSERT ON procedures
    FOR EACH ROW EXECUTE FUNCTION procedures_check_begin()
"""

TRIGGERS = (
    STEP_IN_ORDER,
    STEP_IN_ORDER_TRIGGER,
    STEPS_KEPT,
    STEPS_KEPT_TRIGGER,
    PROCEDURE_ADVANCES,
    PROCEDURE_ADVANCES_TRIGGER,
    PROCEDURE_BEGINS,
    PROCEDURE_BEGINS_TRIGGER,
)

FUNCTIONS = (
    "procedure_steps_check_order",
    "procedure_steps_refuse_change",
    "procedures_check_advance",
    "procedures_check_begin",
)


def _check_categories(names: tuple[str, ...]) -> None:
    listed = ", ".join(f"'{name}'" for name in names)
    op.drop_constraint(op.f(CATEGORY_CHECK), "household_categories", type_="check")
    op.create_check_constraint(
        op.f(CATEGORY_CHECK), "household_categories", f"category IN ({listed})"
    )


def upgrade() -> None:
    """Add the tables, their triggers and the category of 2026."""
    _check_categories((*CATEGORIES, "at_risk"))
    op.create_table(
        "category_terms",
        sa.Column(
            "category",
            sa.Enum(
                "general",
                "lifted",
                "unstable_lifted",
                "borderline",
                "sudden_difficulty",
                "at_risk",
                name="household_category",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("term", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "valid_to IS NULL OR valid_to >= valid_from",
            name=op.f("ck_category_terms_period_in_order"),
        ),
        sa.PrimaryKeyConstraint("category", "valid_from", name=op.f("pk_category_terms")),
        sa.UniqueConstraint(
            "term", "valid_from", name=op.f("uq_category_terms_term_valid_from")
        ),
    )
    op.create_table(
        "risk_events",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "project_failed",
                "disaster",
                "unemployment",
                "other",
                name="event_kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("recorded_by", sa.String(length=64), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_risk_events")),
    )
    op.create_table(
        "risk_event_villages",
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("village_code", sa.String(length=12), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"],
            ["risk_events.id"],
            name=op.f("fk_risk_event_villages_event_id_risk_events"),
        ),
        sa.ForeignKeyConstraint(
            ["village_code"],
            ["regions.code"],
            name=op.f("fk_risk_event_villages_village_code_regions"),
        ),
        sa.PrimaryKeyConstraint(
            "event_id", "village_code", name=op.f("pk_risk_event_villages")
        ),
    )
    op.create_index(
        op.f("ix_risk_event_villages_village_code"),
        "risk_event_villages",
        ["village_code"],
        unique=False,
    )
    op.create_table(
        "village_meetings",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("village_code", sa.String(length=12), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "village_meeting",
                "risk_review",
                name="meeting_kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("paper", sa.Text(), server_default="", nullable=False),
        sa.Column("recorded_by", sa.String(length=64), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["village_code"],
            ["regions.code"],
            name=op.f("fk_village_meetings_village_code_regions"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_village_meetings")),
        sa.UniqueConstraint(
            "village_code",
            "kind",
            "held_on",
            name=op.f("uq_village_meetings_village_code_kind_held_on"),
        ),
    )
    op.create_table(
        "household_measures",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("household_id", sa.String(length=16), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "industry",
                "job",
                "relief",
                "insurance",
                "medical",
                "schooling",
                "housing",
                "other",
                name="measure_kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("recorded_by", sa.String(length=64), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "until IS NULL OR until >= since",
            name=op.f("ck_household_measures_period_in_order"),
        ),
        sa.ForeignKeyConstraint(
            ["household_id"],
            ["households.id"],
            name=op.f("fk_household_measures_household_id_households"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_household_measures")),
        sa.UniqueConstraint(
            "household_id",
            "kind",
            "since",
            name=op.f("uq_household_measures_household_id_kind_since"),
        ),
    )
    op.create_table(
        "household_visits",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("household_id", sa.String(length=16), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "contact",
                "monitor",
                name="visitor_role",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("visited_on", sa.Date(), nullable=False),
        sa.Column(
            "finding",
            sa.Enum(
                "unchanged",
                "better",
                "worse",
                name="visit_finding",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("recorded_by", sa.String(length=64), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["household_id"],
            ["households.id"],
            name=op.f("fk_household_visits_household_id_households"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_household_visits")),
        sa.UniqueConstraint(
            "household_id",
            "role",
            "visited_on",
            name=op.f("uq_household_visits_household_id_role_visited_on"),
        ),
    )
    op.create_index(
        op.f("ix_household_visits_visited_on"), "household_visits", ["visited_on"], unique=False
    )
    op.create_table(
        "procedures",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("household_id", sa.String(length=16), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "recognition",
                "elimination",
                name="procedure_kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "category",
            sa.Enum(
                "general",
                "lifted",
                "unstable_lifted",
                "borderline",
                "sudden_difficulty",
                "at_risk",
                name="household_category",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("risk_type", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "completed",
                "cancelled",
                name="procedure_state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("opened_by", sa.String(length=64), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_by", sa.String(length=64), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "(kind = 'recognition') = (category IS NOT NULL)",
            name=op.f("ck_procedures_recognition_has_category"),
        ),
        sa.CheckConstraint(
            "(state = 'open') = (closed_at IS NULL)",
            name=op.f("ck_procedures_closed_has_its_moment"),
        ),
        sa.CheckConstraint(
            "state <> 'cancelled' OR reason <> ''",
            name=op.f("ck_procedures_cancelled_has_reason"),
        ),
        sa.ForeignKeyConstraint(
            ["household_id"],
            ["households.id"],
            name=op.f("fk_procedures_household_id_households"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_procedures")),
    )
    op.create_index("ix_procedures_household_id", "procedures", ["household_id"], unique=False)
    op.create_index(
        "uq_procedures_one_open",
        "procedures",
        ["household_id"],
        unique=True,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "price_warnings",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("product_code", sa.String(length=64), nullable=False),
        sa.Column("baseline_week", sa.Date(), nullable=False),
        sa.Column("baseline_minor", sa.BigInteger(), nullable=False),
        sa.Column("latest_week", sa.Date(), nullable=False),
        sa.Column("latest_minor", sa.BigInteger(), nullable=False),
        sa.Column("weeks", sa.Integer(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "latest_minor > 0 AND latest_minor < baseline_minor",
            name=op.f("ck_price_warnings_price_fell"),
        ),
        sa.CheckConstraint(
            "latest_week > baseline_week", name=op.f("ck_price_warnings_weeks_in_order")
        ),
        sa.CheckConstraint("weeks > 0", name=op.f("ck_price_warnings_fell_some_weeks")),
        sa.ForeignKeyConstraint(
            ["product_code"],
            ["products.code"],
            name=op.f("fk_price_warnings_product_code_products"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price_warnings")),
        sa.UniqueConstraint(
            "product_code",
            "baseline_week",
            name=op.f("uq_price_warnings_product_code_baseline_week"),
        ),
    )
    op.create_table(
        "procedure_steps",
        sa.Column("procedure_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "step",
            sa.Enum(
                "screening",
                "application",
                "nomination",
                "verification",
                "village_review",
                "township_review",
                "district_decision",
                name="step",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("done_on", sa.Date(), nullable=False),
        sa.Column("notice_until", sa.Date(), nullable=True),
        sa.Column("done_by", sa.Text(), nullable=False),
        sa.Column("paper", sa.Text(), nullable=False),
        sa.Column("recorded_by", sa.String(length=64), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(step = 'village_review') = (notice_until IS NOT NULL)",
            name=op.f("ck_procedure_steps_notice_has_its_end"),
        ),
        sa.CheckConstraint(
            "done_by <> '' AND paper <> ''", name=op.f("ck_procedure_steps_says_who_and_where")
        ),
        sa.CheckConstraint(
            "notice_until IS NULL OR notice_until >= done_on",
            name=op.f("ck_procedure_steps_notice_in_order"),
        ),
        sa.CheckConstraint(
            "number BETWEEN 1 AND 6", name=op.f("ck_procedure_steps_number_in_range")
        ),
        sa.ForeignKeyConstraint(
            ["procedure_id"],
            ["procedures.id"],
            name=op.f("fk_procedure_steps_procedure_id_procedures"),
        ),
        sa.PrimaryKeyConstraint("procedure_id", "number", name=op.f("pk_procedure_steps")),
    )
    op.create_table(
        "risk_event_contracts",
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("contract_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contract_id"],
            ["linkage_contracts.id"],
            name=op.f("fk_risk_event_contracts_contract_id_linkage_contracts"),
        ),
        sa.ForeignKeyConstraint(
            ["event_id"],
            ["risk_events.id"],
            name=op.f("fk_risk_event_contracts_event_id_risk_events"),
        ),
        sa.PrimaryKeyConstraint(
            "event_id", "contract_id", name=op.f("pk_risk_event_contracts")
        ),
    )
    op.create_table(
        "price_warning_households",
        sa.Column("warning_id", sa.Integer(), nullable=False),
        sa.Column("household_id", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(
            ["household_id"],
            ["households.id"],
            name=op.f("fk_price_warning_households_household_id_households"),
        ),
        sa.ForeignKeyConstraint(
            ["warning_id"],
            ["price_warnings.id"],
            name=op.f("fk_price_warning_households_warning_id_price_warnings"),
        ),
        sa.PrimaryKeyConstraint(
            "warning_id", "household_id", name=op.f("pk_price_warning_households")
        ),
    )
    op.create_index(
        "ix_price_warning_households_household_id",
        "price_warning_households",
        ["household_id"],
        unique=False,
    )
    op.create_table(
        "price_warning_notes",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("warning_id", sa.Integer(), nullable=False),
        sa.Column("region_code", sa.String(length=12), nullable=True),
        sa.Column("organisation_code", sa.String(length=64), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("noted_by", sa.String(length=64), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("note <> ''", name=op.f("ck_price_warning_notes_says_something")),
        sa.CheckConstraint(
            "(region_code IS NULL) <> (organisation_code IS NULL)",
            name=op.f("ck_price_warning_notes_one_side"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_code"],
            ["organisations.code"],
            name=op.f("fk_price_warning_notes_organisation_code_organisations"),
        ),
        sa.ForeignKeyConstraint(
            ["region_code"],
            ["regions.code"],
            name=op.f("fk_price_warning_notes_region_code_regions"),
        ),
        sa.ForeignKeyConstraint(
            ["warning_id"],
            ["price_warnings.id"],
            name=op.f("fk_price_warning_notes_warning_id_price_warnings"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price_warning_notes")),
    )
    op.create_index(
        "uq_price_warning_notes_organisation",
        "price_warning_notes",
        ["warning_id", "organisation_code"],
        unique=True,
        postgresql_where=sa.text("organisation_code IS NOT NULL"),
    )
    op.create_index(
        "uq_price_warning_notes_region",
        "price_warning_notes",
        ["warning_id", "region_code"],
        unique=True,
        postgresql_where=sa.text("region_code IS NOT NULL"),
    )
    for statement in TRIGGERS:
        op.get_bind().exec_driver_sql(statement)


def downgrade() -> None:
    """Take the tables away again; fails while a household stands in the category of 2026."""
    for function in FUNCTIONS:
        op.execute(f"DROP FUNCTION IF EXISTS {function}() CASCADE")

    op.drop_index(
        "uq_price_warning_notes_region",
        table_name="price_warning_notes",
        postgresql_where=sa.text("region_code IS NOT NULL"),
    )
    op.drop_index(
        "uq_price_warning_notes_organisation",
        table_name="price_warning_notes",
        postgresql_where=sa.text("organisation_code IS NOT NULL"),
    )
    op.drop_table("price_warning_notes")
    op.drop_index(
        "ix_price_warning_households_household_id", table_name="price_warning_households"
    )
    op.drop_table("price_warning_households")
    op.drop_table("risk_event_contracts")
    op.drop_table("procedure_steps")
    op.drop_table("price_warnings")
    op.drop_index(
        "uq_procedures_one_open",
        table_name="procedures",
        postgresql_where=sa.text("state = 'open'"),
    )
    op.drop_index("ix_procedures_household_id", table_name="procedures")
    op.drop_table("procedures")
    op.drop_index(op.f("ix_household_visits_visited_on"), table_name="household_visits")
    op.drop_table("household_visits")
    op.drop_table("household_measures")
    op.drop_table("village_meetings")
    op.drop_index(op.f("ix_risk_event_villages_village_code"), table_name="risk_event_villages")
    op.drop_table("risk_event_villages")
    op.drop_table("risk_events")
    op.drop_table("category_terms")
    _check_categories(CATEGORIES)
