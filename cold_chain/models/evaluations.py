"""Verdicts on stored readings, each kept for good with the version of what it saw."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    LargeBinary,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from cold_chain.values import Verdict
from kernel.orm import Base, Code, enum_column


class Evaluation(Base):
    """What the readings of a shipment say under one profile version.

    The same data under the same profile is not evaluated twice in a row. A later one supersedes
    it; only `superseded_by` ever changes (trigger).
    """

    __tablename__ = "evaluations"
    __table_args__ = (
        UniqueConstraint("shipment_id", "version"),
        ForeignKeyConstraint(
            ["profile_code", "profile_version"],
            ["limit_profiles.code", "limit_profiles.version"],
        ),
        CheckConstraint("version >= 1", name="version_from_one"),
        CheckConstraint("octet_length(data_version) = 32", name="data_version_is_sha256"),
        CheckConstraint("coverage_permille BETWEEN 0 AND 1000", name="coverage_permille"),
        CheckConstraint(
            "(samples = 0) = (min_centi IS NULL) AND (samples = 0) = (max_centi IS NULL)"
            " AND (samples = 0) = (mean_centi IS NULL) AND (samples = 0) = (mkt_centi IS NULL)",
            name="figures_need_samples",
        ),
        CheckConstraint(
            "verdict <> 'pass' OR (samples > 0 AND coverage_permille > 0)",
            name="pass_needs_samples",
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    shipment_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("shipments.id"))
    version: Mapped[int]
    """1, 2, 3 … per shipment; the highest is the valid one."""
    data_version: Mapped[bytes] = mapped_column(LargeBinary)
    """SHA-256 over everything the verdict depends on besides the profile."""
    profile_code: Mapped[str] = mapped_column(Code)
    profile_version: Mapped[int]
    verdict: Mapped[Verdict] = mapped_column(enum_column(Verdict))
    reasons: Mapped[list[str]] = mapped_column(JSONB)
    """Stable codes of why the verdict is not a pass; empty for a pass."""
    samples: Mapped[int]
    min_centi: Mapped[int | None]
    max_centi: Mapped[int | None]
    mean_centi: Mapped[int | None]
    """Weighted by credited time, hundredths of °C."""
    mkt_centi: Mapped[int | None]
    """Mean kinetic temperature, value held until the next reading."""
    mkt_trapezoid_centi: Mapped[int | None]
    """The same by the trapezoid rule, which other programs print; for comparison only."""
    coverage_permille: Mapped[int]
    credited_s: Mapped[int]
    """Time the readings vouch for, seconds."""
    custody_s: Mapped[int]
    trip_length_s: Mapped[int]
    """From the first reading to the last, seconds."""
    dose_hold_milli: Mapped[int] = mapped_column(BigInteger)
    """Degree-minutes above the dose limit, value held until the next reading, thousandths."""
    dose_linear_milli: Mapped[int] = mapped_column(BigInteger)
    """The same under straight lines between readings with exact crossings, thousandths."""
    durations: Mapped[list[Any]] = mapped_column(JSONB, server_default="[]")
    """Per rule the time beyond its limit by each of the four ways to count it."""
    uncalibrated_s: Mapped[int] = mapped_column(server_default="0")
    """Custody in which the certificate of the record's channel had run out, seconds."""
    life: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    """Shelf life as `values.Life`; empty where no model was published."""
    gap_count: Mapped[int]
    longest_gap_s: Mapped[int]
    gaps: Mapped[list[Any]] = mapped_column(JSONB)
    alarms: Mapped[list[Any]] = mapped_column(JSONB)
    excursions: Mapped[list[Any]] = mapped_column(JSONB)
    changes: Mapped[list[Any]] = mapped_column(JSONB, server_default="[]")
    """Which figures differ from the version before, each with both values."""
    computed_at: Mapped[datetime]
    superseded_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("evaluations.id"))
