"""Commands on reviews: write, change, take back, hide, show, answer; each step is on record.

Who may write is decided before, by those who know orders. A review is locked before it changes.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, delete, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from catalog.errors import ReviewNotFoundError
from catalog.models import Favourite, Product, Review, ReviewEvent, ReviewPhoto
from catalog.rules import check_review, check_review_words
from catalog.values.reviews import NewReview, ReviewPicture, ReviewState, ReviewStep, Said
from kernel.errors import ConflictError, InvalidError
from kernel.masking import mask_name

MAX_ANSWER = 500
MAX_REASON = 200


def write_review(session: Session, new: NewReview, *, by: str, at: datetime) -> int:
    """Write what a buyer says of a line and return the review's id.

    Raises `ConflictError` `review_exists` for a line somebody said something of already.
    """
    check_review(new.said)
    review_id: int | None = session.scalar(
        upsert(Review)
        .values(
            order_line_id=new.order_line_id,
            product_code=new.product_code,
            person_id=new.person_id,
            shown_as=mask_name(new.name),
            rating=new.said.rating,
            words=new.said.words,
            state=ReviewState.VISIBLE,
            written_at=at,
        )
        .on_conflict_do_nothing(index_elements=[Review.order_line_id])
        .returning(Review.id)
    )
    if review_id is None:
        raise ConflictError("review_exists", "this line has a review")
    _add_pictures(session, review_id, new.said.pictures)
    _note(session, review_id, ReviewStep.WRITTEN, by=by, at=at)
    return review_id


def change_review(
    session: Session, line_id: int, said: Said, *, since: datetime, by: str, at: datetime
) -> None:
    """Change rating and words, and the pictures where new ones are given.

    Raises `ConflictError` `review_closed` for one written before `since`. One that the operator
    hid stays hidden.
    """
    check_review(said)
    review = _lock(session, Review.order_line_id == line_id)
    if review.written_at < since:
        raise ConflictError("review_closed", "the time to change it is over")
    session.execute(
        update(Review)
        .where(Review.id == review.id)
        .values(rating=said.rating, words=said.words, changed_at=at)
    )
    if said.pictures:
        session.execute(delete(ReviewPhoto).where(ReviewPhoto.review_id == review.id))
        _add_pictures(session, review.id, said.pictures)
    _note(session, review.id, ReviewStep.CHANGED, by=by, at=at)


def withdraw_review(session: Session, line_id: int, *, by: str, at: datetime) -> None:
    """Take a review back for good; words, pictures and name are destroyed."""
    review = _lock(session, Review.order_line_id == line_id)
    _empty(session, [review.id])
    _note(session, review.id, ReviewStep.WITHDRAWN, by=by, at=at)


def hide_review(
    session: Session, review_id: int, reason: str, *, by: str, at: datetime
) -> None:
    """Take a review off the page; its writer reads the reason."""
    said = _reason(reason)
    review = _lock(session, Review.id == review_id)
    if review.state is ReviewState.HIDDEN:
        raise ConflictError("review_hidden", "it is hidden already")
    _set(session, review.id, state=ReviewState.HIDDEN, hidden_reason=said)
    _note(session, review.id, ReviewStep.HIDDEN, by=by, at=at, reason=said)


def show_review(
    session: Session, review_id: int, reason: str, *, by: str, at: datetime
) -> None:
    """Put a hidden review back on the page."""
    said = _reason(reason)
    review = _lock(session, Review.id == review_id)
    if review.state is not ReviewState.HIDDEN:
        raise ConflictError("review_not_hidden", "it is not hidden")
    _set(session, review.id, state=ReviewState.VISIBLE, hidden_reason="")
    _note(session, review.id, ReviewStep.SHOWN, by=by, at=at, reason=said)


def answer_review(
    session: Session, review_id: int, words: str, *, seller_code: str, by: str, at: datetime
) -> None:
    """Let the seller of the goods answer once.

    Raises `ReviewNotFoundError` for a review of somebody else's goods.
    """
    answer = words.strip()
    check_review_words(answer, at_most=MAX_ANSWER)
    if not answer:
        raise InvalidError("answer_missing", "an answer has words")
    review = _lock(session, Review.id == review_id)
    seller = select(Product.seller_code).where(Product.code == review.product_code)
    if session.scalar(seller) != seller_code:
        raise ReviewNotFoundError
    if review.answered_at is not None:
        raise ConflictError("review_answered", "it was answered")
    _set(session, review.id, answer=answer, answered_at=at)
    _note(session, review.id, ReviewStep.ANSWERED, by=by, at=at)


def forget_person(session: Session, person_id: int, *, by: str, at: datetime) -> None:
    """Destroy everything a person said of goods and kept in mind."""
    session.execute(delete(Favourite).where(Favourite.person_id == person_id))
    found = session.scalars(
        select(Review.id).where(Review.person_id == person_id).order_by(Review.id)
    ).all()
    _empty(session, found)
    for review_id in found:
        _note(session, review_id, ReviewStep.WITHDRAWN, by=by, at=at)


def keep_favourite(session: Session, person_id: int, code: str, *, at: datetime) -> None:
    """Keep a product in mind; again changes nothing."""
    session.execute(
        upsert(Favourite)
        .values(person_id=person_id, product_code=code, since=at)
        .on_conflict_do_nothing()
    )


def drop_favourite(session: Session, person_id: int, code: str) -> None:
    """Forget a product; again changes nothing."""
    session.execute(
        delete(Favourite).where(
            Favourite.person_id == person_id, Favourite.product_code == code
        )
    )


def _lock(session: Session, which: ColumnElement[bool]) -> Review:
    """Lock a review nobody took back; raises `ReviewNotFoundError`."""
    review: Review | None = session.scalar(
        select(Review)
        .where(which, Review.state != ReviewState.WITHDRAWN)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if review is None:
        raise ReviewNotFoundError
    return review


def _set(session: Session, review_id: int, **values: object) -> None:
    session.execute(update(Review).where(Review.id == review_id).values(**values))


def _empty(session: Session, review_ids: Sequence[int]) -> None:
    session.execute(delete(ReviewPhoto).where(ReviewPhoto.review_id.in_(review_ids)))
    session.execute(
        update(Review)
        .where(Review.id.in_(review_ids))
        .values(
            state=ReviewState.WITHDRAWN,
            person_id=None,
            shown_as="",
            words="",
            hidden_reason="",
            answer="",
            answered_at=None,
        )
    )


def _add_pictures(session: Session, review_id: int, pictures: Sequence[ReviewPicture]) -> None:
    if pictures:
        session.execute(
            insert(ReviewPhoto),
            [
                {
                    "review_id": review_id,
                    "webp": one.webp,
                    "thumb": one.thumb,
                    "width": one.width,
                    "height": one.height,
                }
                for one in pictures
            ],
        )


def _note(
    session: Session,
    review_id: int,
    step: ReviewStep,
    *,
    by: str,
    at: datetime,
    reason: str = "",
) -> None:
    session.execute(
        insert(ReviewEvent).values(
            review_id=review_id, step=step, actor=by, reason=reason, at=at
        )
    )


def _reason(reason: str) -> str:
    said = reason.strip()
    if not said:
        raise InvalidError("review_reason_missing", "a reason is needed")
    if len(said) > MAX_REASON:
        raise InvalidError("words_too_long", "too long", maximum=MAX_REASON)
    return said
