"""Remember what orders wait for by bank transfer, what the bank told, and what was decided."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from kernel.errors import ConflictError, InvalidError, NotFoundError
from payments.errors import RowFault, StatementRefusedError
from payments.models import BankDecision, BankRow, BankStatement, TransferRequest
from payments.rules import transfers as rules
from payments.service.buyers import lock, start
from payments.values import Provider
from payments.values.transfers import (
    Decider,
    LockedRequest,
    LockedRow,
    RowWord,
    StatementRow,
)

IMPORT_LOCK = 7_312_013
"""Advisory lock: one statement is taken in at a time."""
MAX_REASON = 300


def open_transfer(
    session: Session,
    group_number: str,
    *,
    amount_minor: int,
    at: datetime,
    expires_at: datetime,
) -> str:
    """Open the attempt of a group to be paid by bank transfer and return its match code."""
    code = rules.new_code()
    session.execute(
        insert(TransferRequest).values(
            group_number=group_number,
            code=code,
            amount_minor=amount_minor,
            opened_at=at,
            expires_at=expires_at,
        )
    )
    start(
        session,
        group_number=group_number,
        provider=Provider.BANK_TRANSFER,
        reference=code,
        amount_minor=amount_minor,
        at=at,
    )
    return code


def has_received(session: Session, group_number: str) -> bool:
    """Say whether anything was matched to a group; its row must be locked by the caller."""
    return bool(
        session.scalar(
            select(TransferRequest.received_minor > 0).where(
                TransferRequest.group_number == group_number
            )
        )
    )


@dataclass(frozen=True, slots=True)
class Taken:
    """What taking a statement in came to."""

    statement_id: int
    rows: Mapping[int, StatementRow]
    """The new rows by their number here."""
    repeated: int


def take_statement(
    session: Session,
    read: rules.ReadStatement,
    sha256: str,
    *,
    by: int | None,
    at: datetime,
) -> Taken:
    """Keep the rows nobody has seen before; all of them or none.

    A row with the reference of another payment is refused with all its neighbours. Raises
    `StatementRefusedError`.
    """
    session.execute(select(func.pg_advisory_xact_lock(IMPORT_LOCK)))
    known = _known(session, read.rows)
    faults = [
        RowFault(row.row, "bank_row_reference_twice", row.reference)
        for row in read.rows
        if row.reference in known and known[row.reference] != row.identity
    ]
    if faults or read.faults:
        raise StatementRefusedError(sorted([*read.faults, *faults], key=lambda one: one.row))
    fresh = [row for row in read.rows if row.reference not in known]
    statement_id = session.execute(
        insert(BankStatement)
        .values(
            sha256=sha256,
            taken=len(fresh),
            repeated=len(read.rows) - len(fresh),
            outgoing=read.outgoing,
            imported_by=by,
            at=at,
        )
        .returning(BankStatement.id)
    ).scalar_one()
    rows = _keep(session, statement_id, fresh, at)
    return Taken(statement_id, rows, len(read.rows) - len(fresh))


def _known(session: Session, rows: Sequence[StatementRow]) -> dict[str, str]:
    found = session.execute(
        select(BankRow.reference, BankRow.identity).where(
            BankRow.reference.in_([row.reference for row in rows])
        )
    )
    return {row.reference: row.identity for row in found}


def _keep(
    session: Session, statement_id: int, fresh: Sequence[StatementRow], at: datetime
) -> dict[int, StatementRow]:
    if not fresh:
        return {}
    told = {row.reference: row for row in fresh}
    kept = session.execute(
        upsert(BankRow)
        .values(
            [
                {
                    "statement_id": statement_id,
                    "row": row.row,
                    "reference": row.reference,
                    "identity": row.identity,
                    "booked_on": row.booked_on,
                    "amount_minor": row.minor,
                    "left_minor": row.minor,
                    "payer_name": row.payer_name,
                    "payer_account": row.payer_account,
                    "remark": row.remark,
                    "at": at,
                }
                for row in fresh
            ]
        )
        .returning(BankRow.id, BankRow.reference)
    )
    return {row.id: told[row.reference] for row in kept}


def lock_row(session: Session, row_id: int) -> LockedRow:
    """Lock a statement row; raises `NotFoundError`."""
    row = session.execute(
        select(
            BankRow.id,
            BankRow.reference,
            BankRow.booked_on,
            BankRow.left_minor,
            BankRow.remark,
        )
        .where(BankRow.id == row_id)
        .with_for_update()
    ).one_or_none()
    if row is None:
        raise NotFoundError("bank_row_not_found", f"no bank row {row_id}")
    return LockedRow(*row)


def lock_request(session: Session, group_number: str) -> LockedRequest:
    """Lock the attempt of a group and return what it waits for; raises `NotFoundError`."""
    code = session.scalar(
        select(TransferRequest.code).where(TransferRequest.group_number == group_number)
    )
    if code is None:
        raise NotFoundError(
            "transfer_not_found", f"{group_number} waits for no transfer", number=group_number
        )
    lock(session, Provider.BANK_TRANSFER, code)
    row = session.execute(
        select(
            TransferRequest.group_number,
            TransferRequest.code,
            TransferRequest.amount_minor,
            TransferRequest.received_minor,
        )
        .where(TransferRequest.group_number == group_number)
        .with_for_update()
    ).one()
    return LockedRequest(*row)


def record_match(
    session: Session,
    row: LockedRow,
    request: LockedRequest,
    minor: int,
    who: Decider,
    *,
    at: datetime,
) -> int:
    """Note that money of a row belongs to an order and return the decision's number.

    Raises `ConflictError` for more than the row has left or the order waits for.
    """
    if not 0 < minor <= request.due_minor:
        raise ConflictError("transfer_too_much", f"{request.due_minor} fen are still to come")
    decision = _decide(
        session, row, RowWord.MATCHED, minor, who, group_number=request.group_number, at=at
    )
    _receive(session, request.group_number, minor)
    return decision


def record_return(
    session: Session,
    row: LockedRow,
    minor: int,
    bank_reference: str,
    who: Decider,
    *,
    at: datetime,
) -> int:
    """Note that money of a row was sent back and return the decision's number."""
    known = session.scalar(
        select(BankDecision.id).where(BankDecision.bank_reference == bank_reference)
    )
    if known is not None:
        raise ConflictError("bank_return_known", f"{bank_reference} was noted before")
    return _decide(
        session, row, RowWord.RETURNED, minor, who, bank_reference=bank_reference, at=at
    )


def lock_matched_rows(session: Session, group_number: str) -> dict[int, LockedRow]:
    """Lock the rows whose money was matched to a group, by id."""
    held = _held(session, group_number)
    return {row_id: lock_row(session, row_id) for row_id in sorted(held)}


def record_releases(
    session: Session,
    request: LockedRequest,
    rows: Mapping[int, LockedRow],
    who: Decider,
    *,
    at: datetime,
) -> list[tuple[int, int, int]]:
    """Take every match of a group back: (decision, row id, fen).

    Raises `ConflictError` when money of a row that is not locked was matched meanwhile.
    """
    held = _held(session, request.group_number)
    if held.keys() - rows.keys():
        raise ConflictError("bank_row_changed", "more was matched meanwhile")
    released = []
    for row_id, minor in sorted(held.items()):
        decision = _decide(
            session,
            rows[row_id],
            RowWord.RELEASED,
            minor,
            who,
            group_number=request.group_number,
            at=at,
        )
        released.append((decision, row_id, minor))
    _receive(session, request.group_number, -sum(minor for _, _, minor in released))
    return released


def _held(session: Session, group_number: str) -> dict[int, int]:
    rows = session.execute(
        select(
            BankDecision.row_id,
            func.sum(
                case(
                    (BankDecision.word == RowWord.RELEASED, -BankDecision.amount_minor),
                    else_=BankDecision.amount_minor,
                )
            ),
        )
        .where(BankDecision.group_number == group_number)
        .group_by(BankDecision.row_id)
    )
    return {row_id: int(minor) for row_id, minor in rows if minor}


def mark_looked(session: Session, row_id: int, *, at: datetime) -> None:
    """Note that a row was held against the codes of waiting orders."""
    session.execute(update(BankRow).where(BankRow.id == row_id).values(looked_at=at))


def checked_reason(reason: str) -> str:
    """Return a reason without blanks around it; raises `InvalidError` when there is none."""
    plain = reason.strip()
    if not plain or len(plain) > MAX_REASON:
        raise InvalidError("bank_reason_missing", "a reason is needed", maximum=MAX_REASON)
    return plain


def _receive(session: Session, group_number: str, minor: int) -> None:
    session.execute(
        update(TransferRequest)
        .where(TransferRequest.group_number == group_number)
        .values(received_minor=TransferRequest.received_minor + minor)
    )


def _decide(
    session: Session,
    row: LockedRow,
    word: RowWord,
    minor: int,
    who: Decider,
    *,
    at: datetime,
    group_number: str | None = None,
    bank_reference: str | None = None,
) -> int:
    taken = -minor if word is RowWord.RELEASED else minor
    if minor <= 0 or taken > row.left_minor:
        raise ConflictError("bank_row_short", f"row {row.row_id} has {row.left_minor} fen left")
    session.execute(
        update(BankRow)
        .where(BankRow.id == row.row_id)
        .values(left_minor=BankRow.left_minor - taken)
    )
    return session.execute(
        insert(BankDecision)
        .values(
            row_id=row.row_id,
            word=word,
            group_number=group_number,
            amount_minor=minor,
            bank_reference=bank_reference,
            actor=who.actor,
            reason=checked_reason(who.reason),
            at=at,
        )
        .returning(BankDecision.id)
    ).scalar_one()
