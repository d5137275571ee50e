"""Keep what packs of purchased lots cost as they go out, and whose goods they were.

Row locks: lots at cost by id; packs go out in the order in which their lots are locked.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from households.models import (
    ContractVersion,
    GoodsIssue,
    GoodsIssuePart,
    GoodsReceipt,
    LinkageContract,
    PurchasedLot,
)
from households.rules import receipts as rules
from households.values import Issued, IssueKind, LotAtCost, PacksOut, Traced

REMAINING = text(
    """
    SELECT receipt.lot_id, receipt.id,
        CAST(receipt.pay_minor - coalesce(sum(part.minor), 0) AS bigint) AS minor
    FROM goods_receipts receipt
    LEFT JOIN goods_issue_parts part ON part.receipt_id = receipt.id
    WHERE receipt.lot_id = ANY (CAST(:lots AS bigint[])) AND receipt.reverses_id IS NULL
        AND NOT EXISTS (
            SELECT 1 FROM goods_receipts back WHERE back.reverses_id = receipt.id)
    GROUP BY receipt.lot_id, receipt.id ORDER BY receipt.id
    """
)

ISSUE = text(
    """
    WITH given AS (
        SELECT * FROM unnest(CAST(:lots AS bigint[]), CAST(:lines AS bigint[]),
            CAST(:packs AS integer[]), CAST(:costs AS bigint[]), CAST(:pays AS bigint[]),
            CAST(:moments AS timestamptz[])) WITH ORDINALITY
            AS g (lot, line, packs, cost, pay, at, place)
    ), out AS (
        UPDATE purchased_lots lot SET issued_packs = lot.issued_packs + gone.packs,
            issued_cost_minor = lot.issued_cost_minor + gone.cost,
            issued_pay_minor = lot.issued_pay_minor + gone.pay
        FROM (
            SELECT lot, sum(packs) AS packs, sum(cost) AS cost, sum(pay) AS pay
            FROM given GROUP BY lot
        ) gone WHERE gone.lot = lot.lot_id
    )
    INSERT INTO goods_issues (lot_id, order_line_id, kind, packs, cost_minor, pay_minor,
        issued_at)
    SELECT lot, line, :kind, packs, cost, pay, at FROM given ORDER BY place
    RETURNING id
    """
)

PARTS = text(
    """
    INSERT INTO goods_issue_parts (issue_id, receipt_id, minor)
    SELECT * FROM unnest(CAST(:issues AS bigint[]), CAST(:receipts AS bigint[]),
        CAST(:minors AS bigint[]))
    """
)

RETURN = text(
    """
    UPDATE goods_issues SET returned_at = :at
    WHERE order_line_id = ANY (CAST(:lines AS bigint[])) AND kind = 'sold'
        AND returned_at IS NULL
    RETURNING id, lot_id, order_line_id, packs, cost_minor
    """
)


def issue_goods(session: Session, kind: IssueKind, outs: Iterable[PacksOut]) -> list[Issued]:
    """Note what packs that go out had cost, lot by lot in the order given.

    Packs of lots that nobody bought cost nothing and are passed over, as are lines noted
    before. Locks the lots at cost until the end of the transaction; one statement where none
    of the lots was bought.
    """
    waiting = list(outs)
    lots = _lock_lots(session, {one.lot_id for one in waiting})
    if not lots:
        return []
    noted = _noted_before(session, waiting)
    waiting = [
        one
        for one in waiting
        if one.lot_id in lots and (one.order_line_id, one.lot_id) not in noted
    ]
    if not waiting:
        return []
    remaining = _remaining(session, lots)
    planned = [_plan(lots, remaining, one) for one in waiting]
    return _write(session, kind, planned)


def return_goods(
    session: Session, order_line_ids: Iterable[int], *, at: datetime
) -> list[Issued]:
    """Note that buyers of sold packs were given their money back, and return what they traced.

    The packs stay gone and their cost with the seller. Repeating returns nothing.
    """
    rows = session.execute(RETURN, {"lines": list(order_line_ids), "at": at}).all()
    if not rows:
        return []
    parts = _parts(session, [row.id for row in rows])
    return [
        Issued(
            issue_id=row.id,
            lot_id=row.lot_id,
            order_line_id=row.order_line_id,
            cost_minor=row.cost_minor,
            at=at,
            parts=parts.get(row.id, []),
        )
        for row in sorted(rows, key=lambda row: (row.order_line_id, row.lot_id))
    ]


@dataclass(frozen=True, slots=True)
class _Planned:
    out: PacksOut
    cost_minor: int
    parts: Mapping[int, int]


def _lock_lots(session: Session, lot_ids: Collection[int]) -> dict[int, LotAtCost]:
    rows = session.execute(
        select(
            PurchasedLot.lot_id,
            PurchasedLot.packs,
            PurchasedLot.cost_minor,
            PurchasedLot.pay_minor,
            PurchasedLot.issued_packs,
        )
        .where(PurchasedLot.lot_id.in_(lot_ids))
        .order_by(PurchasedLot.lot_id)
        .with_for_update()
    )
    return {row["lot_id"]: LotAtCost(**row) for row in rows.mappings()}


def _noted_before(session: Session, outs: Sequence[PacksOut]) -> set[tuple[int | None, int]]:
    lines = {one.order_line_id for one in outs if one.order_line_id is not None}
    if not lines:
        return set()
    rows = session.execute(
        select(GoodsIssue.order_line_id, GoodsIssue.lot_id).where(
            GoodsIssue.order_line_id.in_(lines)
        )
    )
    return {(row.order_line_id, row.lot_id) for row in rows}


def _remaining(session: Session, lots: Collection[int]) -> dict[int, dict[int, int]]:
    remaining: dict[int, dict[int, int]] = defaultdict(dict)
    for lot_id, receipt_id, minor in session.execute(REMAINING, {"lots": list(lots)}):
        remaining[lot_id][receipt_id] = minor
    return remaining


def _plan(
    lots: dict[int, LotAtCost], remaining: Mapping[int, dict[int, int]], out: PacksOut
) -> _Planned:
    """Cost one issue and count it for the next one of the same lot."""
    lot, left = lots[out.lot_id], remaining[out.lot_id]
    cost, pay = rules.cost_of(lot, out.packs)
    parts = rules.parts_of(pay, left)
    lots[out.lot_id] = replace(lot, issued_packs=lot.issued_packs + out.packs)
    for receipt_id, minor in parts.items():
        left[receipt_id] -= minor
    return _Planned(out, cost, parts)


def _write(session: Session, kind: IssueKind, planned: Sequence[_Planned]) -> list[Issued]:
    rows = session.execute(
        ISSUE,
        {
            "kind": kind.value,
            "lots": [one.out.lot_id for one in planned],
            "lines": [one.out.order_line_id for one in planned],
            "packs": [one.out.packs for one in planned],
            "costs": [one.cost_minor for one in planned],
            "pays": [sum(one.parts.values()) for one in planned],
            "moments": [one.out.at for one in planned],
        },
    )
    ids = sorted(row.id for row in rows)
    parts = [
        (issue_id, receipt_id, minor)
        for issue_id, one in zip(ids, planned, strict=True)
        for receipt_id, minor in one.parts.items()
    ]
    if parts:
        issues, receipts, minors = zip(*parts, strict=True)
        session.execute(
            PARTS, {"issues": list(issues), "receipts": list(receipts), "minors": list(minors)}
        )
    of = _parts(session, ids)
    return [
        Issued(
            issue_id=issue_id,
            lot_id=one.out.lot_id,
            order_line_id=one.out.order_line_id,
            cost_minor=one.cost_minor,
            at=one.out.at,
            parts=of.get(issue_id, []),
        )
        for issue_id, one in zip(ids, planned, strict=True)
    ]


def _parts(session: Session, issue_ids: Sequence[int]) -> dict[int, list[Traced]]:
    parts: dict[int, list[Traced]] = defaultdict(list)
    for issue_id, household_id, income_class, minor in session.execute(
        select(
            GoodsIssuePart.issue_id,
            GoodsReceipt.household_id,
            LinkageContract.income_class,
            GoodsIssuePart.minor,
        )
        .join(GoodsReceipt, GoodsReceipt.id == GoodsIssuePart.receipt_id)
        .join(ContractVersion, ContractVersion.id == GoodsReceipt.contract_version_id)
        .join(LinkageContract, LinkageContract.id == ContractVersion.contract_id)
        .where(GoodsIssuePart.issue_id.in_(issue_ids))
        .order_by(GoodsIssuePart.issue_id, GoodsIssuePart.receipt_id)
    ):
        parts[issue_id].append(Traced(household_id, income_class, minor))
    return parts
