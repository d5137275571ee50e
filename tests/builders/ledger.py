"""Short builders of postings."""

from datetime import UTC, datetime

from ledger.values import Book, Entry, Line, PostingKind

NOON = datetime(2026, 6, 1, 4, 0, tzinfo=UTC)
"""Twelve o'clock in Shanghai on the first of June."""


def an_entry(
    key: str,
    *lines: tuple[str, int],
    kind: PostingKind = PostingKind.PAYMENT_CAPTURED,
    at: datetime = NOON,
    source: str = "order:W1-1",
    book: Book = Book.MONEY,
    reverses: str | None = None,
    recorded_at: datetime | None = None,
) -> Entry:
    """Make a posting out of account codes and signed fen, debit positive."""
    return Entry(
        book=book,
        key=key,
        kind=kind,
        effective_at=at,
        source=source,
        lines=[Line(code, minor) for code, minor in lines],
        reverses=reverses,
        recorded_at=recorded_at,
    )


def a_payment(key: str = "P", minor: int = 9_999, order: str = "W1-1") -> Entry:
    """Make P1: a buyer paid an order with the demo provider."""
    return an_entry(key, ("A:demo:pending", minor), (f"L:prepaid:{order}", -minor))


def an_earning(key: str, parts: dict[str, int], order: str = "W1-1") -> Entry:
    """Make P2: a delivered line is owed to those behind it, in positive fen by account."""
    return an_entry(
        key,
        (f"L:prepaid:{order}", sum(parts.values())),
        *((code, -minor) for code, minor in parts.items()),
        kind=PostingKind.LINE_EARNED,
    )
