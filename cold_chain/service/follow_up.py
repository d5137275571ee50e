"""What people do about excursions and gaps; each takes one or many and writes every step."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from cold_chain.errors import (
    CaseNotFoundError,
    CaseStateError,
    CauseMissingError,
    ReasonMissingError,
    SecondPersonNeededError,
)
from cold_chain.models import ExcursionCase, ExcursionStep, GapCase, GapStep
from cold_chain.rules.cases import BY_PERSONS, EXCURSION_STEPS, GAP_STEPS
from cold_chain.service.gaps import ACTOR
from cold_chain.service.steps import lock
from cold_chain.values import ExcursionMove, ExcursionState, GapMove, GapState

E = ExcursionState
G = GapState


def follow_up(session: Session, *moves: ExcursionMove) -> None:
    """Take excursions further: acknowledge, assess with a cause, resolve or uphold, close.

    One that is over counts as recovered as soon as somebody has taken notice. Raises a
    `CaseError` for a step out of order, an assessment without cause, a decision without a
    reason.
    """
    cases = _lock_excursions(session, [one.case_id for one in moves])
    for move in moves:
        case = cases[move.case_id]
        if move.state not in BY_PERSONS or move.state not in EXCURSION_STEPS[case.state]:
            raise CaseStateError(case.id, case.state.value, move.state.value)
        if move.state is E.ASSESSED and move.cause is None:
            raise CauseMissingError
        if move.state in {E.RESOLVED, E.UPHELD} and not move.note.strip():
            raise ReasonMissingError
        _take(session, case, move)
        if move.state is E.ACKNOWLEDGED and case.is_over:
            _take(
                session,
                case,
                ExcursionMove(case_id=case.id, state=E.RECOVERED, at=move.at, actor=ACTOR),
            )


def decide_gaps(session: Session, *moves: GapMove) -> None:
    """Ask for gaps to be accepted, accept them as a second person, or uphold them.

    Raises a `CaseError` without a reason or out of order, and `SecondPersonNeededError` when
    nobody else has asked for the gap as it now is.
    """
    cases = _lock_gaps(session, [one.case_id for one in moves])
    for move in moves:
        case = cases[move.case_id]
        is_request = move.state is G.OPEN and case.state is G.OPEN
        may = GAP_STEPS[case.state] & {G.ACCEPTED, G.UPHELD}
        if not is_request and move.state not in may:
            raise CaseStateError(case.id, case.state.value, move.state.value)
        if not move.note.strip():
            raise ReasonMissingError
        proposed_by = ""
        if move.state is G.ACCEPTED:
            proposed_by = _asked_by(session, case.id)
            if proposed_by in {"", move.actor}:
                raise SecondPersonNeededError
        case.state = move.state
        _add_gap_step(session, case, move, proposed_by)


def _take(session: Session, case: ExcursionCase, move: ExcursionMove) -> None:
    case.state = move.state
    if move.state is E.RESOLVED:
        case.is_added_back = True
    elif move.state is not E.CLOSED:
        case.is_added_back = False
    if move.state is E.ASSESSED:
        case.cause = move.cause
    session.execute(
        update(ExcursionCase)
        .where(ExcursionCase.id == case.id)
        .values(state=case.state, is_added_back=case.is_added_back, cause=case.cause)
        .execution_options(synchronize_session=False)
    )
    session.execute(
        insert(ExcursionStep).values(
            case_id=case.id,
            state=move.state,
            cause=move.cause if move.state is E.ASSESSED else None,
            evaluation_version=case.evaluation_version,
            at=move.at,
            actor=move.actor,
            note=move.note.strip(),
        )
    )


def _add_gap_step(session: Session, case: GapCase, move: GapMove, proposed_by: str) -> None:
    session.execute(
        update(GapCase)
        .where(GapCase.id == case.id)
        .values(state=case.state)
        .execution_options(synchronize_session=False)
    )
    session.execute(
        insert(GapStep).values(
            case_id=case.id,
            state=move.state,
            evaluation_version=case.evaluation_version,
            at=move.at,
            actor=move.actor,
            proposed_by=proposed_by,
            note=move.note.strip(),
        )
    )


def _asked_by(session: Session, case_id: int) -> str:
    """Return who asked for a gap as it now is to be accepted; empty if nobody did."""
    last = session.execute(
        select(GapStep.state, GapStep.actor)
        .where(GapStep.case_id == case_id)
        .order_by(GapStep.id.desc())
        .limit(1)
    ).one_or_none()
    if last is None or last.state is not G.OPEN or last.actor == ACTOR:
        return ""
    return str(last.actor)


def _lock_excursions(session: Session, case_ids: Iterable[int]) -> dict[int, ExcursionCase]:
    return _lock(session, ExcursionCase, case_ids)


def _lock_gaps(session: Session, case_ids: Iterable[int]) -> dict[int, GapCase]:
    return _lock(session, GapCase, case_ids)


def _lock(session: Session, kind: Any, case_ids: Iterable[int]) -> dict[int, Any]:
    """Lock the shipments of cases, as a judgement does, and return the cases as they stand."""
    wanted = sorted(set(case_ids))
    lock(session, session.scalars(select(kind.shipment_id).where(kind.id.in_(wanted))).all())
    rows = session.scalars(
        select(kind).where(kind.id.in_(wanted)).execution_options(populate_existing=True)
    ).all()
    found = {row.id: row for row in rows}
    for row in rows:
        session.expunge(row)
    for case_id in wanted:
        if case_id not in found:
            raise CaseNotFoundError(case_id)
    return found
