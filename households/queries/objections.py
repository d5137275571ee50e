"""Read the papers behind a resolution and the objections against it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from households.models import Allotment, AllotmentDocument, AllotmentObjection
from households.values import HouseholdId, ObjectionOutcome
from kernel import vault
from kernel.errors import NotFoundError
from kernel.rows import fill_all


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """A paper behind a resolution, without its content."""

    title: str
    file_name: str
    media_type: str
    size_bytes: int
    sha256: str
    note: str
    added_at: datetime


@dataclass(frozen=True, slots=True)
class ObjectionRow:
    """An objection with its words, for those who decide about it or raised it."""

    id: int
    allotment_code: str
    household_id: HouseholdId | None
    raised_by: str
    raised_at: datetime
    reason: str
    outcome: ObjectionOutcome
    answer: str | None
    decided_at: datetime | None


def list_documents(session: Session, code: str) -> list[DocumentRow]:
    """Return the papers behind a resolution, without their content."""
    return fill_all(
        DocumentRow,
        session.execute(
            select(
                AllotmentDocument.title,
                AllotmentDocument.file_name,
                AllotmentDocument.media_type,
                AllotmentDocument.size_bytes,
                AllotmentDocument.sha256,
                AllotmentDocument.note,
                AllotmentDocument.added_at,
            )
            .join(Allotment, Allotment.id == AllotmentDocument.allotment_id)
            .where(Allotment.code == code)
            .order_by(AllotmentDocument.id)
        ),
    )


def open_document(session: Session, code: str, sha256: str) -> tuple[DocumentRow, bytes]:
    """Return a paper with its content; the caller records who opened it."""
    found = [row for row in list_documents(session, code) if row.sha256 == sha256]
    if not found:
        raise NotFoundError("document_not_found", "there is no such paper")
    sealed = session.scalar(
        select(AllotmentDocument.sealed)
        .join(Allotment, Allotment.id == AllotmentDocument.allotment_id)
        .where(Allotment.code == code, AllotmentDocument.sha256 == sha256)
    )
    return found[0], vault.open_bytes(bytes(sealed or b""))


def list_objections(
    session: Session, code: str, *, household_id: HouseholdId | None = None
) -> list[ObjectionRow]:
    """Return the objections against an allotment; a household asks for its own only."""
    own = [] if household_id is None else [AllotmentObjection.household_id == household_id]
    return fill_all(
        ObjectionRow,
        session.execute(
            select(
                AllotmentObjection.id,
                Allotment.code,
                AllotmentObjection.household_id,
                AllotmentObjection.raised_by,
                AllotmentObjection.raised_at,
                AllotmentObjection.reason,
                AllotmentObjection.outcome,
                AllotmentObjection.answer,
                AllotmentObjection.decided_at,
            )
            .join(Allotment, Allotment.id == AllotmentObjection.allotment_id)
            .where(Allotment.code == code, *own)
            .order_by(AllotmentObjection.id)
        ),
    )
