"""Refusals about baskets and orders."""

from collections.abc import Sequence

from kernel.errors import ConflictError, InvalidError, NotFoundError
from orders.values import Change


class OrderNotFoundError(NotFoundError):
    """No such order, or not for this caller."""

    def __init__(self, number: str) -> None:
        """Name the number."""
        super().__init__("order_not_found", f"no order {number}", number=number)


class AddressNotFoundError(NotFoundError):
    """The caller's book has no such address."""

    def __init__(self) -> None:
        super().__init__("address_not_found", "no such address in this book")


class AddressBookFullError(ConflictError):
    """Somebody keeps as many addresses as a book takes."""

    def __init__(self, maximum: int) -> None:
        super().__init__("address_book_full", "the address book is full", maximum=maximum)


class BasketEmptyError(InvalidError):
    """There is nothing in the basket that could be ordered."""

    def __init__(self) -> None:
        """Say what to do."""
        super().__init__("basket_empty", "the basket is empty")


class QuoteChangedError(ConflictError):
    """Prices or stock changed since the buyer saw the total."""

    def __init__(
        self, *, seen_minor: int, now_minor: int, changes: Sequence[Change] = ()
    ) -> None:
        """Say both totals, and line by line what changed."""
        self.changes = tuple(changes)
        super().__init__(
            "quote_changed",
            f"the total was {seen_minor} fen and is now {now_minor}",
            seen_minor=seen_minor,
            now_minor=now_minor,
        )


class OutOfReachError(ConflictError):
    """Goods would not arrive in time where they are to go."""

    def __init__(self, place: str, names: Sequence[str]) -> None:
        """Name the place and the goods."""
        super().__init__(
            "out_of_reach",
            f"{len(names)} lines would not arrive in {place} in time",
            place=place,
            names="、".join(names),
        )


class CouponNotFoundError(NotFoundError):
    """No coupon has this code, or not of this seller."""

    def __init__(self, code: str) -> None:
        """Name the code."""
        super().__init__("coupon_not_found", "no such coupon", code=code)


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


class ClaimNotFoundError(NotFoundError):
    """No such claim, or not for this caller."""

    def __init__(self, claim_id: int) -> None:
        """Name the claim."""
        super().__init__("claim_not_found", f"no claim {claim_id}")


class ClaimStepError(ConflictError):
    """The claim is not in a state from which this step leads on."""

    def __init__(self, claim_id: int, *, state: str, wanted: str) -> None:
        """Name the claim and both states."""
        super().__init__(
            "claim_step_not_allowed", f"claim {claim_id} is {state} and cannot become {wanted}"
        )


class ClaimUploadNotFoundError(NotFoundError):
    """No such picture was handed in for this order."""

    def __init__(self) -> None:
        super().__init__("claim_upload_not_found", "no such picture of this order")


class GoodsUnfitError(ConflictError):
    """Goods of an unpaid order may no longer be sold."""

    def __init__(self, number: str) -> None:
        """Name the number."""
        super().__init__("goods_unfit", f"goods of {number} may not be sold", number=number)
