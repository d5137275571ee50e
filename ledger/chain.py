"""The hash chain over transactions in the order in which they were seen committed."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import RowMapping, func, insert, select, text
from sqlalchemy.orm import Session

from ledger import rules
from ledger.models import LedgerChainLink

SEAL_LOCK = 7_312_002
"""Advisory lock that lets one sealer work at a time; held to the end of the transaction."""

TAKE_UNSEALED = text(
    """
    DELETE FROM ledger_unsealed WHERE tx_id IN (
        SELECT tx_id FROM ledger_unsealed ORDER BY tx_id LIMIT :batch)
    RETURNING tx_id
    """
)

BODIES = text(
    """
    SELECT tx.id, tx.posting_key, tx.book, tx.kind, tx.effective_at, tx.recorded_at,
        tx.source, original.posting_key AS reverses,
        array_agg(account.code ORDER BY entry.seq) AS codes,
        array_agg(entry.amount_minor ORDER BY entry.seq) AS minors
    FROM ledger_txs tx
    JOIN ledger_entries entry ON entry.tx_id = tx.id
    JOIN ledger_accounts account ON account.id = entry.account_id
    LEFT JOIN ledger_txs original ON original.id = tx.reverses_tx_id
    WHERE tx.id = ANY (CAST(:ids AS bigint[]))
    GROUP BY tx.id, original.posting_key
    ORDER BY tx.id
    """
)

UNSEALED = text(
    """
    SELECT count(*) FROM ledger_txs tx
    WHERE NOT EXISTS (SELECT 1 FROM ledger_chain link WHERE link.tx_id = tx.id)
    """
)


@dataclass(frozen=True, slots=True)
class ChainReport:
    """What a verification of the chain found."""

    links: int
    """How many links were verified."""
    unsealed: int
    """How many transactions stand outside the chain."""
    broken_at: int | None
    """The first link that does not follow, or None for a whole chain."""
    head: bytes
    """The hash of the last good link."""


def seal_chain(session: Session, *, batch: int = 5_000) -> int:
    """Append committed transactions to the chain and return how many were sealed.

    A transaction takes its place when it is first seen committed, so one that commits late
    stands behind earlier ones whatever its id, and ids that were rolled back leave no gap.
    Seals at most `batch`; zero means that everything is sealed.
    """
    session.execute(select(func.pg_advisory_xact_lock(SEAL_LOCK)))
    ids = [row.tx_id for row in session.execute(TAKE_UNSEALED, {"batch": batch})]
    if not ids:
        return 0
    last = session.execute(
        select(LedgerChainLink.seq, LedgerChainLink.hash)
        .order_by(LedgerChainLink.seq.desc())
        .limit(1)
    ).one_or_none()
    sealed, prev_hash = (last.seq, bytes(last.hash)) if last else (0, rules.GENESIS)
    links: list[dict[str, object]] = []
    bodies = session.execute(BODIES, {"ids": ids}).mappings()
    for seq, row in enumerate(bodies, start=sealed + 1):
        digest = rules.link_hash(prev_hash, _sealed_body(row))
        links.append({"seq": seq, "tx_id": row["id"], "prev_hash": prev_hash, "hash": digest})
        prev_hash = digest
    session.execute(insert(LedgerChainLink), links)
    return len(links)


def verify_chain(session: Session, *, batch: int = 5_000) -> ChainReport:
    """Recompute every link from the transactions and say where the chain breaks, if it does."""
    prev_hash, verified = rules.GENESIS, 0
    for links in _batches(session, batch):
        rows = session.execute(BODIES, {"ids": [link.tx_id for link in links]}).mappings()
        bodies = {row["id"]: _sealed_body(row) for row in rows}
        for link in links:
            body = bodies.get(link.tx_id)
            follows = (
                link.seq == verified + 1
                and bytes(link.prev_hash) == prev_hash
                and body is not None
                and bytes(link.hash) == rules.link_hash(prev_hash, body)
            )
            if not follows:
                return ChainReport(verified, _count_unsealed(session), link.seq, prev_hash)
            prev_hash, verified = bytes(link.hash), link.seq
    return ChainReport(verified, _count_unsealed(session), None, prev_hash)


def _batches(session: Session, batch: int) -> Iterator[list[LedgerChainLink]]:
    after = 0
    while True:
        links = list(
            session.scalars(
                select(LedgerChainLink)
                .where(LedgerChainLink.seq > after)
                .order_by(LedgerChainLink.seq)
                .limit(batch)
            )
        )
        if not links:
            return
        yield links
        after = links[-1].seq


def _count_unsealed(session: Session) -> int:
    return int(session.execute(UNSEALED).scalar_one())


def _sealed_body(row: RowMapping) -> rules.SealedBody:
    return rules.SealedBody(
        posting_key=row["posting_key"],
        book=row["book"],
        kind=row["kind"],
        effective_at=row["effective_at"],
        recorded_at=row["recorded_at"],
        source=row["source"],
        reverses=row["reverses"],
        lines=list(zip(row["codes"], row["minors"], strict=True)),
    )
