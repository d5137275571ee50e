"""Mapped classes of payments, one file per subject."""

from payments.models.batches import (
    PayoutBatch,
    PayoutConfirmation,
    PayoutFile,
    PayoutImport,
    PayoutLateReturn,
)
from payments.models.buyers import (
    Dispute,
    Misfit,
    MisfitNote,
    Payment,
    PaymentEvent,
    Refund,
    RefundLine,
)
from payments.models.invoices import Invoice, InvoiceCounter, InvoiceEntry
from payments.models.receipts import DemoNotice, PayoutAcknowledgement, PayoutCode
from payments.models.settlements import (
    PayoutAccount,
    SettlementCancellation,
    SettlementDecision,
    SettlementLine,
    SettlementPeriod,
)
from payments.models.transfers import (
    BankDecision,
    BankRow,
    BankStatement,
    TransferRequest,
)

__all__ = [
    "BankDecision",
    "BankRow",
    "BankStatement",
    "DemoNotice",
    "Dispute",
    "Invoice",
    "InvoiceCounter",
    "InvoiceEntry",
    "Misfit",
    "MisfitNote",
    "Payment",
    "PaymentEvent",
    "PayoutAccount",
    "PayoutAcknowledgement",
    "PayoutBatch",
    "PayoutCode",
    "PayoutConfirmation",
    "PayoutFile",
    "PayoutImport",
    "PayoutLateReturn",
    "Refund",
    "RefundLine",
    "SettlementCancellation",
    "SettlementDecision",
    "SettlementLine",
    "SettlementPeriod",
    "TransferRequest",
]
