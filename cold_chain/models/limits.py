"""Temperature limits as versioned data, each with its source."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from cold_chain.values import AlarmMode, LimitSide, Severity
from kernel.orm import Base, Code, enum_column


class LimitProfile(Base):
    """One version of the limits for one kind of goods; a new version never edits an old one."""

    __tablename__ = "limit_profiles"
    __table_args__ = (
        CheckConstraint("version >= 1", name="version_from_one"),
        CheckConstraint(
            "effective_to IS NULL OR effective_to >= effective_from", name="period"
        ),
        CheckConstraint("gap_factor_permille > 1000", name="gap_factor_above_one"),
        CheckConstraint("min_coverage_permille BETWEEN 0 AND 1000", name="coverage_permille"),
        CheckConstraint(
            "startup_ignore_min >= 0 AND hysteresis_centi >= 0 AND max_gap_min > 0",
            name="not_negative",
        ),
        Index(
            "uq_limit_profiles_class_default",
            "storage_class",
            "version",
            unique=True,
            postgresql_where=text("is_class_default"),
        ),
    )

    code: Mapped[str] = mapped_column(Code, primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    storage_class: Mapped[str] = mapped_column(Code, index=True)
    is_class_default: Mapped[bool]
    """Whether goods of the storage class travel under this profile unless told otherwise."""
    name: Mapped[str]
    name_en: Mapped[str]
    target_lower_centi: Mapped[int | None]
    target_upper_centi: Mapped[int | None]
    """The band to keep, hundredths of °C; an open end has no limit."""
    dose_limit_centi: Mapped[int]
    """Degree-minutes count above this, hundredths of °C."""
    precool_centi: Mapped[int | None]
    """The box must be no warmer than this before loading, hundredths of °C."""
    refuse_above_centi: Mapped[int | None]
    """A core warmer than this is refused at hand-over, hundredths of °C."""
    startup_ignore_min: Mapped[int]
    hysteresis_centi: Mapped[int]
    """A confirmed excursion ends this far inside the limit, hundredths of °C."""
    gap_factor_permille: Mapped[int]
    """A step longer than this many thousandths of the sampling interval is a gap."""
    max_gap_min: Mapped[int]
    min_coverage_permille: Mapped[int]
    door_grace_min: Mapped[int]
    """A reading up to so many minutes after the door was shut counts as a door reading."""
    door_delay_min: Mapped[int]
    """A stay outside that begins at an open door alarms no sooner than this."""
    mkt_joule_per_mole: Mapped[int]
    """Heat of activation of the mean kinetic temperature."""
    source: Mapped[str]
    clause: Mapped[str]
    effective_from: Mapped[date]
    effective_to: Mapped[date | None]


class LimitRule(Base):
    """One alarm of a profile: how long beyond which limit, and how grave it is."""

    __tablename__ = "limit_rules"
    __table_args__ = (
        ForeignKeyConstraint(
            ["profile_code", "profile_version"],
            ["limit_profiles.code", "limit_profiles.version"],
        ),
        CheckConstraint("delay_min >= 0", name="delay_not_negative"),
    )

    profile_code: Mapped[str] = mapped_column(Code, primary_key=True)
    profile_version: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(Code, primary_key=True)
    """What the alarm is called inside its profile, such as `warm` or `hard`."""
    side: Mapped[LimitSide] = mapped_column(enum_column(LimitSide))
    limit_centi: Mapped[int]
    includes_limit: Mapped[bool]
    """Whether the limit itself already lies outside ("at or above" rather than "above")."""
    mode: Mapped[AlarmMode] = mapped_column(enum_column(AlarmMode))
    delay_min: Mapped[int]
    severity: Mapped[Severity] = mapped_column(enum_column(Severity))
    source: Mapped[str]
