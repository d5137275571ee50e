"""Corrections of clocks, as they were proposed and decided on."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from cold_chain.models import ClockCorrection, Device
from cold_chain.values import ClockErrorKind, CorrectionState


@dataclass(frozen=True, slots=True)
class CorrectionRow:
    """One correction: what was wrong, in which blocks, by how much, who decided."""

    correction_id: int
    device_code: str
    kind: ClockErrorKind
    from_seq: int
    to_seq: int
    offset_s: float
    drift_ppm: float
    blocks: int
    uncertainty_s: int
    state: CorrectionState
    proposed_at: datetime
    decided_by: str
    decided_at: datetime | None
    note: str


def list_corrections(session: Session, *, limit: int = 50) -> list[CorrectionRow]:
    """Return corrections, those that wait for a decision first, newest first."""
    waits = (ClockCorrection.state == CorrectionState.PROPOSED).desc()
    rows = session.execute(
        select(ClockCorrection, Device.code)
        .join(Device, Device.id == ClockCorrection.device_id)
        .order_by(waits, ClockCorrection.id.desc())
        .limit(limit)
    )
    return [
        CorrectionRow(
            correction_id=one.id,
            device_code=code,
            kind=one.kind,
            from_seq=one.from_seq,
            to_seq=one.to_seq,
            offset_s=one.offset_us / 1_000_000,
            drift_ppm=one.drift_ppb / 1000,
            blocks=int(one.evidence["blocks"]),
            uncertainty_s=int(one.evidence["uncertainty_s"]),
            state=one.state,
            proposed_at=one.proposed_at,
            decided_by=one.decided_by,
            decided_at=one.decided_at,
            note=one.note,
        )
        for one, code in rows
    ]
