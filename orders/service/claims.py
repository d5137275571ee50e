"""Commands on claims; states move only along `rules.claims.CLAIM_STEPS`."""

from collections.abc import Mapping

from sqlalchemy import func, insert, select, text, update
from sqlalchemy.orm import Session

from orders.errors import ClaimNotFoundError
from orders.models import Claim, ClaimEvent, ClaimLine, ClaimPhoto
from orders.rules import claims as rules
from orders.values import ClaimHead, ClaimLineHead, ClaimState, ClaimStep, NewClaim

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
        )
        .returning(Claim.id)
    ).one()
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
    _tell(session, claim_id, step)
    return claim_id


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


def step_claim(session: Session, claim: ClaimHead, step: ClaimStep) -> None:
    """Move a locked claim along the table; to settle one is `settle_claim`."""
    rules.check_claim_step(claim.claim_id, claim.state, step.state)
    session.execute(update(Claim).where(Claim.id == claim.claim_id).values(state=step.state))
    _tell(session, claim.claim_id, step)


def settle_claim(
    session: Session, claim: ClaimHead, refund_id: int, step: ClaimStep, *, automatic: bool
) -> None:
    """Note which refund pays a locked claim, and by whose word."""
    rules.check_claim_step(claim.claim_id, claim.state, step.state)
    session.execute(
        update(Claim)
        .where(Claim.id == claim.claim_id)
        .values(
            state=step.state,
            refund_id=refund_id,
            percent=claim.percent,
            bearer=claim.bearer,
            is_automatic=automatic,
        )
    )
    session.execute(
        REVALUE,
        {
            "claim": claim.claim_id,
            "lines": [line.order_line_id for line in claim.lines],
            "minors": [line.minor for line in claim.lines],
        },
    )
    _tell(session, claim.claim_id, step)


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


def record_compensation(session: Session, minors: Mapping[int, int]) -> None:
    """Add to what others than the seller paid back of each line's gross, by line id."""
    session.execute(
        COMPENSATED, {"lines": list(minors), "minors": [minors[line] for line in minors]}
    )


def wait_for_buyer(session: Session, person_id: int) -> None:
    """Let one buyer's claims be granted one after the other, until the transaction ends."""
    session.execute(select(func.pg_advisory_xact_lock(func.hashtext("claims"), person_id)))
