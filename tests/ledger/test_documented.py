"""The documentation of the ledger names what is there: tests, audits, triggers and callers."""

import os
import re
from collections.abc import Iterator, Sequence

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from cold_chain.service.partitions import ensure_partitions
from ledger import chain, service
from ledger.values import PostingKind
from reporting.invariants import bookkeeping, checks
from shop.settings import CHECKOUT
from tests.builders.ledger import NOON, a_payment, an_entry

TEXT = (CHECKOUT / "docs" / "bookkeeping.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (L\d+) \| (.*) \| (.*) \| (.*) \| (.*) \|$", TEXT, re.MULTILINE)
PREPAID = "L:prepaid:W1-1"
LATER = TEXT.partition("### Kinds that nothing posts yet")[2].partition("\n## ")[0]
WALKED = {"ledger-chain", "oversell", "posting-rate"}
"""What is no single statement: a walk, an experiment, a bench."""


def quoted(cell: str) -> Sequence[str]:
    return re.findall(r"`([^`]+)`", cell)


def test_each_of_the_seventeen_promises_has_its_row() -> None:
    assert [row[0] for row in ROWS] == [f"L{number}" for number in range(1, 18)]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_tests_and_audits_of_a_promise_exist(row: tuple[str, str, str, str, str]) -> None:
    _, _, where, tests, audits = row
    known = {check.name for check in checks.CHECKS} | WALKED
    triggers = {trigger for _, trigger in bookkeeping.GUARDS}

    assert [name for name in quoted(tests) if not (CHECKOUT / "tests" / name).is_file()] == []
    assert quoted(tests)
    assert set(quoted(audits)) <= known
    assert {name for name in quoted(where) if re.match(r"ledger_\w+$", name)} <= triggers


def test_each_kind_of_posting_has_a_caller_or_is_announced() -> None:
    sources = [
        path.read_text(encoding="utf-8")
        for package in ("workflows", "ledger")
        for path in (CHECKOUT / package).glob("*.py")
        if path.name != "values.py"
    ]
    called = {
        kind
        for kind in PostingKind
        if any(f"PostingKind.{kind.name}" in one for one in sources)
    }
    announced = set(quoted(LATER)) & set(PostingKind)

    assert called | announced == set(PostingKind)
    assert called & announced == set()


@pytest.fixture
def shop_role(fresh_database_url: str) -> Iterator[str]:
    """The address of a database whose role has no more than the documentation gives it."""
    name = f"shop_of_{os.getpid()}"
    granted = TEXT.partition("```sql")[2].partition("```")[0]
    granted = re.sub(r"\bshop\b", name, granted)
    engine = create_engine(fresh_database_url)
    with engine.begin() as connection:
        connection.execute(text(f"CREATE ROLE {name}"))
        for command in granted.strip().rstrip(";").split(";"):
            connection.execute(text(command))
    yield name
    with engine.begin() as connection:
        connection.execute(text(f"REASSIGN OWNED BY {name} TO CURRENT_USER"))
        connection.execute(text(f"DROP OWNED BY {name}"))
        connection.execute(text(f"DROP ROLE {name}"))
    engine.dispose()


def test_the_documented_grants_are_enough_to_post_and_too_little_to_tamper(
    fresh_database_url: str, shop_role: str
) -> None:
    engine = create_engine(fresh_database_url)
    with Session(engine) as session:
        session.execute(text(f"SET ROLE {shop_role}"))
        service.post(session, a_payment())
        service.post(session, an_entry("F", (PREPAID, 9), ("L:refund:1", -9), reverses="P"))
        assert chain.seal_chain(session) == 2
        assert ensure_partitions(session, [NOON.date()]) == 1
        for command in (
            "DELETE FROM ledger_entries",
            "UPDATE ledger_chain SET hash = ''",
            "TRUNCATE account_balances",
            "ALTER TABLE ledger_entries DISABLE TRIGGER ALL",
            "DROP TRIGGER ledger_entries_1_check ON ledger_entries",
        ):
            with pytest.raises(ProgrammingError) as refusal, session.begin_nested():
                session.execute(text(command))
            assert type(refusal.value.orig).__name__ == "InsufficientPrivilege"
        session.rollback()
    engine.dispose()
