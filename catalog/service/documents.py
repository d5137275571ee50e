"""Keeps files that were handed in, and tells which of them resemble each other."""

from datetime import datetime

from sqlalchemy.orm import Session

from catalog.models import Document
from catalog.values.papers import Scan
from kernel import vault


def keep(session: Session, scan: Scan, *, by: int, at: datetime) -> int:
    """Seal one file and return its number; what resembles it is found when it is reviewed."""
    row = Document(
        sealed=vault.seal_bytes(scan.content),
        media_type=scan.media_type,
        size=len(scan.content),
        digest=scan.digest,
        look=scan.look,
        uploaded_by=by,
        uploaded_at=at,
    )
    session.add(row)
    session.flush()
    return row.id
