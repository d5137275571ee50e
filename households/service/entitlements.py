"""Carry entitlements from expected to earned, and back when a refund takes them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, select, text
from sqlalchemy.orm import Session

from households.models import Entitlement
from households.rules import attribution
from households.values import (
    HouseholdId,
    IncomeClass,
    LinePosting,
    PartyKind,
    Remaining,
    Share,
    Stage,
    Traced,
)
from kernel.errors import ConflictError

FULL = "full"
"""The refund key of a refund in full that its caller did not name."""

INSERT_SHARES = text(
    """
    INSERT INTO entitlements (order_line_id, lot_id, party_kind, party_code, household_id,
        contract_version_id, weight, amount_minor, stage, expected_at)
    SELECT line, lot, kind, code, CASE WHEN kind = 'household' THEN code END, version, weight,
        minor, 'expected', :at
    FROM unnest(CAST(:lines AS bigint[]), CAST(:lots AS bigint[]), CAST(:kinds AS text[]),
        CAST(:codes AS text[]), CAST(:versions AS integer[]), CAST(:weights AS bigint[]),
        CAST(:minors AS bigint[])) AS new (line, lot, kind, code, version, weight, minor)
    ON CONFLICT (order_line_id, lot_id, party_kind, party_code) DO NOTHING
    """
)

EARN = text(
    """
    UPDATE entitlements part SET stage = 'earned', earned_at = delivered.at
    FROM unnest(CAST(:lines AS bigint[]), CAST(:ats AS timestamptz[]))
        AS delivered (line, at), contract_versions version
    JOIN linkage_contracts contract ON contract.id = version.contract_id
    WHERE version.id = part.contract_version_id AND part.stage = 'expected'
        AND part.order_line_id = delivered.line
    RETURNING part.order_line_id, part.party_kind, part.party_code,
        part.amount_minor - part.reversed_minor AS minor, contract.income_class
    """
)

REVERSE_ALL = text(
    """
    WITH rest AS (
        SELECT id, amount_minor - reversed_minor AS minor FROM entitlements
        WHERE order_line_id = ANY (CAST(:lines AS bigint[])) AND stage = :stage
        ORDER BY id FOR UPDATE
    ), taken AS (
        UPDATE entitlements part
        SET stage = 'reversed', reversed_minor = part.amount_minor, reversed_at = :at
        FROM rest WHERE rest.id = part.id
        RETURNING part.id, part.order_line_id, part.party_kind, part.party_code, rest.minor,
            part.contract_version_id
    ), noted AS (
        INSERT INTO entitlement_reversals (entitlement_id, refund_key, minor, at)
        SELECT id, :refund_key, minor, :at FROM taken WHERE minor > 0
    )
    SELECT order_line_id, party_kind, party_code, minor, contract.income_class
    FROM taken JOIN contract_versions version ON version.id = taken.contract_version_id
    JOIN linkage_contracts contract ON contract.id = version.contract_id ORDER BY taken.id
    """
)

REVERSE_PARTS = text(
    """
    WITH wanted AS (
        SELECT * FROM unnest(CAST(:ids AS bigint[]), CAST(:minors AS bigint[])) AS w (id, minor)
    ), taken AS (
        UPDATE entitlements part
        SET reversed_minor = part.reversed_minor + wanted.minor,
            reversed_at = CASE WHEN wanted.minor > 0 THEN :at ELSE part.reversed_at END,
            stage = CASE WHEN part.amount_minor > 0
                AND part.reversed_minor + wanted.minor = part.amount_minor
                THEN 'reversed' ELSE part.stage END
        FROM wanted WHERE wanted.id = part.id
    )
    INSERT INTO entitlement_reversals (entitlement_id, refund_key, minor, at)
    SELECT id, :refund_key, minor, :at FROM wanted WHERE minor > 0
    """
)


OPEN_PARTS = text(
    """
    SELECT id, order_line_id, lot_id, party_kind, party_code, stage,
        amount_minor - reversed_minor AS minor
    FROM entitlements
    WHERE order_line_id = ANY (CAST(:lines AS bigint[])) AND stage <> 'reversed'
        AND lot_id IS NOT NULL
    ORDER BY id FOR UPDATE
    """
)

# Asked for when the parts are locked: whoever held them may have taken back the same.
DONE = text(
    """
    SELECT DISTINCT part.order_line_id
    FROM entitlements part JOIN entitlement_reversals taken ON taken.entitlement_id = part.id
    WHERE part.order_line_id = ANY (CAST(:lines AS bigint[])) AND taken.refund_key = :refund_key
    """
)

CLASSES = text(
    """
    SELECT part.id, contract.income_class FROM entitlements part
    JOIN contract_versions version ON version.id = part.contract_version_id
    JOIN linkage_contracts contract ON contract.id = version.contract_id
    WHERE part.id = ANY (CAST(:ids AS bigint[]))
    """
)


@dataclass(frozen=True, slots=True)
class _Moved:
    kind: PartyKind
    code: str
    minor: int
    income_class: IncomeClass


def expect(session: Session, shares: Sequence[Share], *, at: datetime) -> None:
    """Note what each party is to receive of paid lines, with one statement.

    All shares of a line are noted together and sum to its gross (the database refuses them
    otherwise). Repeating the call changes nothing.
    """
    if not shares:
        return
    session.execute(
        INSERT_SHARES,
        {
            "at": at,
            "lines": [share.order_line_id for share in shares],
            "lots": [share.lot_id for share in shares],
            "kinds": [share.party_kind.value for share in shares],
            "codes": [share.party_code for share in shares],
            "versions": [share.contract_version_id for share in shares],
            "weights": [share.weight for share in shares],
            "minors": [share.minor for share in shares],
        },
    )


def reattribute(session: Session, shares: Sequence[Share], *, at: datetime) -> None:
    """Replace what is expected of lines, when a contract changed between payment and delivery.

    Raises `ConflictError` for a line of which something is earned or reversed already.
    """
    lines = {share.order_line_id for share in shares}
    settled = session.scalar(
        select(Entitlement.order_line_id)
        .where(
            Entitlement.order_line_id.in_(lines),
            (Entitlement.stage != Stage.EXPECTED) | (Entitlement.reversed_minor > 0),
        )
        .limit(1)
    )
    if settled is not None:
        raise ConflictError(
            "entitlement_not_expected", f"order line {settled} is earned or reversed already"
        )
    session.execute(delete(Entitlement).where(Entitlement.order_line_id.in_(lines)))
    expect(session, shares, at=at)


def earn(session: Session, order_line_ids: Iterable[int], *, at: datetime) -> list[LinePosting]:
    """Turn what is expected of lines delivered at one moment into earned; see `earn_many`."""
    return earn_many(session, dict.fromkeys(order_line_ids, at))


def earn_many(session: Session, moments: Mapping[int, datetime]) -> list[LinePosting]:
    """Turn what is expected of delivered lines into earned, and return what to post.

    Moments are by line. Amounts are credits (negative fen) by account; their sum is the line's
    gross less what was refunded before. A line that is earned already is left out, so repeating
    posts nothing.
    """
    rows = session.execute(EARN, {"lines": list(moments), "ats": list(moments.values())})
    return _postings(rows, sign=-1)


def void(
    session: Session,
    order_line_ids: Iterable[int],
    *,
    at: datetime,
    refund_key: str = FULL,
) -> list[LinePosting]:
    """Take back all that is still expected of lines refunded before delivery.

    Nothing was earned, so nothing stands on the parties' accounts: amounts are empty, `minor`
    is what was expected. Lines not expected any more are left out.
    """
    postings = _reverse_all(session, order_line_ids, (Stage.EXPECTED, refund_key), at=at)
    return [
        LinePosting(order_line_id=posting.order_line_id, minor=posting.minor, amounts=())
        for posting in postings
    ]


def reverse(
    session: Session,
    order_line_ids: Iterable[int],
    *,
    at: datetime,
    refund_key: str = FULL,
) -> list[LinePosting]:
    """Take back all that is left of earned lines, and return what to post against it.

    Amounts are debits (positive fen) by account. Lines that are reversed already are left
    out, so repeating posts nothing.
    """
    return _reverse_all(session, order_line_ids, (Stage.EARNED, refund_key), at=at)


def reverse_parts(
    session: Session, minors: Mapping[int, int], *, at: datetime, refund_key: str
) -> list[LinePosting]:
    """Take back part of lines, in fen by order line, and return what to post against it.

    Each party gives in proportion to what it has left and never more; refunds that reach the
    full amount leave zero. Amounts are debits for an earned line and empty for an expected
    one. Repeating a refund key changes nothing. Raises `InvalidError` `reversal_exceeds_rest`.
    """
    lines = _lock_open_lines(session, minors, refund_key)
    taken = {
        part.entitlement_id: minor
        for line_id, parts in lines.items()
        for part, minor in _taken(parts, minors[line_id])
    }
    if taken:
        session.execute(
            REVERSE_PARTS,
            {
                "ids": list(taken),
                "minors": list(taken.values()),
                "refund_key": refund_key,
                "at": at,
            },
        )
    rows = session.execute(CLASSES, {"ids": list(taken)})
    classes = {row.id: IncomeClass(row.income_class) for row in rows}
    return [
        _partial(
            line_id,
            minors[line_id],
            [
                _Moved(
                    part.party_kind,
                    part.party_code,
                    taken[part.entitlement_id],
                    classes[part.entitlement_id],
                )
                for stage, part in parts
                if stage is Stage.EARNED
            ],
        )
        for line_id, parts in lines.items()
    ]


def _partial(line_id: int, minor: int, parts: Sequence[_Moved]) -> LinePosting:
    return LinePosting(
        order_line_id=line_id,
        minor=minor,
        amounts=_amounts([(part.kind, part.code, part.minor) for part in parts], sign=1),
        traced=_traced(parts),
    )


def _taken(parts: Sequence[tuple[Stage, Remaining]], minor: int) -> list[tuple[Remaining, int]]:
    remaining = [part for _, part in parts]
    taken = attribution.take_back(minor, remaining)
    return [(part, taken[part.entitlement_id]) for part in remaining]


def _lock_open_lines(
    session: Session, minors: Mapping[int, int], refund_key: str
) -> dict[int, list[tuple[Stage, Remaining]]]:
    ids = list(minors)
    open_parts = session.execute(OPEN_PARTS, {"lines": ids}).all()
    done = set(session.scalars(DONE, {"lines": ids, "refund_key": refund_key}))
    lines: dict[int, list[tuple[Stage, Remaining]]] = defaultdict(list)
    for row in open_parts:
        if row.order_line_id in done:
            continue
        part = Remaining(
            entitlement_id=row.id,
            lot_id=row.lot_id,
            party_kind=PartyKind(row.party_kind),
            party_code=row.party_code,
            minor=row.minor,
        )
        lines[row.order_line_id].append((Stage(row.stage), part))
    return lines


def _reverse_all(
    session: Session,
    order_line_ids: Iterable[int],
    what: tuple[Stage, str],
    *,
    at: datetime,
) -> list[LinePosting]:
    stage, refund_key = what
    rows = session.execute(
        REVERSE_ALL,
        {
            "lines": list(order_line_ids),
            "stage": stage.value,
            "refund_key": refund_key,
            "at": at,
        },
    )
    return _postings(rows)


def _postings(rows: Iterable[Row[Any]], *, sign: int = 1) -> list[LinePosting]:
    lines: dict[int, list[_Moved]] = defaultdict(list)
    for row in rows:
        lines[row.order_line_id].append(
            _Moved(
                PartyKind(row.party_kind),
                row.party_code,
                row.minor,
                IncomeClass(row.income_class),
            )
        )
    return [
        LinePosting(
            order_line_id=line_id,
            minor=sum(part.minor for part in parts),
            amounts=_amounts([(part.kind, part.code, part.minor) for part in parts], sign=sign),
            traced=_traced(parts),
        )
        for line_id, parts in sorted(lines.items())
        if any(part.minor for part in parts)
    ]


def _traced(parts: Sequence[_Moved]) -> tuple[Traced, ...]:
    return tuple(
        Traced(HouseholdId(part.code), part.income_class, part.minor)
        for part in parts
        if part.kind is PartyKind.HOUSEHOLD and part.minor > 0
    )


def _amounts(
    parts: Iterable[tuple[PartyKind, str, int]], *, sign: int
) -> tuple[tuple[str, int], ...]:
    totals: dict[str, int] = defaultdict(int)
    for kind, code, minor in parts:
        totals[attribution.account_of(kind, code)] += sign * minor
    return tuple((code, minor) for code, minor in sorted(totals.items()) if minor != 0)
