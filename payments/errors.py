"""Refusals about payments."""

from collections.abc import Sequence
from dataclasses import dataclass

from kernel.errors import ConflictError, InvalidError, NotFoundError


class PaymentNotFoundError(NotFoundError):
    """No attempt has this reference."""

    def __init__(self, reference: str) -> None:
        """Name the reference."""
        super().__init__("payment_not_found", f"no payment {reference}", reference=reference)


class StateStepError(ConflictError):
    """A payment, refund or dispute is not in a state from which this step leads on."""

    def __init__(self, reference: str, *, state: str, wanted: str) -> None:
        """Name it and both states."""
        super().__init__(
            "payment_step_not_allowed",
            f"{reference} is {state} and cannot become {wanted}",
            state=state,
            wanted=wanted,
        )


class GatewayAwayError(ConflictError):
    """The provider did not answer, or could not; nothing is lost and it is tried again."""

    def __init__(self, provider: str, why: str) -> None:
        """Say which provider and what it was."""
        super().__init__("gateway_away", f"{provider}: {why}", provider=provider)


class GatewayRefusedError(ConflictError):
    """The provider answered that it will not do this; asking again would not help."""

    def __init__(self, provider: str, code: str) -> None:
        """Name the provider and its reason."""
        super().__init__("gateway_refused", f"{provider}: {code}", provider=provider, why=code)


class MessageRefusedError(InvalidError):
    """A message does not prove that it comes from the provider."""

    def __init__(self, why: str) -> None:
        """Say what is wrong with it."""
        super().__init__("message_refused", why)


class RefundExceedsPaymentError(ConflictError):
    """More would be refunded than was paid."""

    def __init__(self, reference: str) -> None:
        """Name the payment."""
        super().__init__(
            "refund_exceeds_payment", f"refunds of {reference} exceed it", reference=reference
        )


@dataclass(frozen=True, slots=True)
class RowFault:
    """What is wrong with one row of the bank's answers; row 1 is the first after the head."""

    row: int
    code: str
    value: str = ""
    """The opaque number, amount or word at fault; never a name or an account."""


class AnswersRefusedError(InvalidError):
    """Answers of the bank contain rows that cannot be taken in; none of them was."""

    def __init__(self, faults: Sequence[RowFault]) -> None:
        """Keep every fault, so that all can be put right at once."""
        super().__init__(
            "payout_answers_refused",
            "; ".join(f"row {one.row}: {one.code} {one.value}".strip() for one in faults),
            count=len(faults),
            row=faults[0].row,
        )
        self.faults = tuple(faults)


class StatementRefusedError(InvalidError):
    """A bank statement contains rows that cannot be taken in; none of them was."""

    def __init__(self, faults: Sequence[RowFault]) -> None:
        """Keep every fault, so that all can be put right at once."""
        super().__init__(
            "bank_statement_refused",
            "; ".join(f"row {one.row}: {one.code}" for one in faults),
            count=len(faults),
            row=faults[0].row,
        )
        self.faults = tuple(faults)


class TitleNotFoundError(NotFoundError):
    """There is no such title, or it is another person's or organisation's."""

    def __init__(self) -> None:
        """Say the same for both."""
        super().__init__("invoice_title_not_found", "no such title of this caller")


class TitlesFullError(ConflictError):
    """More titles than anybody needs."""

    def __init__(self, maximum: int) -> None:
        """Name how many may be kept."""
        super().__init__("invoice_titles_full", "too many titles", maximum=maximum)
