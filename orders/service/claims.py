"""Commands on claims; states move only along `rules.claims.CLAIM_STEPS`."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.orm import Session

from orders.errors import ClaimNotFoundError, ClaimUploadNotFoundError
from orders.models import Claim, ClaimEvent, ClaimLine, ClaimPhoto, ClaimUpload
from orders.rules import claims as rules
from orders.values import (
    ClaimHead,
    ClaimLineHead,
    ClaimState,
    ClaimStep,
    Condition,
    NewClaim,
    Photo,
    Waybill,
)

REVALUE = text("""
    UPDATE claim_lines line SET minor = decided.minor
    FROM unnest(CAST(:lines AS bigint[]), CAST(:minors AS bigint[])) AS decided (id, minor)
    WHERE line.claim_id = :claim AND line.order_line_id = decided.id
""")
COMPENSATED = text("""
    UPDATE order_lines line SET compensated_minor = line.compensated_minor + paid.minor
    FROM unnest(CAST(:lines AS bigint[]), CAST(:minors AS bigint[])) AS paid (id, minor)
    WHERE line.id = paid.id
""")


def open_claim(
    session: Session, new: NewClaim, shares: Mapping[int, int], step: ClaimStep
) -> int:
    """Write a claim with its lines and photos and return its id.

    `shares` is what the packs of each line come to before grading, in fen of the gross.
    """
    claim_id = session.scalars(
        insert(Claim)
        .values(
            order_number=new.order_number,
            kind=new.kind,
            state=ClaimState.REQUESTED,
            key=new.key,
            words=new.words,
            percent=new.percent,
            bearer=new.bearer,
            person_id=new.person_id,
            created_at=step.at,
            cause=new.cause,
            freight_bearer=new.freight_bearer,
            due_at=new.due_at,
        )
        .returning(Claim.id)
    ).one()
    _write_lines(session, claim_id, new, shares)
    _tell(session, claim_id, step)
    return claim_id


def _write_lines(
    session: Session, claim_id: int, new: NewClaim, shares: Mapping[int, int]
) -> None:
    """Write what a claim is about, and its photos."""
    session.execute(
        insert(ClaimLine),
        [
            {
                "claim_id": claim_id,
                "order_line_id": line.order_line_id,
                "packs": line.packs,
                "share_minor": shares[line.order_line_id],
                "minor": line.minor,
            }
            for line in new.lines
        ],
    )
    if new.photos:
        session.execute(
            insert(ClaimPhoto),
            [
                {
                    "claim_id": claim_id,
                    "jpeg": photo.jpeg,
                    "width": photo.width,
                    "height": photo.height,
                }
                for photo in new.photos
            ],
        )


def lock_claim(session: Session, claim_id: int) -> ClaimHead:
    """Lock a claim; its order is locked before it. Raises `ClaimNotFoundError`."""
    row = session.execute(
        select(
            Claim.id,
            Claim.order_number,
            Claim.kind,
            Claim.state,
            Claim.percent,
            Claim.bearer,
            Claim.person_id,
            Claim.offered_percent,
            Claim.due_at,
        )
        .where(Claim.id == claim_id)
        .with_for_update()
    ).one_or_none()
    if row is None:
        raise ClaimNotFoundError(claim_id)
    lines = session.execute(
        select(ClaimLine.order_line_id, ClaimLine.packs, ClaimLine.minor)
        .where(ClaimLine.claim_id == claim_id)
        .order_by(ClaimLine.order_line_id)
    )
    return ClaimHead(*row, lines=tuple(ClaimLineHead(*line) for line in lines))


def step_claim(
    session: Session,
    claim: ClaimHead,
    step: ClaimStep,
    *,
    offered_percent: int | None = None,
    waybill: Waybill | None = None,
) -> None:
    """Move a locked claim along the table; to settle one is `settle_claim`."""
    rules.check_claim_step(claim.claim_id, claim.state, step.state)
    values: dict[str, object] = {"state": step.state, "due_at": step.due_at}
    if offered_percent is not None:
        values["offered_percent"] = offered_percent
    if waybill is not None:
        values |= {"waybill_carrier": waybill.carrier, "waybill_number": waybill.number}
    session.execute(update(Claim).where(Claim.id == claim.claim_id).values(values))
    _tell(session, claim.claim_id, step)


def settle_claim(
    session: Session,
    claim: ClaimHead,
    refund_id: int,
    step: ClaimStep,
    *,
    automatic: bool = False,
    replacement_number: str | None = None,
) -> None:
    """Note which refund pays a locked claim, by whose word, and which order it paid anew."""
    rules.check_claim_step(claim.claim_id, claim.state, step.state)
    session.execute(
        update(Claim)
        .where(Claim.id == claim.claim_id)
        .values(
            state=step.state,
            refund_id=refund_id,
            bearer=claim.bearer,
            is_automatic=automatic,
            replacement_number=replacement_number,
            due_at=None,
        )
    )
    grade_claim(session, claim)
    _tell(session, claim.claim_id, step)


def grade_claim(session: Session, claim: ClaimHead) -> None:
    """Write what a locked claim comes to by now, in percent and line by line."""
    session.execute(
        update(Claim).where(Claim.id == claim.claim_id).values(percent=claim.percent)
    )
    session.execute(
        REVALUE,
        {
            "claim": claim.claim_id,
            "lines": [line.order_line_id for line in claim.lines],
            "minors": [line.minor for line in claim.lines],
        },
    )


def _tell(session: Session, claim_id: int, step: ClaimStep) -> None:
    session.execute(
        insert(ClaimEvent).values(
            claim_id=claim_id,
            state=step.state,
            actor=step.actor,
            reason=step.reason,
            at=step.at,
        )
    )


def note_condition(session: Session, claim: ClaimHead, condition: Condition) -> None:
    """Note how the goods of a locked claim were found."""
    session.execute(update(Claim).where(Claim.id == claim.claim_id).values(condition=condition))


def keep_upload(
    session: Session, group_number: str, reference: str, photo: Photo, *, at: datetime
) -> None:
    """Keep a picture for a claim of this order that is yet to come."""
    session.execute(
        insert(ClaimUpload).values(
            reference=reference,
            group_number=group_number,
            jpeg=photo.jpeg,
            width=photo.width,
            height=photo.height,
            created_at=at,
        )
    )


def take_uploads(
    session: Session, group_number: str, references: Sequence[str]
) -> tuple[Photo, ...]:
    """Take pictures out that were kept for this order; raises `ClaimUploadNotFoundError`."""
    rows = session.execute(
        delete(ClaimUpload)
        .where(ClaimUpload.reference.in_(references), ClaimUpload.group_number == group_number)
        .returning(
            ClaimUpload.reference, ClaimUpload.jpeg, ClaimUpload.width, ClaimUpload.height
        )
    )
    found = {row.reference: Photo(bytes(row.jpeg), row.width, row.height) for row in rows}
    if len(found) < len(set(references)):
        raise ClaimUploadNotFoundError
    return tuple(found[one] for one in dict.fromkeys(references))


def forget_uploads(session: Session, *, before: datetime) -> int:
    """Drop pictures nobody claimed anything with; return how many there were."""
    gone = delete(ClaimUpload).where(ClaimUpload.created_at < before)
    return len(session.scalars(gone.returning(ClaimUpload.reference)).all())


def record_compensation(session: Session, minors: Mapping[int, int]) -> None:
    """Add to what others than the seller paid back of each line's gross, by line id."""
    session.execute(
        COMPENSATED, {"lines": list(minors), "minors": [minors[line] for line in minors]}
    )


def wait_for_buyer(session: Session, person_id: int) -> None:
    """Let one buyer's claims be granted one after the other, until the transaction ends."""
    session.execute(select(func.pg_advisory_xact_lock(func.hashtext("claims"), person_id)))
