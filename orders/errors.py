"""Refusals about baskets and orders."""

from kernel.errors import ConflictError, InvalidError, NotFoundError


class OrderNotFoundError(NotFoundError):
    """No such order, or not for this caller."""

    def __init__(self, number: str) -> None:
        """Name the number."""
        super().__init__("order_not_found", f"no order {number}", number=number)


class BasketEmptyError(InvalidError):
    """There is nothing in the basket that could be ordered."""

    def __init__(self) -> None:
        """Say what to do."""
        super().__init__("basket_empty", "the basket is empty")


class QuoteChangedError(ConflictError):
    """Prices or stock changed since the buyer saw the total."""

    def __init__(self, *, seen_minor: int, now_minor: int) -> None:
        """Say both totals."""
        super().__init__(
            "quote_changed",
            f"the total was {seen_minor} fen and is now {now_minor}",
            seen_minor=seen_minor,
            now_minor=now_minor,
        )


class TooManyPacksHeldError(ConflictError):
    """A buyer would hold more unpaid packs at once than is allowed."""

    def __init__(self, *, held: int, wanted: int, maximum: int) -> None:
        """Say what is held already and what is allowed."""
        super().__init__(
            "too_many_packs_held",
            f"{held} packs are held unpaid, {wanted} more would pass {maximum}",
            held=held,
            wanted=wanted,
            maximum=maximum,
        )


class TooMuchHeldError(ConflictError):
    """A buyer would hold goods of more value unpaid at once than is allowed."""

    def __init__(self, *, held_minor: int, maximum_minor: int) -> None:
        """Say what is held already and what is allowed, in yuan."""
        super().__init__(
            "too_much_held",
            f"{held_minor} fen are held unpaid, {maximum_minor} are allowed",
            held=held_minor // 100,
            maximum=maximum_minor // 100,
        )


class StepNotAllowedError(ConflictError):
    """The order is not in a state from which this step leads on."""

    def __init__(self, number: str, *, state: str, wanted: str) -> None:
        """Name the order and both states."""
        super().__init__(
            "step_not_allowed",
            f"order {number} is {state} and cannot become {wanted}",
            number=number,
            state=state,
            wanted=wanted,
        )
