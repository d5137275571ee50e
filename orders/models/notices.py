"""The table of what buyers were told of lots they bought from."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from kernel.orm import Base, Code, enum_column
from orders.values.notices import NoticeCause


class LotNotice(Base):
    """That a paid order holds packs of an unfit lot; once for each cause, never changed."""

    __tablename__ = "lot_notices"
    __table_args__ = (
        UniqueConstraint("lot_id", "order_number", "cause"),
        CheckConstraint("packs > 0", name="packs_are_positive"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    lot_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("lots.id"))
    order_number: Mapped[str] = mapped_column(
        Code, ForeignKey("seller_orders.number"), index=True
    )
    cause: Mapped[NoticeCause] = mapped_column(enum_column(NoticeCause))
    packs: Mapped[int]
    at: Mapped[datetime]
