"""The register of certificates, the recognition of products, brands, refused categories.

Revision ID: 0031
Revises: 0030
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from catalog import ddl

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

ROLES = (
    *("operator", "manager", "clerk", "packer", "cashier", "buyer", "approver", "acceptor"),
    *("finance", "official"),
)
CITY = "city_reviewer"


def upgrade() -> None:
    op.create_table(
        "brands",
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("is_regional", sa.Boolean(), nullable=False),
        sa.Column("sort_order", sa.Integer(), nullable=False),
        sa.Column("is_sample", sa.Boolean(), server_default="false", nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_brands")),
        sa.UniqueConstraint("name", name=op.f("uq_brands_name")),
    )
    op.create_table(
        "recognition_serials",
        sa.Column("district_code", sa.String(length=12), nullable=False),
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_code"],
            ["regions.code"],
            name=op.f("fk_recognition_serials_district_code_regions"),
        ),
        sa.PrimaryKeyConstraint("district_code", "year", name=op.f("pk_recognition_serials")),
    )
    op.create_table(
        "documents",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("media_type", sa.String(length=32), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("look", postgresql.BIT(length=1024), nullable=True),
        sa.Column("uploaded_by", sa.BigInteger(), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("size > 0", name=op.f("ck_documents_holds_something")),
        sa.ForeignKeyConstraint(
            ["uploaded_by"], ["people.id"], name=op.f("fk_documents_uploaded_by_people")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_documents")),
    )
    op.create_index("ix_documents_digest", "documents", ["digest"], unique=False)
    op.create_table(
        "certificate_papers",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("type_code", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), server_default="", nullable=False),
        sa.Column("seller_code", sa.String(length=64), nullable=False),
        sa.Column("brand_code", sa.String(length=64), nullable=True),
        sa.Column(
            "result",
            sa.Enum(
                "pass",
                "fail",
                name="lab_result",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "submitted",
                "accepted",
                "refused",
                "suspended",
                "revoked",
                name="paper_state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("document_id", sa.BigInteger(), nullable=True),
        sa.Column("submitted_by", sa.BigInteger(), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reviewed_by", sa.BigInteger(), nullable=True),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_sample", sa.Boolean(), server_default="false", nullable=False),
        sa.CheckConstraint(
            "(state = 'submitted') = (reviewed_at IS NULL)",
            name=op.f("ck_certificate_papers_reviewed_has_moment"),
        ),
        sa.CheckConstraint(
            "(type_code = 'LAB') = (result IS NOT NULL)",
            name=op.f("ck_certificate_papers_lab_has_result"),
        ),
        sa.CheckConstraint(
            "(type_code IN ('BRAND_REGION', 'BRAND_OWN')) = (brand_code IS NOT NULL)",
            name=op.f("ck_certificate_papers_authorises_a_brand"),
        ),
        sa.CheckConstraint(
            "number <> '' AND holder <> '' AND issuer <> ''",
            name=op.f("ck_certificate_papers_says_number_and_who"),
        ),
        sa.CheckConstraint(
            "valid_to IS NULL OR valid_to >= valid_from",
            name=op.f("ck_certificate_papers_period_in_order"),
        ),
        sa.ForeignKeyConstraint(
            ["brand_code"],
            ["brands.code"],
            name=op.f("fk_certificate_papers_brand_code_brands"),
        ),
        sa.ForeignKeyConstraint(
            ["document_id"],
            ["documents.id"],
            name=op.f("fk_certificate_papers_document_id_documents"),
        ),
        sa.ForeignKeyConstraint(
            ["reviewed_by"],
            ["people.id"],
            name=op.f("fk_certificate_papers_reviewed_by_people"),
        ),
        sa.ForeignKeyConstraint(
            ["seller_code"],
            ["organisations.code"],
            name=op.f("fk_certificate_papers_seller_code_organisations"),
        ),
        sa.ForeignKeyConstraint(
            ["submitted_by"],
            ["people.id"],
            name=op.f("fk_certificate_papers_submitted_by_people"),
        ),
        sa.ForeignKeyConstraint(
            ["type_code"],
            ["certificate_types.code"],
            name=op.f("fk_certificate_papers_type_code_certificate_types"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificate_papers")),
        sa.UniqueConstraint("code", name=op.f("uq_certificate_papers_code")),
    )
    op.create_index(
        "ix_certificate_papers_queue", "certificate_papers", ["state", "id"], unique=False
    )
    op.create_index(
        "ix_certificate_papers_seller",
        "certificate_papers",
        ["seller_code", "valid_to"],
        unique=False,
    )
    op.create_index(
        "uq_certificate_papers_number",
        "certificate_papers",
        ["type_code", "number", "seller_code", "valid_from"],
        unique=True,
        postgresql_where=sa.text("state NOT IN ('refused', 'revoked')"),
    )
    op.create_table(
        "paper_events",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("paper_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "submitted",
                "accepted",
                "refused",
                "suspended",
                "revoked",
                name="paper_state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("by", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["by"], ["people.id"], name=op.f("fk_paper_events_by_people")),
        sa.ForeignKeyConstraint(
            ["paper_id"],
            ["certificate_papers.id"],
            name=op.f("fk_paper_events_paper_id_certificate_papers"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_events")),
    )
    op.create_index(
        op.f("ix_paper_events_paper_id"), "paper_events", ["paper_id"], unique=False
    )
    op.create_table(
        "paper_reminders",
        sa.Column("paper_id", sa.BigInteger(), nullable=False),
        sa.Column("days", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["paper_id"],
            ["certificate_papers.id"],
            name=op.f("fk_paper_reminders_paper_id_certificate_papers"),
        ),
        sa.PrimaryKeyConstraint("paper_id", "days", name=op.f("pk_paper_reminders")),
    )
    op.create_table(
        "paper_sources",
        sa.Column("paper_id", sa.BigInteger(), nullable=False),
        sa.Column("source_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "paper_id <> source_id", name=op.f("ck_paper_sources_not_of_itself")
        ),
        sa.ForeignKeyConstraint(
            ["paper_id"],
            ["certificate_papers.id"],
            name=op.f("fk_paper_sources_paper_id_certificate_papers"),
        ),
        sa.ForeignKeyConstraint(
            ["source_id"],
            ["certificate_papers.id"],
            name=op.f("fk_paper_sources_source_id_certificate_papers"),
        ),
        sa.PrimaryKeyConstraint("paper_id", "source_id", name=op.f("pk_paper_sources")),
    )
    op.create_index(
        op.f("ix_paper_sources_source_id"), "paper_sources", ["source_id"], unique=False
    )
    op.create_table(
        "paper_subjects",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("paper_id", sa.BigInteger(), nullable=False),
        sa.Column("product_code", sa.String(length=64), nullable=True),
        sa.Column("lot_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "num_nonnulls(product_code, lot_id) = 1", name=op.f("ck_paper_subjects_one_subject")
        ),
        sa.ForeignKeyConstraint(
            ["lot_id"], ["lots.id"], name=op.f("fk_paper_subjects_lot_id_lots")
        ),
        sa.ForeignKeyConstraint(
            ["paper_id"],
            ["certificate_papers.id"],
            name=op.f("fk_paper_subjects_paper_id_certificate_papers"),
        ),
        sa.ForeignKeyConstraint(
            ["product_code"],
            ["products.code"],
            name=op.f("fk_paper_subjects_product_code_products"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_subjects")),
    )
    op.create_index(
        op.f("ix_paper_subjects_lot_id"), "paper_subjects", ["lot_id"], unique=False
    )
    op.create_index(
        op.f("ix_paper_subjects_product_code"), "paper_subjects", ["product_code"], unique=False
    )
    op.create_index(
        "uq_paper_subjects_lot",
        "paper_subjects",
        ["paper_id", "lot_id"],
        unique=True,
        postgresql_where=sa.text("lot_id IS NOT NULL"),
    )
    op.create_index(
        "uq_paper_subjects_product",
        "paper_subjects",
        ["paper_id", "product_code"],
        unique=True,
        postgresql_where=sa.text("product_code IS NOT NULL"),
    )
    op.create_table(
        "recognition_applications",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("product_code", sa.String(length=64), nullable=False),
        sa.Column("seller_code", sa.String(length=64), nullable=False),
        sa.Column("district_code", sa.String(length=12), nullable=False),
        sa.Column("township_code", sa.String(length=12), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "township",
                "county",
                "city",
                "publicity",
                "approved",
                "suspended",
                "expired",
                "rejected",
                "withdrawn",
                name="application_state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("offices", postgresql.ARRAY(sa.String(length=32)), nullable=False),
        sa.Column("round", sa.Integer(), server_default="1", nullable=False),
        sa.Column("applied_by", sa.BigInteger(), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("spec", sa.Text(), nullable=False),
        sa.Column("unit_price_minor", sa.BigInteger(), nullable=False),
        sa.Column("yearly_output_kg", sa.BigInteger(), nullable=False),
        sa.Column("product_value_minor", sa.BigInteger(), nullable=False),
        sa.Column("supply_period", sa.Text(), nullable=False),
        sa.Column("licence_number", sa.Text(), nullable=False),
        sa.Column("test_report_number", sa.Text(), nullable=False),
        sa.Column(
            "linkage",
            sa.Enum(
                "purchase",
                "work",
                "land",
                "shares",
                "service",
                name="linkage",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("households_lifted", sa.Integer(), nullable=False),
        sa.Column("households_monitored", sa.Integer(), nullable=False),
        sa.Column("average_gain_minor", sa.BigInteger(), nullable=False),
        sa.Column("notice_from", sa.Date(), nullable=True),
        sa.Column("notice_until", sa.Date(), nullable=True),
        sa.Column("paper_id", sa.BigInteger(), nullable=True),
        sa.Column("is_sample", sa.Boolean(), server_default="false", nullable=False),
        sa.CheckConstraint(
            "state NOT IN ('approved', 'suspended', 'expired') OR paper_id IS NOT NULL",
            name=op.f("ck_recognition_applications_recognised_has_paper"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('publicity', 'approved') OR notice_until IS NOT NULL",
            name=op.f("ck_recognition_applications_notice_was_given"),
        ),
        sa.CheckConstraint(
            "households_lifted >= 0 AND households_monitored >= 0 AND average_gain_minor >= 0 AND households_lifted + households_monitored > 0",
            name=op.f("ck_recognition_applications_drives_households"),
        ),
        sa.CheckConstraint(
            "num_nulls(notice_from, notice_until) <> 1 AND notice_until >= notice_from",
            name=op.f("ck_recognition_applications_notice_is_whole"),
        ),
        sa.CheckConstraint(
            "unit_price_minor > 0 AND yearly_output_kg > 0 AND product_value_minor > 0",
            name=op.f("ck_recognition_applications_sums_are_positive"),
        ),
        sa.ForeignKeyConstraint(
            ["applied_by"],
            ["people.id"],
            name=op.f("fk_recognition_applications_applied_by_people"),
        ),
        sa.ForeignKeyConstraint(
            ["district_code"],
            ["regions.code"],
            name=op.f("fk_recognition_applications_district_code_regions"),
        ),
        sa.ForeignKeyConstraint(
            ["paper_id"],
            ["certificate_papers.id"],
            name=op.f("fk_recognition_applications_paper_id_certificate_papers"),
        ),
        sa.ForeignKeyConstraint(
            ["product_code"],
            ["products.code"],
            name=op.f("fk_recognition_applications_product_code_products"),
        ),
        sa.ForeignKeyConstraint(
            ["seller_code"],
            ["organisations.code"],
            name=op.f("fk_recognition_applications_seller_code_organisations"),
        ),
        sa.ForeignKeyConstraint(
            ["township_code"],
            ["regions.code"],
            name=op.f("fk_recognition_applications_township_code_regions"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recognition_applications")),
        sa.UniqueConstraint("code", name=op.f("uq_recognition_applications_code")),
        sa.UniqueConstraint("paper_id", name=op.f("uq_recognition_applications_paper_id")),
    )
    op.create_index(
        "ix_recognition_applications_queue",
        "recognition_applications",
        ["state", "township_code"],
        unique=False,
    )
    op.create_index(
        "ix_recognition_applications_seller",
        "recognition_applications",
        ["seller_code", "id"],
        unique=False,
    )
    op.create_index(
        "uq_recognition_applications_one_open",
        "recognition_applications",
        ["product_code"],
        unique=True,
        postgresql_where=sa.text("state IN ('township', 'county', 'city', 'publicity')"),
    )
    op.create_table(
        "recognition_objections",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("application_id", sa.BigInteger(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=False),
        sa.Column("contact", sa.LargeBinary(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_by", sa.BigInteger(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_upheld", sa.Boolean(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(answered_at IS NULL) = (answer IS NULL) AND (answered_at IS NULL) = (answered_by IS NULL) AND (answered_at IS NULL) = (is_upheld IS NULL)",
            name=op.f("ck_recognition_objections_answer_is_whole"),
        ),
        sa.ForeignKeyConstraint(
            ["answered_by"],
            ["people.id"],
            name=op.f("fk_recognition_objections_answered_by_people"),
        ),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["recognition_applications.id"],
            name=op.f("fk_recognition_objections_application_id_recognition_applications"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recognition_objections")),
    )
    op.create_index(
        op.f("ix_recognition_objections_application_id"),
        "recognition_objections",
        ["application_id"],
        unique=False,
    )
    op.create_table(
        "recognition_steps",
        sa.Column("application_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("before", sa.String(length=32), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "township",
                "county",
                "city",
                "publicity",
                "approved",
                "suspended",
                "expired",
                "rejected",
                "withdrawn",
                name="application_state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("by", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("document_id", sa.BigInteger(), nullable=True),
        sa.Column("said", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.CheckConstraint(
            "state <> 'rejected' OR note <> ''",
            name=op.f("ck_recognition_steps_rejected_has_reason"),
        ),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["recognition_applications.id"],
            name=op.f("fk_recognition_steps_application_id_recognition_applications"),
        ),
        sa.ForeignKeyConstraint(
            ["by"], ["people.id"], name=op.f("fk_recognition_steps_by_people")
        ),
        sa.ForeignKeyConstraint(
            ["document_id"],
            ["documents.id"],
            name=op.f("fk_recognition_steps_document_id_documents"),
        ),
        sa.PrimaryKeyConstraint("application_id", "number", name=op.f("pk_recognition_steps")),
    )
    op.add_column(
        "categories",
        sa.Column("is_refused", sa.Boolean(), server_default="false", nullable=False),
    )
    op.add_column(
        "certificate_types",
        sa.Column("stops_sale", sa.Boolean(), server_default="true", nullable=False),
    )
    op.add_column("certificates", sa.Column("paper_id", sa.BigInteger(), nullable=True))
    op.add_column(
        "certificates", sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.create_index(
        op.f("ix_certificates_paper_id"), "certificates", ["paper_id"], unique=False
    )
    op.create_foreign_key(
        op.f("fk_certificates_paper_id_certificate_papers"),
        "certificates",
        "certificate_papers",
        ["paper_id"],
        ["id"],
    )
    op.add_column("organisations", sa.Column("notice_email", sa.LargeBinary(), nullable=True))
    op.create_check_constraint(
        op.f("ck_products_herb_is_no_food"),
        "products",
        "NOT (is_food AND details ->> 'food_use_allowed' = 'false')",
    )
    _allow_roles((*ROLES, CITY), ("official", CITY))
    for statement in (*ddl.PAPER_STATEMENTS, ddl.ADOPT_PAPERS):
        op.get_bind().exec_driver_sql(statement.replace("%", "%%"))


def downgrade() -> None:
    for statement in ddl.DROP_PAPER_STATEMENTS:
        op.execute(statement)
    op.execute("DELETE FROM memberships WHERE role = 'city_reviewer'")
    _allow_roles(ROLES, ("official",))
    op.drop_constraint(op.f("ck_products_herb_is_no_food"), "products", type_="check")
    op.drop_column("organisations", "notice_email")
    op.drop_constraint(
        op.f("fk_certificates_paper_id_certificate_papers"), "certificates", type_="foreignkey"
    )
    op.drop_index(op.f("ix_certificates_paper_id"), table_name="certificates")
    op.drop_column("certificates", "stopped_at")
    op.drop_column("certificates", "paper_id")
    op.drop_column("certificate_types", "stops_sale")
    op.drop_column("categories", "is_refused")
    op.drop_table("recognition_steps")
    op.drop_index(
        op.f("ix_recognition_objections_application_id"), table_name="recognition_objections"
    )
    op.drop_table("recognition_objections")
    op.drop_index(
        "uq_recognition_applications_one_open",
        table_name="recognition_applications",
        postgresql_where=sa.text("state IN ('township', 'county', 'city', 'publicity')"),
    )
    op.drop_index("ix_recognition_applications_seller", table_name="recognition_applications")
    op.drop_index("ix_recognition_applications_queue", table_name="recognition_applications")
    op.drop_table("recognition_applications")
    op.drop_index(
        "uq_paper_subjects_product",
        table_name="paper_subjects",
        postgresql_where=sa.text("product_code IS NOT NULL"),
    )
    op.drop_index(
        "uq_paper_subjects_lot",
        table_name="paper_subjects",
        postgresql_where=sa.text("lot_id IS NOT NULL"),
    )
    op.drop_index(op.f("ix_paper_subjects_product_code"), table_name="paper_subjects")
    op.drop_index(op.f("ix_paper_subjects_lot_id"), table_name="paper_subjects")
    op.drop_table("paper_subjects")
    op.drop_index(op.f("ix_paper_sources_source_id"), table_name="paper_sources")
    op.drop_table("paper_sources")
    op.drop_table("paper_reminders")
    op.drop_index(op.f("ix_paper_events_paper_id"), table_name="paper_events")
    op.drop_table("paper_events")
    op.drop_index(
        "uq_certificate_papers_number",
        table_name="certificate_papers",
        postgresql_where=sa.text("state NOT IN ('refused', 'revoked')"),
    )
    op.drop_index("ix_certificate_papers_seller", table_name="certificate_papers")
    op.drop_index("ix_certificate_papers_queue", table_name="certificate_papers")
    op.drop_table("certificate_papers")
    op.drop_index("ix_documents_digest", table_name="documents")
    op.drop_table("documents")
    op.drop_table("recognition_serials")
    op.drop_table("brands")


def _allow_roles(roles: tuple[str, ...], of_regions: tuple[str, ...]) -> None:
    """Say which roles there are, and which of them are held in a region."""
    regional = ", ".join(repr(role) for role in of_regions)
    for name in ("role", "one_scope"):
        op.drop_constraint(op.f(f"ck_memberships_{name}"), "memberships", type_="check")
    op.create_check_constraint(
        op.f("ck_memberships_role"),
        "memberships",
        f"role IN ({', '.join(repr(role) for role in roles)})",
    )
    op.create_check_constraint(
        op.f("ck_memberships_one_scope"),
        "memberships",
        f"(role IN ({regional})) = (region_code IS NOT NULL)"
        " AND (region_code IS NULL) = (organisation_code IS NOT NULL)",
    )
