"""From the second approval to the bank's last answer: S1, the file, S2 or S3 for each line.

What the bank had paid and returns later is S2 in reverse, and then S3.

Row locks: the settlement, entitlements by line, ledger balances by account. Each step may
arrive twice: approvals count once a person, keys of postings name the line, a file is written
once, an answer is taken in once.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from households import service as households
from households.values import HouseholdId
from kernel import audit, outbox, policy, vault
from kernel.audit import Act
from kernel.clock import at_local_midnight, local_date
from kernel.errors import ConflictError, InvalidError
from ledger import service as ledger
from ledger.values import Book, Entry, Line, PostingKind
from payments import bank_batch
from payments import queries as payment_queries
from payments import service as payments
from payments.bank_batch.form import BatchFormat, Instruction
from payments.errors import AnswersRefusedError, RowFault
from payments.events import SettlementApproved
from payments.rules import answers as rules
from payments.rules import settlements as names
from payments.rules.answers import BankAnswer
from payments.service import Answered, Batch, NewFile, PayLine
from payments.values import FileLayout, Outcome, PeriodState, ReturnReason

WRITER: Final = "task:payouts"
LAYOUT: Final = "payout_file_layout"
WRITTEN: Final = frozenset(
    {
        PeriodState.BATCHED,
        PeriodState.SUBMITTED,
        PeriodState.ANSWERED,
        PeriodState.CANCELLED,
    }
)


def approve(session: Session, code: str, *, by: int, at: datetime) -> bool:
    """Write an approval; the second one books S1. Say whether the settlement is approved now.

    Raises `ForbiddenError` for its proposer, `ConflictError` when it is not proposed.
    """
    period = payments.lock_period(session, code)
    if not payments.approve(session, period, by=by, at=at):
        return False
    payments.fit_to_owed(session, period, at=at)
    lines = payments.create_batch(session, period, at=at)
    if not lines:
        return True
    payments.settle_parts(session, period)
    ledger.post_many(session, [_approved_entry(code, line, at) for line in lines])
    outbox.record(session, SettlementApproved(occurred_at=at, batch_code=code))
    return True


def write_file(session: Session, code: str, *, at: datetime) -> None:
    """Write the files of an approved settlement that the bank takes, sealed; written once.

    Accounts are opened here and nowhere else, with a row in the audit record. A line whose
    account or holder the bank's file could not carry is sent back at once.
    """
    period = payments.lock_period(session, code)
    if period.state in WRITTEN:
        return
    payments.ensure_state(period, PeriodState.APPROVED)
    batch = payments.find_batch(session, code)
    lines = payments.list_inflight(session, period.id)
    accounts = _open_accounts(session, code, lines, at)
    instructions = [
        Instruction(line.number, *accounts[line.owner], line.amount_minor)
        for line in lines
        if line.owner in accounts
    ]
    forms = bank_batch.FORMATS[_layout(session, at)]
    reasons = {
        line.number: ReturnReason.ACCOUNT_INVALID
        for line in lines
        if line.owner not in accounts
    }
    for form in forms:
        reasons |= form.unfit(instructions)
    instructions = [one for one in instructions if one.number not in reasons]
    _send_back(session, batch, lines, reasons, at)
    files = [_sealed(batch, instructions, form) for form in forms]
    if instructions:
        payments.store_files(session, period.id, batch, files, at=at)
    else:
        payments.mark_batched(session, period.id)
    audit.record(session, _opened(code, len(instructions), files[0].sha256, at))
    payments.close_when_answered(session, period.id, at=at)


def submit(session: Session, code: str, *, by: int, at: datetime) -> None:
    """Note that the bank has the file; noting it again changes nothing."""
    period = payments.lock_period(session, code)
    if period.state in {PeriodState.SUBMITTED, PeriodState.ANSWERED}:
        return
    payments.ensure_state(period, PeriodState.BATCHED)
    payments.ensure_not_asked(session, period)
    batch = payments.find_batch(session, code)
    payments.mark_submitted(session, period.id, batch, by=by, at=at)


def take_answers(
    session: Session,
    code: str,
    answers: Sequence[BankAnswer],
    sha256: str,
    *,
    faults: Sequence[RowFault] = (),
    by: int | None,
    at: datetime,
) -> tuple[int, int]:
    """Book the bank's answers, all or none: S2 for what it paid, S3 for what it returned.

    A return of what it had paid takes S2 back first.

    Returns how many were new and how many repeated. Raises `AnswersRefusedError` with every
    faulty row, `ConflictError` before the file was submitted.
    """
    period = payments.lock_period(session, code)
    if period.state not in {PeriodState.SUBMITTED, PeriodState.ANSWERED}:
        raise ConflictError("settlement_not_submitted", f"{code} was not submitted", code=code)
    batch = payments.find_batch(session, code)
    asked = payments.asked_of(session, period.id, batch, answers, local_date(at))
    matched = rules.match(answers, asked)
    if faults or matched.faults:
        every = sorted([*faults, *matched.faults], key=lambda one: one.row)
        raise AnswersRefusedError(every)
    counts = (len(matched.fresh) + len(matched.late), matched.repeated)
    import_id = payments.record_import(session, batch, sha256, counts, by=by, at=at)
    fresh, late = (
        [
            (_answered(answer, line.line_id, batch), line.number, line.account_code)
            for answer, line in pairs
        ]
        for pairs in (matched.fresh, matched.late)
    )
    payments.record_answers(session, [one for one, _, _ in fresh], import_id=import_id)
    payments.record_late_returns(session, [one for one, _, _ in late], import_id=import_id)
    key = f"batch:{code}:answers:{import_id}"
    _post(session, batch, [_answer_entry(code, *one) for one in fresh], key=key)
    entries = [make(code, *one) for one in late for make in (_reversed_entry, _answer_entry)]
    _post(session, batch, entries, key=f"{key}:late")
    payments.close_when_answered(session, period.id, at=at)
    return counts


def record_sweep(
    session: Session, reference: str, custodian: str, minor: int, *, at: datetime
) -> None:
    """Book P1c: a processor paid out to the bank; the same reference is booked once."""
    ledger.post(
        session,
        Entry(
            book=Book.MONEY,
            key=f"po:{reference}:paid",
            kind=PostingKind.CUSTODIAN_SWEEP,
            effective_at=at,
            source=f"sweep:{reference}",
            lines=[Line(names.BANK, minor), Line(custodian, -minor)],
        ),
    )


def take_sweep_back(
    session: Session, reference: str, custodian: str, minor: int, *, at: datetime
) -> None:
    """Book P1c in reverse: the bank sent what a processor had paid out back to it.

    Raises `NotFoundError` for one that was never booked.
    """
    ledger.post(
        session,
        Entry(
            book=Book.MONEY,
            key=f"po:{reference}:failed",
            kind=PostingKind.CUSTODIAN_SWEEP,
            effective_at=at,
            source=f"sweep:{reference}",
            lines=[Line(custodian, minor), Line(names.BANK, -minor)],
            reverses=f"po:{reference}:paid",
        ),
    )


def _approved_entry(code: str, line: PayLine, at: datetime) -> Entry:
    """S1: what was owed is now in flight."""
    return Entry(
        book=Book.MONEY,
        key=names.line_key(code, line.number),
        kind=PostingKind.SETTLEMENT_APPROVED,
        effective_at=at,
        source=f"settlement:{code}",
        lines=[
            Line(line.account_code, line.amount_minor),
            Line(names.inflight(code), -line.amount_minor),
        ],
    )


def _open_accounts(
    session: Session, code: str, lines: Sequence[PayLine], at: datetime
) -> dict[str, tuple[str, str]]:
    """Open holder and number of each payee, as far as a bank's file can carry them."""
    owners = sorted({line.owner for line in lines})
    ids = [HouseholdId(one) for one in map(names.household_of, owners) if one]
    identities = households.open_for_payout(session, ids, batch_code=code, actor=WRITER, at=at)
    found: dict[str, tuple[str | None, str | None]] = {
        f"{names.HOUSEHOLD_OWNER}{household_id}": (one.name, one.bank_account)
        for household_id, one in identities.items()
    }
    found |= payment_queries.open_accounts(session, owners)
    plain = {
        owner: (names.plain_holder(holder), names.plain_number(number))
        for owner, (holder, number) in found.items()
    }
    return {
        owner: (holder, number)
        for owner, (holder, number) in plain.items()
        if holder and number
    }


def _sealed(batch: Batch, instructions: Sequence[Instruction], form: BatchFormat) -> NewFile:
    content = form.write(batch.code, instructions)
    return NewFile(
        format=form.format,
        content=vault.seal_bytes(content),
        sha256=bank_batch.sha256(content),
        byte_count=len(content),
        row_count=len(instructions),
    )


def _opened(code: str, rows: int, sha256: str, at: datetime) -> Act:
    return Act(
        actor=WRITER,
        action="payout_accounts_opened",
        subject=f"settlement:{code}",
        purpose="payout",
        at=at,
        detail={"rows": rows, "sha256": sha256},
    )


def _layout(session: Session, at: datetime) -> FileLayout:
    """Return what the operator's bank takes on the day; raises `InvalidError`."""
    said = policy.list_in_force(session, [LAYOUT], on=local_date(at)).get(
        LAYOUT, FileLayout.TABLE
    )
    if said not in set(FileLayout):
        raise InvalidError("payout_layout_unknown", f"no bank file is written as {said!r:.40}")
    return FileLayout(said)


def _send_back(
    session: Session,
    batch: Batch,
    lines: Sequence[PayLine],
    reasons: Mapping[int, ReturnReason],
    at: datetime,
) -> None:
    """Return lines before the bank sees them, by number: they cannot be written."""
    pairs = [
        (
            Answered(
                line_id=line.line_id,
                amount_minor=line.amount_minor,
                outcome=Outcome.RETURNED,
                bank_reference=None,
                return_reason=reasons[line.number],
                at=at,
            ),
            line.number,
            line.account_code,
        )
        for line in lines
        if line.number in reasons
    ]
    payments.record_answers(session, [one for one, _, _ in pairs], import_id=None)
    entries = [_answer_entry(batch.code, *one) for one in pairs]
    _post(session, batch, entries, key=f"batch:{batch.code}:answers:0")


def _answered(answer: BankAnswer, line_id: int, batch: Batch) -> Answered:
    return Answered(
        line_id=line_id,
        amount_minor=answer.amount_minor,
        outcome=answer.outcome,
        bank_reference=answer.bank_reference,
        return_reason=answer.return_reason,
        at=max(at_local_midnight(answer.on), batch.created_at),
    )


def _post(session: Session, batch: Batch, entries: Sequence[Entry], *, key: str) -> None:
    """Post answers; what comes back first pays what the party owes."""
    if not entries:
        return
    credited = [
        line
        for entry in entries
        if entry.kind is PostingKind.PAYOUT_RETURNED
        for line in entry.lines
        if line.minor < 0
    ]
    recovery = ledger.recovery_entry(
        session,
        credited,
        key=f"{key}:set-off",
        source=f"settlement:{batch.code}",
        effective_at=max(entry.effective_at for entry in entries),
    )
    ledger.post_many(session, [*entries, *([recovery] if recovery else [])])


def _reversed_entry(code: str, one: Answered, number: int, account: str) -> Entry:
    """S2 in reverse: the money is back in the bank, on its way again until S3."""
    del account
    return Entry(
        book=Book.MONEY,
        key=names.line_key(code, number, ":reversed"),
        kind=PostingKind.PAYOUT_REVERSED,
        effective_at=one.at,
        source=f"settlement:{code}",
        lines=[
            Line(names.BANK, one.amount_minor),
            Line(names.inflight(code), -one.amount_minor),
        ],
        reverses=names.line_key(code, number, f":{Outcome.PAID}"),
    )


def _answer_entry(code: str, one: Answered, number: int, account: str) -> Entry:
    is_paid = one.outcome is Outcome.PAID
    return Entry(
        book=Book.MONEY,
        key=names.line_key(code, number, f":{one.outcome}"),
        kind=PostingKind.PAYOUT_CONFIRMED if is_paid else PostingKind.PAYOUT_RETURNED,
        effective_at=one.at,
        source=f"settlement:{code}",
        lines=[
            Line(names.inflight(code), one.amount_minor),
            Line(names.BANK if is_paid else account, -one.amount_minor),
        ],
    )
