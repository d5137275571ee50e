"""Putting clocks right: proposals from receipts, decided by a person, the original kept."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from cold_chain.models import ClockCorrection, CorrectedBlock, RetimedReading
from cold_chain.rules.clocks import (
    CORRECTION_STEPS,
    Envelope,
    Proposal,
    corrected_us,
    propose,
)
from cold_chain.rules.intake import classify, is_clock_fault
from cold_chain.rules.moments import SECOND_US, from_us, to_us
from cold_chain.values import CorrectionState
from kernel.errors import ConflictError, NotFoundError

REACH = timedelta(days=1)
"""How far a clock behind by hours may lie outside of the stretch that is looked at."""

ENVELOPES = text(
    """
WITH seen AS (
    SELECT block_id, min(at) AS first_at, max(at) AS last_at FROM (
        SELECT block_id, at FROM readings WHERE at >= :low AND at <= :high
        UNION ALL
        SELECT block_id, at FROM clock_faults
    ) AS every GROUP BY block_id
)
SELECT block.device_id, block.seq, block.received_at, seen.first_at, seen.last_at,
       channel.sampling_interval_s
FROM raw_blocks AS block
JOIN seen ON seen.block_id = block.id
JOIN device_channels AS channel
  ON channel.device_id = block.device_id AND channel.kind = 'temperature' AND channel.is_primary
WHERE block.received_at >= :since
  AND NOT EXISTS (SELECT FROM corrected_blocks WHERE block_id = block.id)
ORDER BY block.device_id, block.seq
"""
)
# What the blocks of a correction claim, whether it was believed or set aside.
CLAIMED = text(
    """
SELECT block.id AS block_id, block.received_at, claim.channel_id, claim.at,
       claim.centi_celsius
FROM raw_blocks AS block
JOIN (
    SELECT block_id, channel_id, at, centi_celsius FROM readings
    WHERE at >= :low AND at <= :high
      AND channel_id IN (SELECT id FROM device_channels WHERE device_id = :device_id)
    UNION ALL
    SELECT block_id, channel_id, at, centi_celsius FROM clock_faults
) AS claim ON claim.block_id = block.id
WHERE block.device_id = :device_id AND block.seq BETWEEN :from_seq AND :to_seq
ORDER BY block.seq, claim.channel_id, claim.at
"""
)
RECEIVED = text(
    "SELECT min(received_at) AS low, max(received_at) AS high FROM raw_blocks"
    " WHERE device_id = :device_id AND seq BETWEEN :from_seq AND :to_seq"
)
MARK_SHIPMENTS = text(
    """
UPDATE shipments SET dirty_at = coalesce(dirty_at, :at)
WHERE profile_code IS NOT NULL AND id IN (
    SELECT shipment_id FROM device_bindings WHERE device_id = :device_id
      AND from_at <= :high AND (to_at IS NULL OR to_at >= :low)
)
"""
)
MARK_ROLLUPS = text(
    """
INSERT INTO rollup_marks (channel_id, day)
SELECT channel_id, day FROM unnest(CAST(:channels AS bigint[]), CAST(:days AS date[]))
    AS touched (channel_id, day) ORDER BY channel_id, day
ON CONFLICT (channel_id, day) DO UPDATE SET day = excluded.day
"""
)
KNOWN = upsert(ClockCorrection).on_conflict_do_nothing().returning(ClockCorrection.id)


def propose_corrections(session: Session, *, since: datetime, at: datetime) -> int:
    """Look at the blocks received since a moment and propose what their clocks ask for.

    A proposal that is there already, whatever became of it, is not made again.
    """
    asked = {"since": since, "low": since - REACH, "high": at + REACH}
    by_device: defaultdict[tuple[int, int], list[Envelope]] = defaultdict(list)
    for row in session.execute(ENVELOPES, asked):
        by_device[row.device_id, row.sampling_interval_s].append(
            Envelope(row.seq, to_us(row.received_at), to_us(row.first_at), to_us(row.last_at))
        )
    rows = [
        _row(device_id, proposal, at=at)
        for (device_id, interval_s), envelopes in by_device.items()
        for proposal in propose(envelopes, interval_s * SECOND_US)
        if not _overlaps(session, device_id, proposal)
    ]
    return len(session.scalars(KNOWN, rows).all()) if rows else 0


def decide_correction(
    session: Session,
    correction_id: int,
    *,
    state: CorrectionState,
    actor: str,
    at: datetime,
    note: str,
) -> None:
    """Accept or reject a proposal, or withdraw what was accepted; needs a reason.

    Accepted readings count at their corrected moments from the next evaluation on; what the
    device claimed stays where it is. Withdrawing gives back exactly what was before.
    """
    if not note.strip():
        raise ConflictError("reason_missing", "a decision names its reason")
    row = session.execute(
        select(ClockCorrection).where(ClockCorrection.id == correction_id).with_for_update()
    ).scalar_one_or_none()
    if row is None:
        raise NotFoundError("correction_not_found", f"no correction {correction_id}")
    if state not in CORRECTION_STEPS[row.state]:
        raise ConflictError("correction_step", f"{row.state} cannot become {state}")
    touched: set[tuple[int, int]] = set()
    if state is CorrectionState.ACCEPTED:
        touched = _apply(session, row)
    elif state is CorrectionState.WITHDRAWN:
        touched = _take_back(session, row)
    session.execute(
        update(ClockCorrection)
        .where(ClockCorrection.id == correction_id)
        .values(state=state, decided_by=actor, decided_at=at, note=note.strip()[:300])
    )
    _mark(session, row.device_id, touched, at=at)


def _row(device_id: int, proposal: Proposal, *, at: datetime) -> dict[str, Any]:
    return {
        "device_id": device_id,
        "kind": proposal.kind,
        "from_seq": proposal.from_seq,
        "to_seq": proposal.to_seq,
        "offset_us": proposal.offset_us,
        "drift_ppb": proposal.drift_ppb,
        "base_at": from_us(proposal.base_us),
        "evidence": {
            "blocks": proposal.blocks,
            "least_lag_s": proposal.least_lag_us // SECOND_US,
            "uncertainty_s": proposal.uncertainty_us // SECOND_US,
        },
        "state": CorrectionState.PROPOSED,
        "proposed_at": at,
    }


def _overlaps(session: Session, device_id: int, proposal: Proposal) -> bool:
    """Tell whether somebody has to decide, or decided against, some of these blocks."""
    found = session.scalar(
        select(ClockCorrection.id)
        .where(
            ClockCorrection.device_id == device_id,
            ClockCorrection.state != CorrectionState.WITHDRAWN,
            ClockCorrection.from_seq <= proposal.to_seq,
            ClockCorrection.to_seq >= proposal.from_seq,
        )
        .limit(1)
    )
    return found is not None


def _claims(session: Session, row: ClockCorrection) -> list[Any]:
    asked = {"device_id": row.device_id, "from_seq": row.from_seq, "to_seq": row.to_seq}
    received = session.execute(RECEIVED, asked).one()
    bounds = {"low": received.low - 40 * REACH, "high": received.high + REACH}
    return list(session.execute(CLAIMED, asked | bounds))


def _apply(session: Session, row: ClockCorrection) -> set[tuple[int, int]]:
    claims = _claims(session, row)
    blocks = sorted({claim.block_id for claim in claims})
    if not blocks:
        return set()
    session.execute(
        insert(CorrectedBlock),
        [{"block_id": block, "correction_id": row.id} for block in blocks],
    )
    touched, readings = set(), []
    for claim in claims:
        at_us = corrected_us(
            to_us(claim.at),
            offset_us=row.offset_us,
            drift_ppb=row.drift_ppb,
            base_us=to_us(row.base_at),
        )
        quality = classify(claim.centi_celsius, from_us(at_us), received_at=claim.received_at)
        touched |= {(claim.channel_id, to_us(claim.at)), (claim.channel_id, at_us)}
        if at_us != to_us(claim.at) and not is_clock_fault(quality):
            readings.append(
                {
                    "channel_id": claim.channel_id,
                    "at": from_us(at_us),
                    "device_at": claim.at,
                    "centi_celsius": claim.centi_celsius,
                    "quality": quality,
                    "block_id": claim.block_id,
                }
            )
    if readings:
        session.execute(upsert(RetimedReading).on_conflict_do_nothing(), readings)
    return touched


def _take_back(session: Session, row: ClockCorrection) -> set[tuple[int, int]]:
    rows = session.execute(
        text(
            "DELETE FROM retimed_readings USING corrected_blocks AS block"
            " WHERE retimed_readings.block_id = block.block_id AND block.correction_id = :id"
            " RETURNING channel_id, at, device_at"
        ),
        {"id": row.id},
    ).all()
    session.execute(
        text("DELETE FROM corrected_blocks WHERE correction_id = :id"), {"id": row.id}
    )
    return {(one.channel_id, to_us(at)) for one in rows for at in (one.at, one.device_at)}


def _mark(
    session: Session, device_id: int, touched: Iterable[tuple[int, int]], *, at: datetime
) -> None:
    moments = sorted(touched)
    if not moments:
        return
    ats = [moment for _, moment in moments]
    session.execute(
        MARK_SHIPMENTS,
        {
            "device_id": device_id,
            "low": from_us(min(ats)),
            "high": from_us(max(ats)),
            "at": at,
        },
    )
    days = sorted({(channel, from_us(one).date().isoformat()) for channel, one in moments})
    session.execute(
        MARK_ROLLUPS,
        {
            "channels": "{" + ",".join(str(channel) for channel, _ in days) + "}",
            "days": "{" + ",".join(day for _, day in days) + "}",
        },
    )
