"""The tables of settlements: periods, who decided about them, one line a payee."""

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from kernel.orm import Base, Code, Minor, enum_column
from kernel.vault import SealedText
from payments.values import (
    CancelWord,
    Decision,
    HoldReason,
    LineState,
    PayeeKind,
    PeriodKind,
    PeriodState,
    ReturnReason,
)


class SettlementPeriod(Base):
    """One settlement; a trigger keeps its steps in order and regular periods apart."""

    __tablename__ = "settlement_periods"
    __table_args__ = (
        CheckConstraint("period_to >= period_from", name="period_in_order"),
        CheckConstraint("(state = 'open') = (closed_at IS NULL)", name="closed_has_its_moment"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    code: Mapped[str] = mapped_column(Code, unique=True)
    kind: Mapped[PeriodKind] = mapped_column(enum_column(PeriodKind))
    period_from: Mapped[date]
    period_to: Mapped[date]
    """The last day that counts, in Shanghai."""
    state: Mapped[PeriodState] = mapped_column(enum_column(PeriodState))
    round: Mapped[int] = mapped_column(server_default=text("0"))
    """Which proposal this is; approvals count for their own round only."""
    opened_at: Mapped[datetime]
    opened_by: Mapped[int] = mapped_column(BigInteger, ForeignKey("people.id"))
    closed_at: Mapped[datetime | None]
    proposed_at: Mapped[datetime | None]
    proposed_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("people.id"))
    approved_at: Mapped[datetime | None]


class SettlementDecision(Base):
    """One person's word on one proposal; triggers refuse the proposer and a second word."""

    __tablename__ = "settlement_decisions"
    __table_args__ = (UniqueConstraint("period_id", "round", "person_id"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    period_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("settlement_periods.id"))
    round: Mapped[int]
    person_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("people.id"))
    decision: Mapped[Decision] = mapped_column(enum_column(Decision))
    reason: Mapped[str] = mapped_column(server_default="")
    at: Mapped[datetime]


class SettlementCancellation(Base):
    """One word on taking an approved settlement back; the last one counts (append-only)."""

    __tablename__ = "settlement_cancellations"
    __table_args__ = (CheckConstraint("word <> 'asked' OR reason <> ''", name="has_reason"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    period_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("settlement_periods.id"), index=True
    )
    word: Mapped[CancelWord] = mapped_column(enum_column(CancelWord))
    person_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("people.id"))
    reason: Mapped[str] = mapped_column(server_default="")
    at: Mapped[datetime]


class SettlementLine(Base):
    """What one settlement pays out of one payee account; the snapshot never changes."""

    __tablename__ = "settlement_lines"
    __table_args__ = (
        UniqueConstraint("period_id", "account_code"),
        UniqueConstraint("period_id", "number"),
        CheckConstraint(
            "withheld_minor >= 0 AND amount_minor >= 0"
            " AND amount_minor + withheld_minor <= snapshot_minor",
            name="amount_within_snapshot",
        ),
        CheckConstraint(
            "state NOT IN ('ready', 'inflight', 'paid', 'returned', 'reissued')"
            " OR amount_minor > 0",
            name="what_is_paid_is_positive",
        ),
        CheckConstraint("(state = 'held') = (hold_reason IS NOT NULL)", name="hold_has_reason"),
        CheckConstraint("state <> 'paid' OR paid_at IS NOT NULL", name="paid_has_its_moment"),
        CheckConstraint(
            "state NOT IN ('returned', 'reissued')"
            " OR (returned_at IS NOT NULL AND return_reason IS NOT NULL)",
            name="returned_has_reason",
        ),
        CheckConstraint(
            "(state = 'reissued') = (reissued_by_id IS NOT NULL)", name="reissued_has_its_line"
        ),
        Index("ix_settlement_lines_owner", "owner", "id"),
        Index("ix_settlement_lines_account", "account_code", "id"),
        Index("ix_settlement_lines_state", "state", "period_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    period_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("settlement_periods.id"))
    number: Mapped[int]
    """1, 2, 3 … within the settlement, in the order of account codes."""
    account_code: Mapped[str] = mapped_column(Code)
    payee_kind: Mapped[PayeeKind] = mapped_column(enum_column(PayeeKind))
    owner: Mapped[str] = mapped_column(Code)
    """Whom the ledger says the account belongs to, such as `hh:H0001` or `coop:C05`."""
    household_id: Mapped[str | None] = mapped_column(
        String(16), ForeignKey("households.id"), index=True
    )
    snapshot_minor: Mapped[int] = mapped_column(Minor)
    """What was owed at the end of the period, never more than when it was closed."""
    withheld_minor: Mapped[int] = mapped_column(Minor, server_default=text("0"))
    """Of the snapshot, from allotments whose payer has not paid in yet."""
    amount_minor: Mapped[int] = mapped_column(Minor)
    """What is paid; the second approval may lower it to what is still owed then."""
    state: Mapped[LineState] = mapped_column(enum_column(LineState))
    hold_reason: Mapped[HoldReason | None] = mapped_column(enum_column(HoldReason))
    hold_note: Mapped[str] = mapped_column(server_default="")
    bank_reference: Mapped[str | None] = mapped_column(Code)
    paid_at: Mapped[datetime | None]
    returned_at: Mapped[datetime | None]
    return_reason: Mapped[ReturnReason | None] = mapped_column(enum_column(ReturnReason))
    cleared_at: Mapped[datetime | None]
    """When somebody had looked after the account of a returned line."""
    cleared_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("people.id"))
    reissued_by_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("settlement_lines.id")
    )


class PayoutAccount(Base):
    """The bank account of an organisation or village; a household's is with its identity."""

    __tablename__ = "payout_accounts"

    owner: Mapped[str] = mapped_column(Code, primary_key=True)
    holder: Mapped[str] = mapped_column(SealedText)
    number: Mapped[str] = mapped_column(SealedText)
    recorded_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("people.id"))
    recorded_at: Mapped[datetime]
