"""What a posting must satisfy, and what the chart says about an account code."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

import msgspec

from kernel.errors import InvalidError
from ledger.values import (
    SWEEPS,
    AccountClass,
    AccountKind,
    Book,
    Entry,
    Line,
    Side,
)

NAME = r"([A-Za-z0-9._~-]+)"
GENESIS = b"\x00" * 32
"""What the first link of the chain follows."""


@dataclass(frozen=True, slots=True)
class _Pattern:
    expression: re.Pattern[str]
    kind: AccountKind
    normal: Side
    guarded: bool
    custodian: str | None
    owner: str | None


def _pattern(
    code: str,
    kind: AccountKind,
    normal: Side,
    *,
    guarded: bool = False,
    custodian: str | None = None,
    owner: str | None = None,
) -> _Pattern:
    expression = re.compile(code.replace("<>", NAME) + r"\Z")
    return _Pattern(expression, kind, normal, guarded, custodian, owner)


ASSET, LIABILITY = AccountKind.ASSET, AccountKind.LIABILITY
INCOME, EXPENSE, TRACE = AccountKind.INCOME, AccountKind.EXPENSE, AccountKind.TRACE
DEBIT, CREDIT = Side.DEBIT, Side.CREDIT

CHART: tuple[_Pattern, ...] = (
    _pattern(r"A:demo:pending", ASSET, DEBIT, custodian="demo"),
    _pattern(r"A:stripe:(?:pending|available)", ASSET, DEBIT, custodian="stripe"),
    _pattern(r"A:bank:<>", ASSET, DEBIT, custodian="bank"),
    _pattern(r"A:ar:(AL-[A-Za-z0-9._~-]+)", ASSET, DEBIT, guarded=True, owner="allotment:{}"),
    _pattern(r"A:ar:<>", ASSET, DEBIT, guarded=True, owner="buyer:{}"),
    _pattern(r"A:dispute:<>", ASSET, DEBIT, guarded=True, owner="dispute:{}"),
    _pattern(r"A:inventory:lot:<>", ASSET, DEBIT, guarded=True, owner="lot:{}"),
    _pattern(
        r"A:recover:((?:hh:|coop:|village:|logistics:)?[A-Za-z0-9._~-]+)",
        ASSET,
        DEBIT,
        owner="{}",
    ),
    _pattern(r"A:advance:hh:<>:[A-Za-z0-9._~-]+", ASSET, DEBIT, guarded=True, owner="hh:{}"),
    _pattern(r"L:prepaid:<>", LIABILITY, CREDIT, guarded=True, owner="order:{}"),
    _pattern(r"L:refund:<>", LIABILITY, CREDIT, guarded=True, owner="refund:{}"),
    _pattern(r"L:unapplied:<>", LIABILITY, CREDIT, guarded=True, owner="payer:{}"),
    _pattern(r"L:payable:hh:<>", LIABILITY, CREDIT, guarded=True, owner="hh:{}"),
    _pattern(r"L:payable:coop:<>", LIABILITY, CREDIT, guarded=True, owner="coop:{}"),
    _pattern(r"L:payable:village:<>", LIABILITY, CREDIT, guarded=True, owner="village:{}"),
    _pattern(r"L:payable:logistics:<>", LIABILITY, CREDIT, guarded=True, owner="logistics:{}"),
    _pattern(r"L:wage:<>", LIABILITY, CREDIT, guarded=True, owner="hh:{}"),
    _pattern(r"L:payout:inflight:<>", LIABILITY, CREDIT, guarded=True, owner="batch:{}"),
    _pattern(r"I:(?:commission|sales)", INCOME, CREDIT),
    _pattern(r"E:(?:payment_fee|logistics|cogs|dispute_fee|goodwill)", EXPENSE, DEBIT),
    _pattern(r"T:line:<>", TRACE, CREDIT, owner="line:{}"),
    _pattern(r"T:hh:<>:(?:wage|operating|property|transfer)", TRACE, DEBIT, owner="hh:{}"),
)
"""The chart of accounts; docs/bookkeeping.md explains each pattern."""


@lru_cache(maxsize=65_536)
def classify(account_code: str) -> AccountClass:
    """Return what the chart says about a code; raises `InvalidError` for one it lacks."""
    for pattern in CHART:
        found = pattern.expression.match(account_code)
        if found:
            return AccountClass(
                code=account_code,
                book=Book.TRACE if pattern.kind is TRACE else Book.MONEY,
                kind=pattern.kind,
                normal=pattern.normal,
                guarded=pattern.guarded,
                custodian=pattern.custodian,
                owner=pattern.owner.format(found[1]) if pattern.owner else None,
            )
    raise InvalidError(
        "account_not_in_chart", f"the chart has no account {account_code}", account=account_code
    )


def checked_lines(entry: Entry) -> list[Line]:
    """Return the lines to be written, without those of zero fen.

    Raises `InvalidError` when they are not whole fen, do not sum to zero, stand in another
    book, or join the money of two custodians outside a sweep.
    """
    if any(
        isinstance(line.minor, bool) or not isinstance(line.minor, int) for line in entry.lines
    ):
        raise InvalidError("amount_not_whole", f"{entry.key}: amounts are whole fen")
    lines = [line for line in entry.lines if line.minor != 0]
    if not lines:
        raise InvalidError("posting_empty", f"{entry.key}: there is nothing to post")
    total = sum(line.minor for line in lines)
    if total != 0:
        raise InvalidError(
            "posting_unbalanced", f"{entry.key}: the lines sum to {total}, not to zero"
        )
    classes = [classify(line.account_code) for line in lines]
    if any(account.book is not entry.book for account in classes):
        raise InvalidError("posting_mixes_books", f"{entry.key}: an account of another book")
    custodians = {account.custodian for account in classes if account.custodian}
    if len(custodians) > 1 and entry.kind not in SWEEPS:
        raise InvalidError(
            "posting_mixes_custodians", f"{entry.key}: only a sweep may join two custodians"
        )
    return lines


def request_hash(entry: Entry, lines: Sequence[Line]) -> bytes:
    """Return the hash that tells a repeated posting from another one under the same key."""
    body = [
        entry.book,
        entry.kind,
        entry.effective_at.isoformat(),
        entry.source,
        entry.reverses,
        sorted((line.account_code, line.minor) for line in lines),
    ]
    return hashlib.sha256(msgspec.json.encode(body)).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedBody:
    """What the chain seals of one transaction."""

    posting_key: str
    book: str
    kind: str
    effective_at: datetime
    recorded_at: datetime
    source: str
    reverses: str | None
    lines: Sequence[tuple[str, int]]


def link_hash(prev_hash: bytes, body: SealedBody) -> bytes:
    """Return the hash of a transaction that follows `prev_hash` in the chain."""
    content = [
        body.posting_key,
        body.book,
        body.kind,
        body.effective_at.isoformat(),
        body.recorded_at.isoformat(),
        body.source,
        body.reverses,
        list(body.lines),
    ]
    return hashlib.sha256(prev_hash + msgspec.json.encode(content)).digest()


def cover_debits(debits: Sequence[Line], balances: Mapping[str, int]) -> list[Line]:
    """Return debits that take from each payable only what it holds.

    What is short, because the party was paid out already, becomes a claim on the party:
    `A:recover:<owner>`. `balances` are signed; a payable holds what it has on the credit side.
    """
    held = {code: -minor for code, minor in balances.items()}
    lines: list[Line] = []
    for debit in debits:
        owner = _owner(debit.account_code)
        if owner is None or debit.minor <= 0:
            lines.append(debit)
            continue
        taken = min(debit.minor, max(held.get(debit.account_code, 0), 0))
        held[debit.account_code] = held.get(debit.account_code, 0) - taken
        lines += _nonzero(
            Line(debit.account_code, taken), Line(f"A:recover:{owner}", debit.minor - taken)
        )
    return lines


def set_off(credits_: Sequence[Line], claims: Mapping[str, int]) -> list[Line]:
    """Return lines that pay claims on over-paid parties out of what they were just credited.

    `claims` are signed balances of `A:recover:<owner>`. Never takes more than the credit.
    """
    open_claims = dict(claims)
    lines: list[Line] = []
    for credit in credits_:
        owner = _owner_who_pays(credit.account_code)
        claim = f"A:recover:{owner}"
        taken = min(-credit.minor, open_claims.get(claim, 0)) if owner else 0
        if taken > 0:
            open_claims[claim] -= taken
            lines += [Line(credit.account_code, taken), Line(claim, -taken)]
    return lines


def claim_codes(lines: Sequence[Line]) -> list[str]:
    """Return the `A:recover` accounts of the parties whose payables stand in some lines."""
    owners = {_owner_who_pays(line.account_code) for line in lines}
    return sorted(f"A:recover:{owner}" for owner in owners if owner)


def _owner(code: str) -> str | None:
    """Return the party an account is owed to."""
    return classify(code).owner if code.startswith(("L:payable:", "L:wage:")) else None


def _owner_who_pays(code: str) -> str | None:
    """Return the party whose claims are paid from an account; wages are owed in full.

    Source: 工资支付暂行规定 (1994) art. 15 and 16: nothing but taxes, social insurance, what a
    court orders and damage done to the employer may be kept back from a wage.
    """
    return None if code.startswith("L:wage:") else _owner(code)


def _nonzero(*lines: Line) -> list[Line]:
    return [line for line in lines if line.minor != 0]
