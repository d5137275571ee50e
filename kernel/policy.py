"""Policy numbers (ratios, lines, deadlines, validity) as dated rows, never code."""

from datetime import date
from typing import Any

from sqlalchemy import CheckConstraint, Identity, UniqueConstraint, or_, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, Session, mapped_column

from kernel.errors import NotFoundError
from kernel.orm import Base, Code


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


def list_in_force(session: Session, codes: list[str], *, on: date) -> dict[str, Any]:
    """Return several values in force on a day with one statement; missing codes are absent."""
    rows = session.execute(
        select(PolicyParam.code, PolicyParam.value).where(
            PolicyParam.code.in_(codes),
            PolicyParam.valid_from <= on,
            or_(PolicyParam.valid_to.is_(None), PolicyParam.valid_to >= on),
        )
    )
    return {row.code: row.value for row in rows}
