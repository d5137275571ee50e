"""The tables of campaigns: lower prices of some SKUs between two moments."""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from catalog.values import Funder
from kernel.orm import Base, Code, Minor, enum_column


class Campaign(Base):
    """Lower prices between two moments, borne by their seller or by the platform."""

    __tablename__ = "campaigns"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="period_in_order"),
        CheckConstraint(
            "(funder = 'seller') = (seller_code IS NOT NULL)", name="seller_bears_own"
        ),
        CheckConstraint("limit_per_buyer > 0", name="limit_is_positive"),
        CheckConstraint("percent BETWEEN 1 AND 99", name="percent_in_bounds"),
        Index(
            "ix_campaigns_unmeasured",
            "starts_at",
            postgresql_where=text("measured_at IS NULL"),
        ),
    )

    code: Mapped[str] = mapped_column(Code, primary_key=True)
    name: Mapped[str]
    name_en: Mapped[str] = mapped_column(server_default="")
    funder: Mapped[Funder] = mapped_column(enum_column(Funder))
    seller_code: Mapped[str | None] = mapped_column(
        Code, ForeignKey("organisations.code"), index=True
    )
    """The seller who bears it; empty for a campaign of the platform."""
    percent: Mapped[int | None]
    """What the prices were reckoned with: 88 is 88 % of the price. Only told, never applied."""
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime] = mapped_column(index=True)
    limit_per_buyer: Mapped[int | None]
    """Packs one signed-in person may buy at these prices; guests do not get them then."""
    stopped_at: Mapped[datetime | None]
    measured_at: Mapped[datetime | None]
    """When prices paid before it began were looked up; until then nothing is struck."""
    created_by: Mapped[str]
    created_at: Mapped[datetime]
    is_sample: Mapped[bool] = mapped_column(server_default="false")


class CampaignSku(Base):
    """The price of one SKU in a campaign, and how many packs are sold at it."""

    __tablename__ = "campaign_skus"
    __table_args__ = (
        CheckConstraint("price_minor > 0", name="price_is_positive"),
        CheckConstraint("taken >= 0 AND taken <= stock", name="taken_in_bounds"),
        CheckConstraint("before_minor > 0", name="before_is_positive"),
    )

    campaign_code: Mapped[str] = mapped_column(
        Code, ForeignKey("campaigns.code"), primary_key=True
    )
    sku_id: Mapped[int] = mapped_column(ForeignKey("skus.id"), primary_key=True, index=True)
    price_minor: Mapped[int] = mapped_column(Minor)
    stock: Mapped[int | None]
    """Packs sold at this price; empty for as many as there are."""
    taken: Mapped[int] = mapped_column(server_default="0")
    before_minor: Mapped[int | None] = mapped_column(Minor)
    """The lowest price paid for a pack in the days before it began; empty without a sale."""


class CampaignUse(Base):
    """Packs of one order line bought at a campaign's price."""

    __tablename__ = "campaign_uses"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity_is_positive"),
        Index("ix_campaign_uses_person", "campaign_code", "person_id"),
        Index(
            "ix_campaign_uses_live",
            "group_number",
            postgresql_where=text("returned_at IS NULL"),
        ),
    )

    order_line_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("order_lines.id"), primary_key=True
    )
    campaign_code: Mapped[str] = mapped_column(Code, ForeignKey("campaigns.code"))
    sku_id: Mapped[int] = mapped_column(ForeignKey("skus.id"))
    group_number: Mapped[str] = mapped_column(Code, ForeignKey("order_groups.number"))
    person_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("people.id"))
    quantity: Mapped[int]
    used_at: Mapped[datetime]
    returned_at: Mapped[datetime | None]
