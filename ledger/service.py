"""Post balanced transactions, any number of them with a handful of statements."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NoReturn

from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from kernel.errors import ConflictError, NotFoundError
from ledger import rules
from ledger.models import LedgerTx
from ledger.values import AccountId, Book, Entry, Line, PostingKind, TxId

INSERT_TXS = text(
    """
    INSERT INTO ledger_txs (book, posting_key, kind, effective_at, recorded_at, source,
        reverses_tx_id, request_hash)
    SELECT book, posting_key, kind, effective_at, coalesce(recorded_at, now()), source,
        reverses_tx_id, request_hash
    FROM unnest(CAST(:books AS text[]), CAST(:keys AS text[]), CAST(:kinds AS text[]),
        CAST(:effective AS timestamptz[]), CAST(:recorded AS timestamptz[]),
        CAST(:sources AS text[]), CAST(:reverses AS bigint[]), CAST(:hashes AS bytea[]))
        AS new (book, posting_key, kind, effective_at, recorded_at, source, reverses_tx_id,
            request_hash)
    ORDER BY posting_key
    ON CONFLICT (posting_key) DO NOTHING
    RETURNING posting_key, id
    """
)

FIND_ACCOUNTS = text(
    "SELECT code, id FROM ledger_accounts WHERE code = ANY (CAST(:codes AS text[]))"
)

INSERT_ACCOUNTS = text(
    """
    INSERT INTO ledger_accounts (code, book, kind, normal, guarded, custodian, owner)
    SELECT * FROM unnest(CAST(:codes AS text[]), CAST(:books AS text[]),
        CAST(:kinds AS text[]), CAST(:normals AS text[]), CAST(:guarded AS boolean[]),
        CAST(:custodians AS text[]), CAST(:owners AS text[]))
    ON CONFLICT (code) DO NOTHING
    RETURNING code, id
    """
)

INSERT_ENTRIES = text(
    """
    INSERT INTO ledger_entries (tx_id, seq, account_id, amount_minor)
    SELECT * FROM unnest(CAST(:txs AS bigint[]), CAST(:seqs AS integer[]),
        CAST(:accounts AS bigint[]), CAST(:minors AS bigint[]))
    """
)

CLAIMS = text(
    """
    SELECT account.code, sum(entry.amount_minor) AS minor
    FROM ledger_accounts account JOIN ledger_entries entry ON entry.account_id = account.id
    WHERE account.code = ANY (CAST(:codes AS text[])) GROUP BY account.code
    """
)


LOCK_TXS = text(
    """
    SELECT posting_key, id FROM ledger_txs
    WHERE posting_key = ANY (CAST(:keys AS text[])) ORDER BY id FOR NO KEY UPDATE
    """
)

LOCK_BALANCES = text(
    """
    SELECT account.code, balance.balance_minor
    FROM ledger_accounts account
    JOIN account_balances balance ON balance.account_id = account.id
    WHERE account.code = ANY (CAST(:codes AS text[]))
    ORDER BY balance.account_id FOR NO KEY UPDATE OF balance
    """
)

HELD = text(
    """
    SELECT coalesce(sum(entry.amount_minor), 0) AS minor
    FROM ledger_accounts account JOIN ledger_entries entry ON entry.account_id = account.id
    JOIN ledger_txs tx ON tx.id = entry.tx_id
    WHERE account.code = :code AND tx.effective_at <= :at
    """
)


@dataclass(frozen=True, slots=True)
class _Prepared:
    entry: Entry
    lines: Sequence[Line]
    hash: bytes


def post(session: Session, entry: Entry) -> TxId:
    """Post one transaction; posting it again under the same key returns the first one."""
    return post_many(session, [entry])[0]


def post_many(session: Session, entries: Sequence[Entry]) -> list[TxId]:
    """Post transactions with a handful of statements and return their ids in order.

    Idempotent by posting key: a key that was posted before with the same content returns the
    first result, with other content it raises `ConflictError` `posting_key_reused` and nothing
    can be committed. Post all that belongs together in one call: balance rows of guarded
    accounts are then locked once, in ascending order. Raises `InvalidError` for lines that do
    not balance, `ConflictError` `guarded_balance_short` when a guarded account would pass zero,
    `NotFoundError` for a reversal of what no earlier call posted.
    """
    prepared = _prepare(entries)
    if not prepared:
        return []
    ids = _insert_txs(session, prepared)
    fresh = [item for key, item in prepared.items() if key in ids]
    if len(fresh) < len(prepared):
        ids |= _find_repeated(session, [prepared[key] for key in prepared if key not in ids])
    if fresh:
        _insert_entries(session, fresh, ids)
    return [ids[entry.key] for entry in entries]


def debits_with_recovery(
    session: Session, debits: Sequence[Line], *, alongside: Sequence[Line] = ()
) -> list[Line]:
    """Return the debits of a refund after delivery, as far as each payable still holds money.

    What a party was already paid becomes a claim on it, `A:recover:<owner>`. Lines that are
    posted in the same call count as if they stood already. All balances they touch are locked
    here, in order, until the transaction ends.
    """
    balances = _lock_balances(session, [*debits, *alongside])
    for line in alongside:
        balances[line.account_code] = balances.get(line.account_code, 0) + line.minor
    return rules.cover_debits(debits, balances)


def debits_with_receivable(
    session: Session, debit: Line, receivable_code: str, *, at: datetime
) -> list[Line]:
    """Return a payer's debit as far as its payable held money at a moment, the rest as claim.

    The rest stands on `receivable_code` until the payer pays it in. Locks the balance of the
    payable until the end of the transaction; a posting dated back takes no money that came
    later.
    """
    now = _lock_balances(session, [debit]).get(debit.account_code, 0)
    then = session.scalar(HELD, {"code": debit.account_code, "at": at}) or 0
    taken = min(debit.minor, max(-now, 0), max(-int(then), 0))
    return [Line(debit.account_code, taken), Line(receivable_code, debit.minor - taken)]


def recovery_entry(
    session: Session, lines: Sequence[Line], *, key: str, source: str, effective_at: datetime
) -> Entry | None:
    """Return the posting that nets claims on over-paid parties from new credits, if any.

    `lines` are all that is to be posted with the credits, in one `post_many` and before this
    posting: the balances they touch are locked here, in order, until the transaction ends.
    """
    claims = rules.claim_codes(lines)
    if not claims:
        return None
    _lock_balances(session, lines)
    rows = session.execute(CLAIMS, {"codes": claims})
    set_off = rules.set_off(lines, {row.code: int(row.minor) for row in rows})
    if not set_off:
        return None
    return Entry(
        book=Book.MONEY,
        key=key,
        kind=PostingKind.RECOVERY_SET_OFF,
        effective_at=effective_at,
        source=source,
        lines=set_off,
    )


def _lock_balances(session: Session, lines: Sequence[Line]) -> dict[str, int]:
    """Lock the balances of guarded accounts by ascending account, made first where new.

    An account is made before anything is locked, here as in posting: whoever makes one is
    waited for, and must not wait in turn for a balance that the waiting one holds.
    """
    codes = {line.account_code for line in lines}
    _account_ids(session, codes)
    rows = session.execute(LOCK_BALANCES, {"codes": list(codes)})
    return {row.code: row.balance_minor for row in rows}


def _prepare(entries: Sequence[Entry]) -> dict[str, _Prepared]:
    prepared: dict[str, _Prepared] = {}
    for entry in entries:
        lines = rules.checked_lines(entry)
        item = _Prepared(entry, lines, rules.request_hash(entry, lines))
        if prepared.setdefault(entry.key, item).hash != item.hash:
            _refuse_reuse(entry.key)
    return prepared


def _insert_txs(session: Session, prepared: Mapping[str, _Prepared]) -> dict[str, TxId]:
    originals = _lock_originals(session, prepared.values())
    entries = [item.entry for item in prepared.values()]
    rows = session.execute(
        INSERT_TXS,
        {
            "books": [entry.book.value for entry in entries],
            "keys": [entry.key for entry in entries],
            "kinds": [str(entry.kind) for entry in entries],
            "effective": [entry.effective_at for entry in entries],
            "recorded": [entry.recorded_at for entry in entries],
            "sources": [entry.source for entry in entries],
            "reverses": [entry.reverses and originals[entry.reverses] for entry in entries],
            "hashes": [item.hash for item in prepared.values()],
        },
    )
    return {key: TxId(tx_id) for key, tx_id in rows}


def _lock_originals(session: Session, prepared: Iterable[_Prepared]) -> dict[str, TxId]:
    wanted = {item.entry.reverses for item in prepared if item.entry.reverses is not None}
    if not wanted:
        return {}
    rows = session.execute(LOCK_TXS, {"keys": list(wanted)})
    found = {row.posting_key: row.id for row in rows}
    if len(found) < len(wanted):
        missing = min(wanted - found.keys())
        raise NotFoundError("posting_not_found", f"no transaction {missing}", key=missing)
    return found


def _find_repeated(session: Session, repeated: Sequence[_Prepared]) -> dict[str, TxId]:
    hashes = {item.entry.key: item.hash for item in repeated}
    ids: dict[str, TxId] = {}
    for key, tx_id, known in session.execute(
        select(LedgerTx.posting_key, LedgerTx.id, LedgerTx.request_hash).where(
            LedgerTx.posting_key.in_(hashes)
        )
    ):
        if hashes[key] != bytes(known):
            _refuse_reuse(key)
        ids[key] = tx_id
    return ids


def _refuse_reuse(key: str) -> NoReturn:
    raise ConflictError(
        "posting_key_reused", f"another transaction was posted under {key}", key=key
    )


def _insert_entries(
    session: Session, fresh: Sequence[_Prepared], ids: Mapping[str, TxId]
) -> None:
    codes = {line.account_code for item in fresh for line in item.lines}
    accounts = _account_ids(session, codes)
    rows = [
        (ids[item.entry.key], seq, accounts[line.account_code], line.minor)
        for item in fresh
        for seq, line in enumerate(item.lines, start=1)
    ]
    txs, seqs, account_ids, minors = zip(*rows, strict=True)
    try:
        session.execute(
            INSERT_ENTRIES,
            {
                "txs": list(txs),
                "seqs": list(seqs),
                "accounts": list(account_ids),
                "minors": list(minors),
            },
        )
    except IntegrityError as error:
        _translate(error)


def _account_ids(session: Session, codes: set[str]) -> dict[str, AccountId]:
    known = _find_accounts(session, codes)
    if len(known) < len(codes):
        known |= _make_accounts(session, codes - known.keys())
    if len(known) < len(codes):
        # Somebody else made them meanwhile and has committed.
        known |= _find_accounts(session, codes - known.keys())
    return known


def _find_accounts(session: Session, codes: set[str]) -> dict[str, AccountId]:
    return {
        code: AccountId(account_id)
        for code, account_id in session.execute(FIND_ACCOUNTS, {"codes": list(codes)})
    }


def _make_accounts(session: Session, codes: set[str]) -> dict[str, AccountId]:
    classes = [rules.classify(code) for code in sorted(codes, key=str.encode)]
    rows = session.execute(
        INSERT_ACCOUNTS,
        {
            "codes": [account.code for account in classes],
            "books": [account.book.value for account in classes],
            "kinds": [account.kind.value for account in classes],
            "normals": [account.normal.value for account in classes],
            "guarded": [account.guarded for account in classes],
            "custodians": [account.custodian for account in classes],
            "owners": [account.owner for account in classes],
        },
    )
    return {code: AccountId(account_id) for code, account_id in rows}


def _translate(error: IntegrityError) -> NoReturn:
    name = getattr(getattr(error.orig, "diag", None), "constraint_name", None)
    if name == "ck_account_balances_guarded_side":
        raise ConflictError(
            "guarded_balance_short", "a guarded account holds less than the posting takes"
        ) from error
    if name == "ledger_reversal_within_original":
        raise ConflictError(
            "reversal_exceeds_original", "more would be taken back than was booked"
        ) from error
    raise error
