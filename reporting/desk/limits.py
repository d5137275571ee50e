"""The temperature limits in force and before, with their alarms and where they come from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog.models import StorageClass
from cold_chain.models import LimitProfile, LimitRule
from cold_chain.values import AlarmMode, LimitSide, Severity
from kernel.rows import fill


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One alarm: how long beyond which limit; hundredths of °C and minutes."""

    code: str
    side: LimitSide
    limit_centi: int
    includes_limit: bool
    mode: AlarmMode
    delay_min: int
    severity: Severity
    source: str


@dataclass(frozen=True, slots=True)
class ProfileRow:
    """One version of the limits for one kind of goods; hundredths of °C."""

    code: str
    version: int
    name: str
    name_en: str
    storage_class: str
    storage_name: str | None
    storage_name_en: str | None
    is_class_default: bool
    target_lower_centi: int | None
    target_upper_centi: int | None
    precool_centi: int | None
    refuse_above_centi: int | None
    min_coverage_permille: int
    max_gap_min: int
    source: str
    clause: str
    effective_from: date
    effective_to: date | None
    rules: tuple[RuleRow, ...]


def list_profiles(session: Session) -> Sequence[ProfileRow]:
    """Return every version of every profile with its alarms, in two statements."""
    rules: dict[tuple[str, int], list[RuleRow]] = {}
    for rule in session.scalars(
        select(LimitRule).order_by(
            LimitRule.profile_code, LimitRule.profile_version, LimitRule.code
        )
    ):
        rules.setdefault((rule.profile_code, rule.profile_version), []).append(
            RuleRow(
                rule.code,
                rule.side,
                rule.limit_centi,
                rule.includes_limit,
                rule.mode,
                rule.delay_min,
                rule.severity,
                rule.source,
            )
        )
    rows = session.execute(
        select(
            LimitProfile.code,
            LimitProfile.version,
            LimitProfile.name,
            LimitProfile.name_en,
            LimitProfile.storage_class,
            StorageClass.name,
            StorageClass.name_en,
            LimitProfile.is_class_default,
            LimitProfile.target_lower_centi,
            LimitProfile.target_upper_centi,
            LimitProfile.precool_centi,
            LimitProfile.refuse_above_centi,
            LimitProfile.min_coverage_permille,
            LimitProfile.max_gap_min,
            LimitProfile.source,
            LimitProfile.clause,
            LimitProfile.effective_from,
            LimitProfile.effective_to,
        )
        .outerjoin(StorageClass, StorageClass.code == LimitProfile.storage_class)
        .order_by(LimitProfile.storage_class, LimitProfile.code, LimitProfile.version.desc())
    )
    return [
        fill(ProfileRow, (*row, tuple(rules.get((row.code, row.version), ())))) for row in rows
    ]
