"""Policy numbers (ratios, lines, deadlines, validity) as dated rows, never code."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import CheckConstraint, Identity, UniqueConstraint, or_, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, Session, mapped_column

from kernel.disclosure import FLOOR, DisclosurePolicy
from kernel.errors import NotFoundError
from kernel.orm import Base, Code

PARAM_MIN_HOUSEHOLDS = "disclosure_min_households"
PARAM_DOMINANCE = "disclosure_dominance_percent"
DISCLOSURE = [PARAM_MIN_HOUSEHOLDS, PARAM_DOMINANCE]
STRICTEST_MINIMUM, DOMINANCE_PERCENT = 40, 85
"""What holds of disclosure where no number is in force."""


class PolicyParam(Base):
    """One policy number over one period; periods of one code never overlap (trigger)."""

    __tablename__ = "policy_params"
    __table_args__ = (
        UniqueConstraint("code", "valid_from"),
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="period_in_order"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    code: Mapped[str] = mapped_column(Code)
    value: Mapped[Any] = mapped_column(JSONB)
    unit: Mapped[str]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    """Last day of validity; empty while nobody has ended it."""
    basis: Mapped[str]
    note: Mapped[str]


@dataclass(frozen=True, slots=True)
class LatestValue:
    """A value with its period, and whether it is still in force on the day asked about."""

    value: Any
    valid_from: date
    valid_to: date | None
    is_in_force: bool


def get_value(session: Session, code: str, *, on: date) -> Any:
    """Return the value in force on a day; raises `NotFoundError` when none is."""
    row = session.execute(
        select(PolicyParam.value).where(
            PolicyParam.code == code,
            PolicyParam.valid_from <= on,
            or_(PolicyParam.valid_to.is_(None), PolicyParam.valid_to >= on),
        )
    ).one_or_none()
    if row is None:
        raise NotFoundError("policy_param_missing", f"no {code} in force on {on}", code=code)
    return row[0]


def get_int(session: Session, code: str, *, on: date) -> int:
    """Return a whole-number policy value in force on a day."""
    return int(get_value(session, code, on=on))


def list_in_force(session: Session, codes: Sequence[str], *, on: date) -> dict[str, Any]:
    """Return several values in force on a day with one statement; missing codes are absent."""
    rows = session.execute(
        select(PolicyParam.code, PolicyParam.value).where(
            PolicyParam.code.in_(codes),
            PolicyParam.valid_from <= on,
            or_(PolicyParam.valid_to.is_(None), PolicyParam.valid_to >= on),
        )
    )
    return {row.code: row.value for row in rows}


def find_latest(session: Session, code: str, *, on: date) -> LatestValue | None:
    """Return the newest value that has come into force by a day, even if it has ended since.

    For numbers that are published a year at a time: the reader is told of which year it is.
    """
    row = session.execute(
        select(PolicyParam.value, PolicyParam.valid_from, PolicyParam.valid_to)
        .where(PolicyParam.code == code, PolicyParam.valid_from <= on)
        .order_by(PolicyParam.valid_from.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    return LatestValue(
        row.value, row.valid_from, row.valid_to, row.valid_to is None or row.valid_to >= on
    )


def find_disclosure(session: Session, *, on: date) -> DisclosurePolicy:
    """Return what may be shown on a day; without a figure in force the strict one holds."""
    return disclosure_of(list_in_force(session, DISCLOSURE, on=on))


def disclosure_of(values: Mapping[str, Any]) -> DisclosurePolicy:
    """Return what may be shown by the figures in force, `DISCLOSURE` among them."""
    return DisclosurePolicy(
        max(int(values.get(PARAM_MIN_HOUSEHOLDS, STRICTEST_MINIMUM)), FLOOR),
        int(values.get(PARAM_DOMINANCE, DOMINANCE_PERCENT)),
    )
