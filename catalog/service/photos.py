"""Commands on photos that sellers send; none commits."""

import secrets
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import func, insert, select, text
from sqlalchemy.orm import Session

from catalog.models import PhotoSize, ProductPhoto
from catalog.values import PHOTO_MARK
from kernel.errors import ConflictError
from kernel.pictures import Copy

STEM_BYTES = 16
MOST_UNUSED = 60

DROP = text("""
    DELETE FROM product_photos photo
    WHERE NOT photo.is_public AND photo.sent_at < :before
      AND NOT EXISTS (
        SELECT FROM product_changes change
        WHERE change.seller_code = photo.seller_code
          AND change.state IN ('draft', 'submitted', 'returned')
          AND change.plan -> 'photos' @> to_jsonb(photo.stem::text)
      )
      AND NOT EXISTS (
        SELECT FROM editorial_revisions written WHERE written.plan ->> 'picture' = photo.stem
      )
""")


def keep_photo(
    session: Session,
    seller_code: str,
    copies: Sequence[Copy],
    *,
    at: datetime,
) -> str:
    """Keep a photo in several widths; return its stem.

    Raises `ConflictError` `photos_unused` for a seller with too many that stand nowhere.
    """
    unused = select(func.count()).where(
        ProductPhoto.seller_code == seller_code, ProductPhoto.is_public.is_(False)
    )
    if session.scalars(unused).one() >= MOST_UNUSED:
        raise ConflictError(
            "photos_unused", "too many photos stand nowhere", maximum=MOST_UNUSED
        )
    stem = PHOTO_MARK + secrets.token_hex(STEM_BYTES)
    edge = max(copy.pixels for copy in copies if not copy.is_wide)
    session.execute(
        insert(ProductPhoto).values(
            stem=stem, seller_code=seller_code, width=edge, height=edge, sent_at=at
        )
    )
    session.execute(
        insert(PhotoSize),
        [{"stem": stem, **asdict(copy)} for copy in copies],
    )
    return stem


def drop_unused_photos(session: Session, *, before: datetime) -> int:
    """Forget photos that were sent before a moment and stand nowhere; return how many."""
    return session.execute(DROP, {"before": before}).rowcount  # type: ignore[attr-defined,no-any-return]
