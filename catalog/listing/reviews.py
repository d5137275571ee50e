"""What buyers said of goods, for the page of a product, its writer, its seller and the desk."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import TextClause, bindparam, text
from sqlalchemy.orm import Session

from catalog.errors import ReviewNotFoundError
from catalog.values.reviews import ReviewState
from kernel.paging import Page, cut, decode_key, encode_key
from kernel.rows import fill, fill_all


@dataclass(frozen=True, slots=True)
class ReviewPhotoRow:
    """A picture of a review by number, with the size of the large one."""

    photo_id: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """One review; the writer is a masked name, empty for a guest."""

    review_id: int
    order_line_id: int
    product_code: str
    product_name: str
    product_name_en: str
    seller_code: str
    shown_as: str
    rating: int
    words: str
    state: ReviewState
    hidden_reason: str
    written_at: datetime
    changed_at: datetime | None
    answer: str
    answered_at: datetime | None
    photos: tuple[ReviewPhotoRow, ...]


@dataclass(frozen=True, slots=True)
class ReviewSum:
    """How many visible reviews there are by stars."""

    stars: tuple[int, ...] = (0, 0, 0, 0, 0)
    """Reviews with one star first, with five last."""

    @property
    def count(self) -> int:
        """Return how many there are."""
        return sum(self.stars)

    @property
    def tenths(self) -> int | None:
        """Return the average in tenths of a star, half up; None without reviews."""
        if not self.count:
            return None
        points = sum(star * many for star, many in enumerate(self.stars, start=1))
        return (points * 20 + self.count) // (2 * self.count)


MOMENTS = (11, 12, 14)
"""Where the columns hold moments."""
_COLUMNS = """r.id, r.order_line_id, r.product_code, p.name, p.name_en, p.seller_code,
    r.shown_as, r.rating, r.words, r.state, r.hidden_reason, r.written_at,
    r.changed_at, r.answer, r.answered_at,
    (SELECT coalesce(json_agg(json_build_array(f.id, f.width, f.height) ORDER BY f.id), '[]')
     FROM review_photos f WHERE f.review_id = r.id)"""


def _statement(condition: str, order: str = "r.id DESC") -> TextClause:
    return text(f"""
        SELECT {_COLUMNS} FROM reviews r
        JOIN products p ON p.code = r.product_code
        WHERE {condition}
        ORDER BY {order} LIMIT :size
    """).bindparams(bindparam("size"))  # noqa: S608 -- assembled from constants


_OF_PRODUCT = _statement(
    "r.product_code = :code AND r.state = 'visible' AND r.id < coalesce(:before, r.id + 1)"
)
_OF_LINE = _statement("r.order_line_id = :line AND r.state <> 'withdrawn'")
_OF_SELLER = _statement(
    "p.seller_code = :seller AND r.state = 'visible' AND r.id < coalesce(:before, r.id + 1)"
)
_OF_DESK = _statement("r.state = :state AND r.id < coalesce(:before, r.id + 1)")
_LINES = text("""
    SELECT r.order_line_id, r.rating, r.state = 'hidden' FROM reviews r
    WHERE r.order_line_id = ANY(:lines) AND r.state <> 'withdrawn'
""")
_STAR = "count(*) FILTER (WHERE said.rating = {star})::int"
STARS_OF = f"""(
    SELECT ARRAY[{", ".join(_STAR.format(star=star) for star in range(1, 6))}]
    FROM reviews said WHERE said.product_code = {{product}}.code AND said.state = 'visible'
)"""  # noqa: S608 -- assembled from constants
"""The visible reviews of a product by stars."""
FIRST_OF = f"""(
    SELECT coalesce(json_agg(told.facts ORDER BY told.id DESC), '[]') FROM (
        SELECT r.id, json_build_array({_COLUMNS}) AS facts FROM reviews r
        WHERE r.product_code = p.code AND r.state = 'visible' ORDER BY r.id DESC LIMIT 4
    ) told
)"""  # noqa: S608 -- assembled from constants
"""The newest visible reviews of a product `p`."""

_PHOTO = text("""
    SELECT f.webp, f.thumb, r.state FROM review_photos f
    JOIN reviews r ON r.id = f.review_id
    WHERE f.id = :photo
""")


def page_of_product(
    session: Session, product_code: str, *, key: str | None = None, size: int
) -> Page[ReviewRow]:
    """Return a page of the visible reviews of a product, the newest first."""
    return _page(session, _OF_PRODUCT, key, size, code=product_code)


def page_of_seller(
    session: Session, seller_code: str, *, key: str | None = None, size: int
) -> Page[ReviewRow]:
    """Return a page of the visible reviews of a seller's goods, the newest first."""
    return _page(session, _OF_SELLER, key, size, seller=seller_code)


def page_of_desk(
    session: Session, state: ReviewState, *, key: str | None = None, size: int
) -> Page[ReviewRow]:
    """Return a page of the reviews in a state, the newest first."""
    return _page(session, _OF_DESK, key, size, state=state.value)


def find_of_line(session: Session, line_id: int) -> ReviewRow | None:
    """Return what was said of an order line, or None."""
    rows = session.execute(_OF_LINE, {"line": line_id, "size": 1}).all()
    return _row(rows[0]) if rows else None


def list_lines(session: Session, line_ids: Sequence[int]) -> dict[int, tuple[int, bool]]:
    """Return the stars of order lines that have a review, and whether it is hidden."""
    rows = session.execute(_LINES, {"lines": list(line_ids)})
    return {line: (rating, hidden) for line, rating, hidden in rows}


def get_photo(session: Session, photo_id: int, *, is_thumb: bool, is_desk: bool) -> bytes:
    """Return a picture; of a review that is hidden only for the desk."""
    row = session.execute(_PHOTO, {"photo": photo_id}).one_or_none()
    if row is None or not (is_desk or row.state == ReviewState.VISIBLE):
        raise ReviewNotFoundError
    return bytes(row.thumb if is_thumb else row.webp)


def from_json(told: Sequence[list[Any]]) -> tuple[ReviewRow, ...]:
    """Return reviews of what `FIRST_OF` wrote."""
    return tuple(
        _row([_moment(fact) if place in MOMENTS else fact for place, fact in enumerate(facts)])
        for facts in told
    )


def _moment(written: str | None) -> datetime | None:
    return datetime.fromisoformat(written).astimezone(UTC) if written else None


def _page(
    session: Session, statement: TextClause, key: str | None, size: int, **asked: str
) -> Page[ReviewRow]:
    before = decode_key(key, int)[0] if key else None
    rows = session.execute(statement, {**asked, "before": before, "size": size + 1})
    return cut([_row(row) for row in rows], size, lambda row: encode_key(row.review_id))


def _row(row: Sequence[Any]) -> ReviewRow:
    *facts, photos = row
    facts[9] = ReviewState(facts[9])
    return fill(ReviewRow, (*facts, tuple(fill_all(ReviewPhotoRow, photos))))
