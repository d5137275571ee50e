"""Statements and accounts are compared for every kind of party, and a difference is found."""

from collections.abc import Iterator

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from reporting.invariants import checks
from reporting.invariants.form import Check
from reporting.invariants.statements import CHECKS


@pytest.fixture
def sample(stocked_database_url: str) -> Iterator[Session]:
    engine = create_engine(stocked_database_url)
    with Session(engine) as opened:
        yield opened
    engine.dispose()


def test_every_statement_of_the_sample_agrees(sample: Session) -> None:
    found = [checks.ask(sample, check) for check in CHECKS]

    assert all(one.checked for one in found)
    assert [one.name for one in found if not one.holds] == []


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.unit)
def test_a_fen_too_many_is_found(sample: Session, check: Check) -> None:
    kinds = {
        "households": "household",
        "cooperatives": "cooperative",
        "villages": "village",
        "carriers": "logistics",
    }
    sample.execute(text("SET LOCAL session_replication_role = replica"))  # no trigger minds
    sample.execute(
        text(
            """
            UPDATE entitlements SET amount_minor = amount_minor + 1 WHERE id = (
                SELECT min(id) FROM entitlements
                WHERE party_kind = :kind AND earned_at IS NOT NULL)
            """
        ),
        {"kind": kinds[check.unit]},
    )

    assert checks.ask(sample, check).broken == 1
    sample.rollback()
