"""Goods received under a purchase contract, what purchased lots cost, market prices.

Entitlements get a second source beside the paid line: the goods receipt. The way down needs
a database in which nothing was received yet.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

import households.ddl
from kernel.ddl import append_only

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ADVANCE = """
CREATE OR REPLACE FUNCTION entitlements_check_advance() RETURNS trigger LANGUAGE plpgsql
    SET enable_nestloop = off AS $$
DECLARE
    bad bigint;
BEGIN
    -- A plan is kept for the session: made for few rows it would compare each with each.
    SELECT min(before.id) INTO bad
    FROM old_parts before LEFT JOIN new_parts after ON after.id = before.id
    WHERE after.id IS NULL
        OR (after.order_line_id, after.receipt_id, after.lot_id, after.party_kind,
            after.party_code, after.household_id, after.contract_version_id, after.weight,
            after.amount_minor, after.expected_at)
        IS DISTINCT FROM
            (before.order_line_id, before.receipt_id, before.lot_id, before.party_kind,
            before.party_code, before.household_id, before.contract_version_id, before.weight,
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

# At the end of the transaction: the household of a receipt has earned what it says, that of
# one taken back has nothing left, and the lot costs what its receipts add up to.
RECEIPTS_BOOKED = """
CREATE FUNCTION goods_receipts_check_booked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.reverses_id IS NULL AND NOT EXISTS (
        SELECT 1 FROM entitlements part
        WHERE part.receipt_id = NEW.id AND part.lot_id = NEW.lot_id
            AND part.household_id = NEW.household_id
            AND part.contract_version_id = NEW.contract_version_id
            AND part.amount_minor = NEW.pay_minor AND part.earned_at IS NOT NULL
    ) THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation',
            CONSTRAINT = 'goods_receipts_are_earned',
            MESSAGE = 'goods receipt ' || NEW.code || ' earns its household something else';
    END IF;
    IF NEW.reverses_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM goods_receipts original
        JOIN entitlements part ON part.receipt_id = original.id AND part.stage = 'reversed'
        WHERE original.id = NEW.reverses_id AND original.reverses_id IS NULL
            AND (original.contract_version_id, original.household_id, original.lot_id,
                original.weight_g, original.gross_minor, original.withheld_minor)
            = (NEW.contract_version_id, NEW.household_id, NEW.lot_id, NEW.weight_g,
                NEW.gross_minor, NEW.withheld_minor)
    ) THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation',
            CONSTRAINT = 'goods_receipts_reverse_in_full',
            MESSAGE = 'goods receipt ' || NEW.code || ' does not take back another in full';
    END IF;
    IF NOT EXISTS (
        SELECT 1 FROM purchased_lots lot JOIN (
            SELECT coalesce(sum(CASE WHEN reverses_id IS NULL THEN gross_minor
                    ELSE -gross_minor END), 0) AS cost,
                coalesce(sum(CASE WHEN reverses_id IS NULL THEN pay_minor
                    ELSE -pay_minor END), 0) AS pay
            FROM goods_receipts WHERE lot_id = NEW.lot_id
        ) bought ON (bought.cost, bought.pay) = (lot.cost_minor, lot.pay_minor)
        WHERE lot.lot_id = NEW.lot_id
    ) THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation',
            CONSTRAINT = 'purchased_lots_cost_their_receipts',
            MESSAGE = 'lot ' || NEW.lot_id || ' does not cost what its receipts add up to';
    END IF;
    RETURN NULL;
END $$
"""

RECEIPTS_BOOKED_TRIGGER = """
CREATE CONSTRAINT TRIGGER goods_receipts_booked AFTER INSERT ON goods_receipts
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION goods_receipts_check_booked()
"""

ISSUES_KEPT = """
CREATE FUNCTION goods_issues_check_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'UPDATE' OR OLD.returned_at IS NOT NULL
        OR (NEW.id, NEW.lot_id, NEW.order_line_id, NEW.kind, NEW.packs, NEW.cost_minor,
            NEW.pay_minor, NEW.issued_at)
        IS DISTINCT FROM
            (OLD.id, OLD.lot_id, OLD.order_line_id, OLD.kind, OLD.packs, OLD.cost_minor,
            OLD.pay_minor, OLD.issued_at)
    THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation',
            CONSTRAINT = 'goods_issues_are_kept',
            MESSAGE = 'an issue of goods can only be returned, once';
    END IF;
    RETURN NEW;
END $$
"""

ISSUES_KEPT_TRIGGERS = (
    """
CREATE TRIGGER goods_issues_kept BEFORE UPDATE OR DELETE ON goods_issues
    FOR EACH ROW EXECUTE FUNCTION goods_issues_check_kept()
""",
    """
CREATE TRIGGER goods_issues_not_emptied BEFORE TRUNCATE ON goods_issues
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
""",
)

# What goes out of a lot: its row follows its issues, and an issue is the sum of its parts.
ISSUES_WHOLE = """
CREATE FUNCTION goods_issues_check_whole() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.pay_minor <> (
        SELECT coalesce(sum(minor), 0) FROM goods_issue_parts WHERE issue_id = NEW.id
    ) THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation',
            CONSTRAINT = 'goods_issues_sum_of_parts',
            MESSAGE = 'the parts of goods issue ' || NEW.id || ' do not sum to it';
    END IF;
    IF NOT EXISTS (
        SELECT 1 FROM purchased_lots lot JOIN (
            SELECT sum(packs) AS packs, sum(cost_minor) AS cost, sum(pay_minor) AS pay
            FROM goods_issues WHERE lot_id = NEW.lot_id
        ) gone ON (gone.packs, gone.cost, gone.pay)
            = (lot.issued_packs, lot.issued_cost_minor, lot.issued_pay_minor)
        WHERE lot.lot_id = NEW.lot_id
    ) THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation',
            CONSTRAINT = 'purchased_lots_follow_their_issues',
            MESSAGE = 'lot ' || NEW.lot_id || ' does not follow what went out of it';
    END IF;
    RETURN NULL;
END $$
"""

ISSUES_WHOLE_TRIGGER = """
CREATE CONSTRAINT TRIGGER goods_issues_whole AFTER INSERT ON goods_issues
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION goods_issues_check_whole()
"""

# A lot takes further deliveries, and lets a wrong one be taken back, while all of it is there.
CONTRIBUTIONS_OPEN = """
CREATE FUNCTION lot_contributions_check_open() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'append_only',
            MESSAGE = 'contributions are kept';
    END IF;
    IF EXISTS (SELECT 1 FROM lots WHERE id = OLD.lot_id AND received <> available)
        OR (TG_OP = 'UPDATE' AND (NEW.lot_id, NEW.household_id)
            IS DISTINCT FROM (OLD.lot_id, OLD.household_id))
    THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'append_only',
            MESSAGE = 'lot ' || OLD.lot_id || ' is on sale: what was given to it is kept';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$
"""

CONTRIBUTIONS_OPEN_TRIGGERS = (
    """
CREATE TRIGGER lot_contributions_open BEFORE UPDATE OR DELETE ON lot_contributions
    FOR EACH ROW EXECUTE FUNCTION lot_contributions_check_open()
""",
    """
CREATE TRIGGER lot_contributions_not_emptied BEFORE TRUNCATE ON lot_contributions
    FOR EACH STATEMENT EXECUTE FUNCTION lot_contributions_check_open()
""",
)

CONTRIBUTIONS_FUNCTION = """
CREATE OR REPLACE FUNCTION lots_check_contributions() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    wanted bigint;
    given bigint;
    lot bigint;
BEGIN
    -- Two branches, because a row of lots has no lot_id that could be named in one expression.
    IF TG_TABLE_NAME = 'lots' THEN
        lot := NEW.id;
    ELSIF TG_OP = 'DELETE' THEN
        lot := OLD.lot_id;
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

CONTRIBUTIONS_CHANGED_TRIGGER = """
CREATE CONSTRAINT TRIGGER lot_contributions_changed_add_up
    AFTER UPDATE OR DELETE ON lot_contributions DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION lots_check_contributions()
"""

STATEMENTS = (
    ADVANCE,
    RECEIPTS_BOOKED,
    RECEIPTS_BOOKED_TRIGGER,
    append_only("goods_receipts"),
    append_only("goods_issue_parts"),
    ISSUES_KEPT,
    *ISSUES_KEPT_TRIGGERS,
    ISSUES_WHOLE,
    ISSUES_WHOLE_TRIGGER,
    "DROP TRIGGER lot_contributions_append_only ON lot_contributions",
    CONTRIBUTIONS_OPEN,
    *CONTRIBUTIONS_OPEN_TRIGGERS,
    CONTRIBUTIONS_FUNCTION,
    CONTRIBUTIONS_CHANGED_TRIGGER,
)

DOWN_STATEMENTS = (
    "DROP TRIGGER lot_contributions_changed_add_up ON lot_contributions",
    "DROP FUNCTION lot_contributions_check_open() CASCADE",
    append_only("lot_contributions"),
    households.ddl.ENTITLEMENTS_ADVANCE.replace(
        "CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"
    ),
)

DROP_FUNCTIONS = (
    "DROP FUNCTION goods_receipts_check_booked() CASCADE",
    "DROP FUNCTION goods_issues_check_kept() CASCADE",
    "DROP FUNCTION goods_issues_check_whole() CASCADE",
)


def upgrade() -> None:
    op.create_table(
        "market_prices",
        sa.Column("product_code", sa.String(length=64), nullable=False),
        sa.Column("week_on", sa.Date(), nullable=False),
        sa.Column("minor_per_kg", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "extract(isodow FROM week_on) = 1",
            name=op.f("ck_market_prices_week_begins_on_monday"),
        ),
        sa.CheckConstraint("minor_per_kg > 0", name=op.f("ck_market_prices_price_is_positive")),
        sa.ForeignKeyConstraint(
            ["product_code"],
            ["products.code"],
            name=op.f("fk_market_prices_product_code_products"),
        ),
        sa.PrimaryKeyConstraint("product_code", "week_on", name=op.f("pk_market_prices")),
    )
    op.create_table(
        "goods_receipts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("contract_version_id", sa.Integer(), nullable=False),
        sa.Column("household_id", sa.String(length=16), nullable=False),
        sa.Column("lot_id", sa.BigInteger(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("weight_g", sa.BigInteger(), nullable=False),
        sa.Column("grade_percent", sa.Integer(), nullable=False),
        sa.Column("price_minor_per_kg", sa.BigInteger(), nullable=False),
        sa.Column("market_minor_per_kg", sa.BigInteger(), nullable=True),
        sa.Column(
            "market_weight_g", sa.BigInteger(), server_default=sa.text("0"), nullable=False
        ),
        sa.Column("gross_minor", sa.BigInteger(), nullable=False),
        sa.Column(
            "withheld_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False
        ),
        sa.Column("pay_minor", sa.BigInteger(), nullable=False),
        sa.Column("uplift_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("recorded_by", sa.String(length=64), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reverses_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "market_minor_per_kg IS NOT NULL OR (market_weight_g = 0 AND uplift_minor = 0)",
            name=op.f("ck_goods_receipts_market_is_known_where_used"),
        ),
        sa.CheckConstraint(
            "market_weight_g BETWEEN 0 AND weight_g",
            name=op.f("ck_goods_receipts_market_part_within"),
        ),
        sa.CheckConstraint(
            "pay_minor = gross_minor - withheld_minor AND least(pay_minor, gross_minor, withheld_minor, uplift_minor, price_minor_per_kg, market_minor_per_kg) >= 0",
            name=op.f("ck_goods_receipts_pay_is_gross_less_withheld"),
        ),
        sa.CheckConstraint(
            "reverses_id <> id", name=op.f("ck_goods_receipts_takes_back_another")
        ),
        sa.CheckConstraint(
            "weight_g > 0 AND grade_percent > 0",
            name=op.f("ck_goods_receipts_weights_are_positive"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_version_id"],
            ["contract_versions.id"],
            name=op.f("fk_goods_receipts_contract_version_id_contract_versions"),
        ),
        sa.ForeignKeyConstraint(
            ["household_id"],
            ["households.id"],
            name=op.f("fk_goods_receipts_household_id_households"),
        ),
        sa.ForeignKeyConstraint(
            ["lot_id"], ["lots.id"], name=op.f("fk_goods_receipts_lot_id_lots")
        ),
        sa.ForeignKeyConstraint(
            ["reverses_id"],
            ["goods_receipts.id"],
            name=op.f("fk_goods_receipts_reverses_id_goods_receipts"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_goods_receipts")),
        sa.UniqueConstraint("code", name=op.f("uq_goods_receipts_code")),
        sa.UniqueConstraint("reverses_id", name=op.f("uq_goods_receipts_reverses_id")),
    )
    op.create_index(
        "ix_goods_receipts_contract_version_id",
        "goods_receipts",
        ["contract_version_id"],
        unique=False,
    )
    op.create_index(
        "ix_goods_receipts_household",
        "goods_receipts",
        ["household_id", "received_on"],
        unique=False,
    )
    op.create_index("ix_goods_receipts_lot_id", "goods_receipts", ["lot_id"], unique=False)
    op.create_table(
        "purchased_lots",
        sa.Column("lot_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("packs", sa.Integer(), nullable=False),
        sa.Column("cost_minor", sa.BigInteger(), nullable=False),
        sa.Column("pay_minor", sa.BigInteger(), nullable=False),
        sa.Column("issued_packs", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "issued_cost_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False
        ),
        sa.Column(
            "issued_pay_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False
        ),
        sa.CheckConstraint(
            "issued_packs < packs OR issued_packs = 0 OR (issued_cost_minor = cost_minor AND issued_pay_minor = pay_minor)",
            name=op.f("ck_purchased_lots_empty_lot_costs_nothing"),
        ),
        sa.CheckConstraint(
            "issued_packs BETWEEN 0 AND packs AND issued_cost_minor BETWEEN 0 AND cost_minor AND issued_pay_minor BETWEEN 0 AND pay_minor",
            name=op.f("ck_purchased_lots_issued_within_received"),
        ),
        sa.ForeignKeyConstraint(
            ["lot_id"], ["lots.id"], name=op.f("fk_purchased_lots_lot_id_lots")
        ),
        sa.PrimaryKeyConstraint("lot_id", name=op.f("pk_purchased_lots")),
    )
    op.create_table(
        "goods_issues",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("lot_id", sa.BigInteger(), nullable=False),
        sa.Column("order_line_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "sold",
                "written_off",
                name="issue_kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("packs", sa.Integer(), nullable=False),
        sa.Column("cost_minor", sa.BigInteger(), nullable=False),
        sa.Column("pay_minor", sa.BigInteger(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("returned_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind <> 'sold' OR order_line_id IS NOT NULL",
            name=op.f("ck_goods_issues_sold_to_somebody"),
        ),
        sa.CheckConstraint(
            "returned_at IS NULL OR kind = 'sold'",
            name=op.f("ck_goods_issues_only_sold_returns"),
        ),
        sa.CheckConstraint(
            "packs > 0 AND least(cost_minor, pay_minor) >= 0",
            name=op.f("ck_goods_issues_amounts_are_positive"),
        ),
        sa.ForeignKeyConstraint(
            ["lot_id"],
            ["purchased_lots.lot_id"],
            name=op.f("fk_goods_issues_lot_id_purchased_lots"),
        ),
        sa.ForeignKeyConstraint(
            ["order_line_id"],
            ["order_lines.id"],
            name=op.f("fk_goods_issues_order_line_id_order_lines"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_goods_issues")),
    )
    op.create_index("ix_goods_issues_lot_id", "goods_issues", ["lot_id"], unique=False)
    op.create_index(
        "uq_goods_issues_line",
        "goods_issues",
        ["order_line_id", "lot_id"],
        unique=True,
        postgresql_where=sa.text("order_line_id IS NOT NULL"),
    )
    op.create_table(
        "goods_issue_parts",
        sa.Column("issue_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("receipt_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("minor > 0", name=op.f("ck_goods_issue_parts_minor_is_positive")),
        sa.ForeignKeyConstraint(
            ["issue_id"],
            ["goods_issues.id"],
            name=op.f("fk_goods_issue_parts_issue_id_goods_issues"),
        ),
        sa.ForeignKeyConstraint(
            ["receipt_id"],
            ["goods_receipts.id"],
            name=op.f("fk_goods_issue_parts_receipt_id_goods_receipts"),
        ),
        sa.PrimaryKeyConstraint("issue_id", "receipt_id", name=op.f("pk_goods_issue_parts")),
    )
    op.create_index(
        op.f("ix_goods_issue_parts_receipt_id"),
        "goods_issue_parts",
        ["receipt_id"],
        unique=False,
    )
    op.add_column("entitlements", sa.Column("receipt_id", sa.BigInteger(), nullable=True))
    op.alter_column(
        "entitlements", "order_line_id", existing_type=sa.BigInteger(), nullable=True
    )
    op.create_index(
        "uq_entitlements_receipt_id",
        "entitlements",
        ["receipt_id"],
        unique=True,
        postgresql_where=sa.text("receipt_id IS NOT NULL"),
    )
    op.create_foreign_key(
        op.f("fk_entitlements_receipt_id_goods_receipts"),
        "entitlements",
        "goods_receipts",
        ["receipt_id"],
        ["id"],
    )
    op.create_check_constraint(
        op.f("ck_entitlements_has_one_source"),
        "entitlements",
        "num_nonnulls(order_line_id, receipt_id) = 1",
    )
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    for statement in DOWN_STATEMENTS:
        op.execute(statement)
    op.drop_constraint(op.f("ck_entitlements_has_one_source"), "entitlements", type_="check")
    op.drop_constraint(
        op.f("fk_entitlements_receipt_id_goods_receipts"), "entitlements", type_="foreignkey"
    )
    op.drop_index(
        "uq_entitlements_receipt_id",
        table_name="entitlements",
        postgresql_where=sa.text("receipt_id IS NOT NULL"),
    )
    op.alter_column(
        "entitlements", "order_line_id", existing_type=sa.BigInteger(), nullable=False
    )
    op.drop_column("entitlements", "receipt_id")
    op.drop_index(op.f("ix_goods_issue_parts_receipt_id"), table_name="goods_issue_parts")
    op.drop_table("goods_issue_parts")
    op.drop_index(
        "uq_goods_issues_line",
        table_name="goods_issues",
        postgresql_where=sa.text("order_line_id IS NOT NULL"),
    )
    op.drop_index("ix_goods_issues_lot_id", table_name="goods_issues")
    op.drop_table("goods_issues")
    op.drop_table("purchased_lots")
    op.drop_index("ix_goods_receipts_lot_id", table_name="goods_receipts")
    op.drop_index("ix_goods_receipts_household", table_name="goods_receipts")
    op.drop_index("ix_goods_receipts_contract_version_id", table_name="goods_receipts")
    op.drop_table("goods_receipts")
    op.drop_table("market_prices")
    for statement in DROP_FUNCTIONS:
        op.execute(statement)
