"""Commands on coupons in people's hands: give, take, keep.

Whoever takes a coupon that is limited locks its row first; `claimed` never passes the limit.
"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Row, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from kernel.errors import ConflictError
from orders.errors import CouponNotFoundError
from orders.models import Coupon, CouponGrant


def give_coupon(session: Session, code: str, people: Collection[int], *, at: datetime) -> int:
    """Give a coupon to people; return how many did not have it. Again changes nothing.

    Raises `CouponNotFoundError`, and `ConflictError` for one that has ended or was stopped.
    """
    _check_alive(_lock(session, code), at)
    return sum(_grant(session, code, person_id, at) for person_id in sorted(set(people)))


def take_coupon(session: Session, code: str, person_id: int, *, at: datetime) -> None:
    """Let a person take a coupon that is there to be taken, once; again changes nothing.

    Raises `CouponNotFoundError` for one that is not, `ConflictError` `coupon_gone` when all
    were taken.
    """
    coupon = _lock(session, code)
    if not coupon.is_claimable:
        raise CouponNotFoundError(code)
    _check_alive(coupon, at)
    held = select(CouponGrant.coupon_code).where(
        CouponGrant.coupon_code == code, CouponGrant.person_id == person_id
    )
    if session.scalar(held) is not None:
        return
    if coupon.claim_limit is not None and coupon.claimed >= coupon.claim_limit:
        raise ConflictError("coupon_gone", "all of these were taken")
    _grant(session, code, person_id, at)
    session.execute(
        update(Coupon).where(Coupon.code == code).values(claimed=Coupon.claimed + 1)
    )


def keep_coupon(session: Session, code: str, person_id: int, *, at: datetime) -> None:
    """Put a coupon whose code a person knows into their hands.

    What is only given is not found by its code, unless it is there to be taken.
    """
    coupon = _lock(session, code)
    if coupon.is_claimable:
        take_coupon(session, code, person_id, at=at)
        return
    held = select(CouponGrant.coupon_code).where(
        CouponGrant.coupon_code == code, CouponGrant.person_id == person_id
    )
    if coupon.is_given and session.scalar(held) is None:
        raise CouponNotFoundError(code)
    _check_alive(coupon, at)
    _grant(session, code, person_id, at)


def _lock(session: Session, code: str) -> Row[*tuple[object, ...]]:
    found = session.execute(
        select(
            Coupon.is_given,
            Coupon.is_claimable,
            Coupon.claim_limit,
            Coupon.claimed,
            Coupon.ends_at,
            Coupon.stopped_at,
        )
        .where(Coupon.code == code)
        .with_for_update()
    ).one_or_none()
    if found is None:
        raise CouponNotFoundError(code)
    return found


def _check_alive(coupon: Row[*tuple[object, ...]], at: datetime) -> None:
    if coupon.stopped_at is not None or coupon.ends_at <= at:
        raise ConflictError("coupon_ended", "this coupon has ended")


def _grant(session: Session, code: str, person_id: int, at: datetime) -> bool:
    written = session.scalar(
        upsert(CouponGrant)
        .values(coupon_code=code, person_id=person_id, given_at=at)
        .on_conflict_do_nothing()
        .returning(CouponGrant.person_id)
    )
    return written is not None
