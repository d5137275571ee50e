"""Commands on events and blocks: begin, write, publish, withdraw; none commits.

The row of the piece is locked first, so that revisions are counted without gaps and whoever
writes over what somebody else wrote in between is told.
"""

import secrets
from datetime import datetime

import msgspec
from sqlalchemy import insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from catalog.errors import PieceIncompleteError, PieceNotFoundError
from catalog.listing import editorial as reading
from catalog.models import EditorialStep, Piece, ProductPhoto, Revision
from catalog.rules import editorial as rules
from catalog.values.editorial import PieceKind, PiecePlan, PieceStep
from kernel.errors import ConflictError

CODE_BYTES = 5


def begin_piece(
    session: Session,
    kind: PieceKind,
    code: str,
    plan: PiecePlan,
    *,
    actor: str,
    at: datetime,
    is_sample: bool = False,
) -> str:
    """Begin an event under the code of its address, or a block; return its code.

    A block without a code gets one. Raises `InvalidError`, and `ConflictError`
    `piece_code_taken`.
    """
    rules.check_plan(plan)
    if kind is PieceKind.EVENT or code:
        rules.check_code(code)
    else:
        code = f"{kind.value}-{secrets.token_hex(CODE_BYTES)}"
    written = session.scalar(
        upsert(Piece)
        .values(code=code, kind=kind, is_sample=is_sample)
        .on_conflict_do_nothing()
        .returning(Piece.code)
    )
    if written is None:
        raise ConflictError("piece_code_taken", f"{code} is taken", code=code)
    _append(session, code, 1, plan, actor=actor, at=at)
    return code


def write_piece(
    session: Session,
    code: str,
    plan: PiecePlan,
    *,
    based_on: int,
    actor: str,
    at: datetime,
) -> int:
    """Keep what was written as the next revision; return its number.

    The same as the last one again writes nothing. Raises `InvalidError`, `PieceNotFoundError`,
    and `ConflictError` `piece_changed` where somebody else wrote after `based_on`.
    """
    rules.check_plan(plan)
    _lock(session, code)
    last = _find(session, code, None)
    if reading.read_plan(last.plan) == plan:
        return last.number
    if last.number != based_on:
        raise ConflictError("piece_changed", f"{code} was written by somebody else")
    number = last.number + 1
    _append(session, code, number, plan, actor=actor, at=at)
    return number


def publish_piece(
    session: Session, code: str, number: int, *, actor: str, at: datetime
) -> None:
    """Show buyers a revision once its time has come: the last one, or an earlier one again.

    Repeating changes nothing. A photo that was sent for it may be seen by everybody from then
    on. Raises `PieceIncompleteError` with every fault, `PieceNotFoundError`.
    """
    kind = _lock(session, code)
    revision = _find(session, code, number)
    plan = reading.read_plan(revision.plan)
    faults = [*rules.find_missing(kind, plan), *reading.find_unknown(session, plan)]
    if faults:
        raise PieceIncompleteError(len(faults))
    if _shown(session, code) == revision.id:
        return
    if plan.picture:
        session.execute(
            update(ProductPhoto)
            .where(ProductPhoto.stem == plan.picture, ProductPhoto.is_public.is_(False))
            .values(is_public=True)
        )
    _step(session, code, PieceStep.PUBLISHED, revision.id, actor=actor, at=at)


def withdraw_piece(session: Session, code: str, *, actor: str, at: datetime) -> None:
    """Show a piece to nobody any more; doing so again changes nothing."""
    _lock(session, code)
    if _shown(session, code) is not None:
        _step(session, code, PieceStep.WITHDRAWN, None, actor=actor, at=at)


def _lock(session: Session, code: str) -> PieceKind:
    kind = session.scalar(select(Piece.kind).where(Piece.code == code).with_for_update())
    if kind is None:
        raise PieceNotFoundError(code)
    return kind


def _find(session: Session, code: str, number: int | None) -> Revision:
    wanted = select(Revision).where(Revision.piece_code == code)
    if number is not None:
        wanted = wanted.where(Revision.number == number)
    found = session.scalars(wanted.order_by(Revision.number.desc()).limit(1)).one_or_none()
    if found is None:
        raise PieceNotFoundError(code)
    return found


def _shown(session: Session, code: str) -> int | None:
    """Return the id of the revision buyers are shown, or None."""
    return session.scalar(
        select(EditorialStep.revision_id)
        .where(EditorialStep.piece_code == code)
        .order_by(EditorialStep.id.desc())
        .limit(1)
    )


def _append(
    session: Session, code: str, number: int, plan: PiecePlan, *, actor: str, at: datetime
) -> None:
    place = plan.place or None
    known = place is None or session.scalar(
        select(Piece.code).where(Piece.code == place, Piece.kind == PieceKind.EVENT)
    )
    if not known:
        raise PieceNotFoundError(plan.place)
    session.execute(
        insert(Revision).values(
            piece_code=code,
            number=number,
            place_code=place,
            position=plan.position,
            starts_at=plan.starts_at,
            ends_at=plan.ends_at,
            plan=msgspec.to_builtins(plan),
            actor=actor,
            at=at,
        )
    )


def _step(
    session: Session,
    code: str,
    step: PieceStep,
    revision_id: int | None,
    *,
    actor: str,
    at: datetime,
) -> None:
    session.execute(
        insert(EditorialStep).values(
            piece_code=code, step=step, revision_id=revision_id, actor=actor, at=at
        )
    )
