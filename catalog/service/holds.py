"""Commands on holds and on lots that must not be sold: what ran out, what is unfit, recalls."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Date, bindparam, func, text, update
from sqlalchemy.dialects.postgresql import ARRAY, BIGINT
from sqlalchemy.orm import Session

from catalog.errors import LotNotFoundError, LotRecalledError
from catalog.errors.papers import LotFailedError
from catalog.listing.sellable import certified, fit_lot
from catalog.models import Lot
from kernel.clock import local_date
from kernel.orm import UtcDateTime

FIND_LAPSED = text("""
    SELECT DISTINCT group_number FROM reservations
    WHERE state = 'held' AND expires_at <= :at
    ORDER BY group_number LIMIT :most
""").bindparams(bindparam("at", type_=UtcDateTime()))

LIST_UNFIT = text(f"""
    SELECT r.order_line_id
    FROM reservations r
    JOIN lots l ON l.id = r.lot_id
    JOIN skus s ON s.id = l.sku_id
    JOIN products p ON p.code = s.product_code
    JOIN organisations o ON o.code = p.seller_code
    WHERE r.group_number = :group_number AND r.state = 'held'
        AND NOT (o.suspended_at IS NULL AND {fit_lot()})
    UNION
    SELECT u.order_line_id
    FROM presale_uses u
    JOIN presales w ON w.id = u.presale_id
    JOIN skus s ON s.id = w.sku_id
    JOIN products p ON p.code = s.product_code
    JOIN organisations o ON o.code = p.seller_code
    WHERE u.group_number = :group_number AND u.state = 'held'
        AND NOT (o.suspended_at IS NULL AND {certified()})
    ORDER BY order_line_id
""").bindparams(  # noqa: S608 -- assembled from constants
    bindparam("at", type_=UtcDateTime()), bindparam("today", type_=Date)
)

LIST_FIT = text(f"""
    SELECT l.id FROM lots l
    JOIN skus s ON s.id = l.sku_id
    JOIN products p ON p.code = s.product_code
    WHERE l.id = ANY (:lot_ids) AND {fit_lot()}
""").bindparams(  # noqa: S608 -- assembled from constants
    bindparam("lot_ids", type_=ARRAY(BIGINT)),
    bindparam("at", type_=UtcDateTime()),
    bindparam("today", type_=Date),
)

LIST_HOLDERS = text("""
    SELECT DISTINCT r.group_number FROM reservations r JOIN lots l ON l.id = r.lot_id
    WHERE l.code = :code AND r.state = 'held' ORDER BY r.group_number
""")

HAS_FAILED = text("""
    SELECT EXISTS (
        SELECT FROM certificate_papers report
        JOIN paper_subjects about ON about.paper_id = report.id
        JOIN lots l ON l.id = about.lot_id
        WHERE l.code = :code AND report.result = 'fail'
            AND report.state IN ('submitted', 'accepted', 'suspended')
    )
""")


def find_lapsed(session: Session, *, at: datetime, most: int) -> list[str]:
    """Return groups whose holds have run out and still lie on lots; usually none."""
    return list(session.scalars(FIND_LAPSED, {"at": at, "most": most}))


def list_unfit(session: Session, group_number: str, *, at: datetime) -> list[int]:
    """Return the lines of a group that hold packs which may not be sold at this moment."""
    return list(
        session.scalars(
            LIST_UNFIT, {"group_number": group_number, "at": at, "today": local_date(at)}
        )
    )


def list_fit(session: Session, lot_ids: Collection[int], *, at: datetime) -> set[int]:
    """Return those of some lots whose packs may be sold at this moment."""
    values = {"lot_ids": sorted(lot_ids), "at": at, "today": local_date(at)}
    return set(session.scalars(LIST_FIT, values))


def list_holders(session: Session, lot_code: str) -> list[str]:
    """Return the groups that hold packs of a lot."""
    return list(session.scalars(LIST_HOLDERS, {"code": lot_code}))


def quarantine(session: Session, code: str, *, at: datetime) -> None:
    """Stop selling a lot until somebody has looked at it; repeating keeps the first moment."""
    found = session.execute(
        update(Lot)
        .where(Lot.code == code)
        .values(quarantined_at=func.coalesce(Lot.quarantined_at, at))
        .returning(Lot.id)
    ).first()
    if found is None:
        raise LotNotFoundError(code)


def recall(session: Session, code: str, *, at: datetime) -> None:
    """Call a lot back for good; repeating keeps the first moment."""
    quarantine(session, code, at=at)
    session.execute(
        update(Lot)
        .where(Lot.code == code)
        .values(recalled_at=func.coalesce(Lot.recalled_at, at))
    )


def release_quarantine(session: Session, code: str) -> None:
    """Let a lot be sold again; raises `LotRecalledError` for one that was called back.

    A lot a laboratory found unfit stays where it is: `LotFailedError`, as long as the report
    stands.
    """
    if session.scalar(HAS_FAILED, {"code": code}):
        raise LotFailedError(code)
    found = session.execute(
        update(Lot)
        .where(Lot.code == code, Lot.recalled_at.is_(None))
        .values(quarantined_at=None)
        .returning(Lot.id)
    ).first()
    if found is not None:
        return
    if session.query(Lot.id).filter(Lot.code == code).first() is None:
        raise LotNotFoundError(code)
    raise LotRecalledError(code)
