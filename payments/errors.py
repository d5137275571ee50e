"""Refusals about payments."""

from kernel.errors import ConflictError, NotFoundError


class PaymentNotFoundError(NotFoundError):
    """No attempt has this reference."""

    def __init__(self, reference: str) -> None:
        """Name the reference."""
        super().__init__("payment_not_found", f"no payment {reference}", reference=reference)


class AmountMismatchError(ConflictError):
    """The provider's amount or currency differs from the order's."""

    def __init__(self, reference: str, *, expected_minor: int, got_minor: int) -> None:
        """Say both amounts."""
        super().__init__(
            "payment_amount_mismatch",
            f"payment {reference}: {expected_minor} fen expected, {got_minor} received",
            reference=reference,
        )


class RefundExceedsPaymentError(ConflictError):
    """More would be refunded than was paid."""

    def __init__(self, reference: str) -> None:
        """Name the payment."""
        super().__init__(
            "refund_exceeds_payment", f"refunds of {reference} exceed it", reference=reference
        )
