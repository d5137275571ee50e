"""Shelf-life models as versioned data, each with its source."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from cold_chain.values import LifeKind, LifeRole
from kernel.orm import Base, Code, enum_column


class LifeModelRow(Base):
    """One version of a published model for goods of one profile; never edited."""

    __tablename__ = "life_models"
    __table_args__ = (
        CheckConstraint("version >= 1", name="version_from_one"),
        CheckConstraint("life_min > 0", name="life_positive"),
        CheckConstraint(
            "(kind = 'arrhenius') = (joule_per_mole IS NOT NULL)", name="arrhenius_has_energy"
        ),
        CheckConstraint("tested_from_centi <= tested_to_centi", name="tested_in_order"),
        CheckConstraint(
            "effective_to IS NULL OR effective_to >= effective_from", name="period"
        ),
    )

    code: Mapped[str] = mapped_column(Code, primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    profile_code: Mapped[str] = mapped_column(Code, index=True)
    """Goods that travel under any version of these limits."""
    kind: Mapped[LifeKind] = mapped_column(enum_column(LifeKind))
    role: Mapped[LifeRole] = mapped_column(enum_column(LifeRole))
    name: Mapped[str]
    name_en: Mapped[str]
    reference_centi: Mapped[int]
    life_min: Mapped[int | None]
    """Life at the reference temperature, minutes; empty if only rates were published."""
    joule_per_mole: Mapped[int | None]
    tested_from_centi: Mapped[int]
    tested_to_centi: Mapped[int]
    """Between these it was measured; what lies outside is told apart."""
    source: Mapped[str]
    note: Mapped[str]
    """What the figures were measured on, and how far they reach."""
    effective_from: Mapped[date]
    effective_to: Mapped[date | None]


class LifePointRow(Base):
    """One band or one measured life of a model."""

    __tablename__ = "life_points"
    __table_args__ = (
        ForeignKeyConstraint(
            ["model_code", "model_version"], ["life_models.code", "life_models.version"]
        ),
        CheckConstraint("(q10_permille IS NULL) <> (life_min IS NULL)", name="one_figure"),
        CheckConstraint("q10_permille >= 1000", name="warmer_is_shorter"),
        CheckConstraint("life_min > 0", name="life_positive"),
    )

    model_code: Mapped[str] = mapped_column(Code, primary_key=True)
    model_version: Mapped[int] = mapped_column(primary_key=True)
    centi: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    q10_permille: Mapped[int | None]
    life_min: Mapped[int | None]
