"""Administrative places from province to village, with their names and parents."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NewType

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, Numeric, String, select
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column

from kernel.errors import NotFoundError
from kernel.orm import Base, enum_column
from kernel.postal import MUNICIPALITIES
from kernel.rows import fill_all

RegionCode = NewType("RegionCode", str)

DISTRICT_DIGITS = 6
TOWNSHIP_DIGITS = 9


class RegionLevel(StrEnum):
    """The four levels that matter here."""

    PROVINCE = "province"
    DISTRICT = "district"
    TOWNSHIP = "township"
    VILLAGE = "village"


class Region(Base):
    """One place by its statistical division code (NBS 2021); a child's code extends it."""

    __tablename__ = "regions"
    __table_args__ = (
        Index("ix_regions_code_prefix", "code", postgresql_ops={"code": "text_pattern_ops"}),
    )

    code: Mapped[str] = mapped_column(String(12), primary_key=True)
    parent_code: Mapped[str | None] = mapped_column(
        String(12), ForeignKey("regions.code"), index=True
    )
    level: Mapped[RegionLevel] = mapped_column(enum_column(RegionLevel))
    name: Mapped[str]
    short_name: Mapped[str]
    pinyin: Mapped[str] = mapped_column(server_default="")
    kind: Mapped[str] = mapped_column(server_default="")
    """街道, 镇, 乡, 民族乡, 村 or 社区."""
    focus_tier: Mapped[str] = mapped_column(server_default="")
    """1, 3, 10 or 12 of the 1+3+10+12 focus table; in-1 / in-3 inside a focus township."""
    cold_chain_area: Mapped[str] = mapped_column(server_default="")
    latitude: Mapped[float | None] = mapped_column(Numeric(9, 6, asdecimal=False))
    longitude: Mapped[float | None] = mapped_column(Numeric(9, 6, asdecimal=False))


class DistrictMark(StrEnum):
    """A list of the state or the city on which a district stands."""

    COUNTY_832 = "832"
    """One of the 832 counties lifted out of poverty, on the national list."""
    LIFTED = "lifted"
    """One of the city's 18 districts and counties lifted out of poverty."""
    KEY = "key"
    """A national key county of rural revitalisation; four in the city."""


class RegionMark(Base):
    """That a district stands on a list, from one day to another; goods from there say so."""

    __tablename__ = "region_marks"
    __table_args__ = (
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="period_in_order"),
    )

    region_code: Mapped[str] = mapped_column(
        String(12), ForeignKey("regions.code"), primary_key=True
    )
    mark: Mapped[DistrictMark] = mapped_column(enum_column(DistrictMark), primary_key=True)
    valid_from: Mapped[date] = mapped_column(primary_key=True)
    valid_to: Mapped[date | None]
    """Last day on which it stands there; empty while nobody has ended it."""
    basis: Mapped[str]


class RegionAlias(Base):
    """An old, misprinted or clashing name or code of a place; never joined on code alone."""

    __tablename__ = "region_aliases"

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    region_code: Mapped[str] = mapped_column(String(12), index=True)
    region_name: Mapped[str]
    alias_code: Mapped[str]
    alias_name: Mapped[str]
    level: Mapped[str]
    change: Mapped[str]
    scheme: Mapped[str]
    basis: Mapped[str]


@dataclass(frozen=True, slots=True)
class RegionRow:
    """A place as pages and reports see it."""

    code: str
    name: str
    short_name: str
    level: RegionLevel
    parent_code: str | None
    pinyin: str
    focus_tier: str
    cold_chain_area: str
    latitude: float | None
    longitude: float | None


def load(session: Session) -> Mapping[str, RegionRow]:
    """Return every place by code; the table is small and hardly changes, so faces cache it."""
    rows = session.execute(
        select(
            Region.code,
            Region.name,
            Region.short_name,
            Region.level,
            Region.parent_code,
            Region.pinyin,
            Region.focus_tier,
            Region.cold_chain_area,
            Region.latitude,
            Region.longitude,
        ).order_by(Region.code)
    )
    return {row.code: row for row in fill_all(RegionRow, rows)}


def load_romanised(session: Session) -> Mapping[str, str]:
    """Return the Latin spelling of every place by its full and its short name, as on maps."""
    rows = session.execute(
        select(Region.name, Region.short_name, Region.pinyin).where(Region.pinyin != "")
    )
    return {
        name: row.pinyin.replace(" ", "").capitalize()
        for row in rows
        for name in (row.name, row.short_name)
    }


def load_districts(session: Session) -> Mapping[str, tuple[str, str]]:
    """Return province and city of the districts of a municipality, by their full names."""
    parent = aliased(Region)
    rows = session.execute(
        select(Region.name, parent.name.label("parent_name"))
        .join(parent, parent.code == Region.parent_code)
        .where(Region.level == RegionLevel.DISTRICT, parent.name.in_(MUNICIPALITIES))
    )
    return {row.name: (row.parent_name, row.parent_name) for row in rows}


def get(session: Session, code: str) -> RegionRow:
    """Return one place; raises `NotFoundError`."""
    region = session.get(Region, code)
    if region is None:
        raise NotFoundError("region_not_found", f"no region {code}", code=code)
    return RegionRow(
        region.code,
        region.name,
        region.short_name,
        region.level,
        region.parent_code,
        region.pinyin,
        region.focus_tier,
        region.cold_chain_area,
        region.latitude,
        region.longitude,
    )


def is_within(code: str | None, scope: str) -> bool:
    """Say whether a place lies in a scope; codes of places extend those of their parents."""
    return code is not None and code.startswith(scope)
