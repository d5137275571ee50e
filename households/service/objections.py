"""Papers behind a resolution, and what people have against it while it is on notice."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from households.models import (
    DOCUMENT_BYTES_MAX,
    AllotmentDocument,
    AllotmentObjection,
)
from households.service.allotment_states import ensure, lock_allotment, stop
from households.values import (
    AllotmentState,
    HouseholdId,
    NewDocument,
    ObjectionOutcome,
)
from kernel import vault
from kernel.clock import local_date
from kernel.errors import ConflictError, InvalidError, NotFoundError

SIGNATURES: Final = {
    "application/pdf": b"%PDF-",
    "image/jpeg": b"\xff\xd8\xff",
    "image/png": b"\x89PNG\r\n\x1a\n",
}
"""What may be handed in, and how such a file begins."""
DOCUMENTS_MAX: Final = 10
REASON_MAX: Final = 2_000
OBJECTIONS_MAX: Final = 3
"""How many objections of one household against one allotment are taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """What was decided about an objection."""

    objection_id: int
    outcome: ObjectionOutcome
    answer: str
    by: str


def add_document(
    session: Session, code: str, document: NewDocument, *, by: str, at: datetime
) -> str:
    """Seal a paper and put it behind a draft; return its hash. The same file twice is one.

    Raises `InvalidError` for a file that is too large, empty, or not what it says it is.
    """
    allotment = lock_allotment(session, code)
    ensure(allotment, AllotmentState.DRAFT)
    _check(document)
    digest = hashlib.sha256(document.content).hexdigest()
    present = session.scalars(
        select(AllotmentDocument.sha256).where(AllotmentDocument.allotment_id == allotment.id)
    ).all()
    if digest in present:
        return digest
    if len(present) >= DOCUMENTS_MAX:
        raise InvalidError("documents_too_many", "too many papers", maximum=DOCUMENTS_MAX)
    session.execute(
        insert(AllotmentDocument).values(
            allotment_id=allotment.id,
            title=document.title.strip(),
            file_name=document.file_name,
            media_type=document.media_type,
            size_bytes=len(document.content),
            sha256=digest,
            note=document.note.strip(),
            sealed=vault.seal_bytes(document.content),
            added_by=by,
            added_at=at,
        )
    )
    return digest


def object_to_allotment(
    session: Session,
    code: str,
    reason: str,
    *,
    by: str,
    household_id: HouseholdId | None,
    at: datetime,
) -> int:
    """Record what somebody has against an allotment on notice; it has to be decided first.

    Raises `ConflictError` `notice_not_running` before and after the notice.
    """
    allotment = lock_allotment(session, code)
    until = allotment.notice_until
    if (
        allotment.state is not AllotmentState.ON_NOTICE
        or until is None
        or local_date(at) > until
    ):
        raise ConflictError("notice_not_running", "objections are taken during the notice")
    words = reason.strip()
    if not words or len(words) > REASON_MAX:
        raise InvalidError("objection_without_reason", "say what is wrong", maximum=REASON_MAX)
    earlier = session.scalars(
        select(AllotmentObjection.id).where(
            AllotmentObjection.allotment_id == allotment.id,
            AllotmentObjection.raised_by == by,
        )
    ).all()
    if household_id is not None and len(earlier) >= OBJECTIONS_MAX:
        raise ConflictError(
            "objections_too_many", "your objections are recorded", maximum=OBJECTIONS_MAX
        )
    objection = AllotmentObjection(
        allotment_id=allotment.id,
        household_id=household_id,
        raised_by=by,
        raised_at=at,
        reason=words,
    )
    session.add(objection)
    session.flush()
    return objection.id


def rule_on_objection(session: Session, code: str, ruling: Ruling, *, at: datetime) -> None:
    """Decide an objection once; one that is upheld stops the allotment.

    Whoever drew the allotment up does not decide about objections against it.
    """
    allotment = lock_allotment(session, code)
    objection = session.get(AllotmentObjection, ruling.objection_id, with_for_update=True)
    if objection is None or objection.allotment_id != allotment.id:
        raise NotFoundError("objection_not_found", "there is no such objection")
    if ruling.outcome is ObjectionOutcome.OPEN or not ruling.answer.strip():
        raise InvalidError("objection_without_answer", "give the answer in words")
    if (
        allotment.state is not AllotmentState.ON_NOTICE
        or objection.outcome is not ObjectionOutcome.OPEN
    ):
        raise ConflictError("objection_decided", "this objection is decided already")
    if ruling.by == allotment.proposed_by:
        raise ConflictError("allotment_same_person", "somebody else decides about objections")
    session.execute(
        update(AllotmentObjection)
        .where(AllotmentObjection.id == objection.id)
        .values(
            outcome=ruling.outcome,
            answer=ruling.answer.strip()[:REASON_MAX],
            decided_by=ruling.by,
            decided_at=at,
        )
    )
    session.expire(objection)
    if ruling.outcome is ObjectionOutcome.UPHELD:
        stop(session, allotment, AllotmentState.OBJECTED, reason="", at=at)


def _check(document: NewDocument) -> None:
    if not document.title.strip():
        raise InvalidError("document_without_title", "give the paper a title")
    if not 0 < len(document.content) <= DOCUMENT_BYTES_MAX:
        raise InvalidError(
            "document_size", "the file is empty or too large", maximum=DOCUMENT_BYTES_MAX
        )
    signature = SIGNATURES.get(document.media_type)
    if signature is None or not document.content.startswith(signature):
        raise InvalidError("document_kind", "hand in a PDF, a JPEG or a PNG")
