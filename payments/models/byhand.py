"""The tables of refunds that go back by bank transfer, and of transfers that came back."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity
from sqlalchemy.orm import Mapped, mapped_column

from kernel.orm import Base, Code, enum_column
from kernel.vault import SealedText
from payments.values.byhand import HandReason
from payments.values.settlements import ReturnReason


class RefundByHand(Base):
    """One refund on its way by bank transfer: the account, then two people."""

    __tablename__ = "refunds_by_hand"
    __table_args__ = (
        CheckConstraint(
            "num_nonnulls(holder, bank, number, given_at) IN (0, 4)", name="account_as_a_whole"
        ),
        CheckConstraint(
            "num_nonnulls(released_by, released_at) IN (0, 2)"
            " AND (released_at IS NULL OR given_at IS NOT NULL)",
            name="released_to_an_account",
        ),
        CheckConstraint(
            "num_nonnulls(bank_reference, paid_by, paid_at) IN (0, 3)"
            " AND (paid_at IS NULL OR released_at IS NOT NULL)",
            name="paid_after_release",
        ),
        CheckConstraint("paid_by <> released_by", name="four_eyes"),
    )

    refund_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("refunds.id"), primary_key=True, autoincrement=False
    )
    why: Mapped[HandReason] = mapped_column(enum_column(HandReason))
    opened_at: Mapped[datetime]
    holder: Mapped[str | None] = mapped_column(SealedText)
    bank: Mapped[str | None] = mapped_column(SealedText)
    number: Mapped[str | None] = mapped_column(SealedText)
    given_at: Mapped[datetime | None]
    released_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("people.id"))
    released_at: Mapped[datetime | None]
    bank_reference: Mapped[str | None] = mapped_column(Code, unique=True)
    """The bank's own number of the transfer."""
    paid_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("people.id"))
    paid_at: Mapped[datetime | None]


class RefundBounce(Base):
    """One transfer of a refund the bank sent back; rows are only ever added (trigger).

    The account it went to is not kept: the bank's own number of the transfer stands for it.
    """

    __tablename__ = "refund_bounces"
    __table_args__ = (CheckConstraint("at >= paid_at", name="after_paying"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    refund_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("refunds_by_hand.refund_id"), index=True
    )
    bank_reference: Mapped[str] = mapped_column(Code, unique=True)
    reason: Mapped[ReturnReason] = mapped_column(enum_column(ReturnReason))
    released_by: Mapped[int] = mapped_column(BigInteger, ForeignKey("people.id"))
    paid_by: Mapped[int] = mapped_column(BigInteger, ForeignKey("people.id"))
    paid_at: Mapped[datetime]
    recorded_by: Mapped[int] = mapped_column(BigInteger, ForeignKey("people.id"))
    at: Mapped[datetime]
