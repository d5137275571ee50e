"""What happens after each fact: fact → tasks, by name. The relay in shop/tasks/outbox.py asks.

A fact without consequences has an empty row, so that nobody has to wonder. A fact is done when
each of its tasks has succeeded; a task may be run for the same fact more than once.
"""

from collections.abc import Mapping, Sequence

REACTIONS: Mapping[str, Sequence[str]] = {
    # orders
    "OrderPaid": ("shop.tasks.mail.tell_paid", "shop.tasks.invoices.issue_asked"),
    "OrderShipped": ("shop.tasks.mail.tell_shipped",),
    "OrderDelivered": (
        "shop.tasks.mail.tell_delivered",
        "shop.tasks.cold_chain.judge_order",
    ),
    "OrderRefunded": ("shop.tasks.mail.tell_refunded", "shop.tasks.invoices.take_back"),
    "ClaimMoved": ("shop.tasks.mail.tell_claim",),
    "ShippingLate": ("shop.tasks.mail.tell_shipping_late",),
    "LotUnfit": ("shop.tasks.mail.tell_lot_unfit",),
    "LateCaptureBooked": ("shop.tasks.mail.tell_late_capture",),
    # payments
    "PaymentEventReceived": ("shop.tasks.payments.apply_event",),
    "AttemptsToClose": ("shop.tasks.payments.close_attempts",),
    "RefundRequested": ("shop.tasks.payments.send_refund",),
    "SettlementApproved": ("shop.tasks.payouts.write_file",),
    "TransferChosen": ("shop.tasks.mail.tell_transfer",),
    "BillIssued": ("shop.tasks.terms.tell_bill",),
    "BillReminded": ("shop.tasks.terms.tell_reminder",),
    "RefundAccountNeeded": ("shop.tasks.refunds.ask_for_account",),
    "PayoutCodeRequested": ("shop.tasks.payouts.send_code",),
    # goods
    "PaperEnding": ("shop.tasks.certificates.tell_ending",),
    # households
    # The console and the superior's page show it from the alert itself.
    "LookLimitReached": (),
    # people
    "SubjectErased": ("shop.tasks.privacy.forget_copies",),
    # cold chain
    "ShipmentDeparted": ("shop.tasks.cold_chain.judge_departed",),
    "ShipmentDelivered": ("shop.tasks.cold_chain.judge_delivered",),
    # The console and the order page show it from the evaluation itself.
    "ExcursionConfirmed": (),
}
