"""Places and vehicles of the cold chain."""

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from cold_chain.values import SiteKind
from kernel.orm import Base, Code, enum_column


class Site(Base):
    """A base, cold store or station where shipments start, rest or end."""

    __tablename__ = "cold_sites"

    code: Mapped[str] = mapped_column(Code, primary_key=True)
    name: Mapped[str]
    name_en: Mapped[str] = mapped_column(server_default="")
    kind: Mapped[SiteKind] = mapped_column(enum_column(SiteKind))
    organisation_code: Mapped[str] = mapped_column(
        Code, ForeignKey("organisations.code"), index=True
    )
    region_code: Mapped[str] = mapped_column(String(12), ForeignKey("regions.code"), index=True)
    cold_chain_area: Mapped[str] = mapped_column(server_default="")
    """Which of the district's cold-chain areas the site serves; empty outside of them."""
    is_sample: Mapped[bool] = mapped_column(server_default="false")


class Vehicle(Base):
    """A refrigerated vehicle of a carrier."""

    __tablename__ = "vehicles"

    code: Mapped[str] = mapped_column(Code, primary_key=True)
    """Number plate, or the carrier's own mark when it has none."""
    organisation_code: Mapped[str] = mapped_column(
        Code, ForeignKey("organisations.code"), index=True
    )
    is_sample: Mapped[bool] = mapped_column(server_default="false")
