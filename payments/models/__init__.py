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
from payments.models.byhand import RefundBounce, RefundByHand
from payments.models.invoices import Invoice, InvoiceCounter, InvoiceEntry
from payments.models.receipts import DemoNotice, PayoutAcknowledgement, PayoutCode
from payments.models.settlements import (
    PayoutAccount,
    SettlementCancellation,
    SettlementDecision,
    SettlementLine,
    SettlementPeriod,
)
from payments.models.terms import (
    BillReminder,
    CreditAccount,
    CreditBill,
    CreditLine,
    CreditSale,
)
from payments.models.titles import InvoiceRequest, InvoiceTitle
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
    "BillReminder",
    "CreditAccount",
    "CreditBill",
    "CreditLine",
    "CreditSale",
    "DemoNotice",
    "Dispute",
    "Invoice",
    "InvoiceCounter",
    "InvoiceEntry",
    "InvoiceRequest",
    "InvoiceTitle",
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
    "RefundBounce",
    "RefundByHand",
    "RefundLine",
    "SettlementCancellation",
    "SettlementDecision",
    "SettlementLine",
    "SettlementPeriod",
    "TransferRequest",
]
