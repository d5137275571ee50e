"""Note what is done about the advance of a contract: paid, claimed back, waived."""

from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from households.models import ContractAdvance, ContractVersion, LinkageContract
from households.rules import advances as rules
from households.values import AdvanceMove, AdvanceNoted, ContractVersionId
from kernel.errors import ConflictError, InvalidError, NotFoundError


def note_advance(
    session: Session, version_id: ContractVersionId, *, actor: str, at: datetime
) -> AdvanceNoted | None:
    """Note the advance a contract pays when its first version comes into force.

    None for a contract without one, with all producers, or with an earlier version in force or
    ended: a contract pays in advance once. The caller holds the contract's lock.
    """
    version = session.get_one(ContractVersion, version_id)
    contract = session.get_one(LinkageContract, version.contract_id)
    minor = rules.advance_of(contract.model_code, version.terms)
    if contract.household_id is None or minor == 0:
        return None
    earlier = session.scalar(
        select(func.count()).where(
            ContractVersion.contract_id == contract.id,
            ContractVersion.id != version_id,
            ContractVersion.activated_at.is_not(None),
        )
    )
    if earlier or session.get(ContractAdvance, (contract.id, 0)) is not None:
        return None
    return _note(session, contract, AdvanceMove.PAID, (minor, None), actor=actor, at=at)


def note_closing(
    session: Session,
    contract_code: str,
    move: AdvanceMove,
    open_minor: int,
    reason: str,
    *,
    actor: str,
    today: date,
    at: datetime,
) -> AdvanceNoted:
    """Note what becomes of an advance no goods came for, once its contract has ended.

    The caller holds the contract's lock. Raises `InvalidError` without a reason,
    `ConflictError` while the contract runs and when nothing is open.
    """
    written = reason.strip()
    if not 0 < len(written) <= rules.REASON_LENGTH:
        raise InvalidError("advance_reason_missing", "a reason is needed", field="reason")
    contract = session.scalars(
        select(LinkageContract).where(LinkageContract.code == contract_code)
    ).one_or_none()
    if contract is None:
        raise NotFoundError("contract_not_found", "there is no such contract")
    running = session.scalar(
        select(func.count()).where(
            ContractVersion.contract_id == contract.id,
            ContractVersion.activated_at.is_not(None),
            func.coalesce(ContractVersion.effective_to, date.max) >= today,
        )
    )
    if running:
        raise ConflictError("advance_contract_runs", f"{contract_code} has not ended")
    if open_minor <= 0:
        raise ConflictError("advance_not_open", f"{contract_code} has no open advance")
    return _note(session, contract, move, (open_minor, written), actor=actor, at=at)


def _note(
    session: Session,
    contract: LinkageContract,
    move: AdvanceMove,
    what: tuple[int, str | None],
    *,
    actor: str,
    at: datetime,
) -> AdvanceNoted:
    last = session.scalar(
        select(func.max(ContractAdvance.number)).where(
            ContractAdvance.contract_id == contract.id
        )
    )
    row = ContractAdvance(
        contract_id=contract.id,
        number=0 if last is None else last + 1,
        move=move,
        minor=what[0],
        reason=what[1],
        decided_by=actor,
        at=at,
    )
    session.add(row)
    session.flush()
    if contract.household_id is None:
        raise TypeError(contract.code)
    return AdvanceNoted(
        contract_code=contract.code,
        organisation_code=contract.organisation_code,
        household_id=contract.household_id,
        number=row.number,
        move=move,
        minor=row.minor,
    )
