"""Mapped classes of payments, one file per subject."""

from payments.models.batches import (
    PayoutBatch,
    PayoutConfirmation,
    PayoutFile,
    PayoutImport,
)
from payments.models.buyers import Payment, PaymentEvent, Refund, RefundLine
from payments.models.receipts import DemoNotice, PayoutAcknowledgement, PayoutCode
from payments.models.settlements import (
    PayoutAccount,
    SettlementDecision,
    SettlementLine,
    SettlementPeriod,
)

__all__ = [
    "DemoNotice",
    "Payment",
    "PaymentEvent",
    "PayoutAccount",
    "PayoutAcknowledgement",
    "PayoutBatch",
    "PayoutCode",
    "PayoutConfirmation",
    "PayoutFile",
    "PayoutImport",
    "Refund",
    "RefundLine",
    "SettlementDecision",
    "SettlementLine",
    "SettlementPeriod",
]
