"""Every claim of `make verify` holds on an honest database and fails on a false one."""

from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

import shop.proof
from kernel import audit, vault
from kernel.audit import Act
from ledger import service as ledger
from reporting.invariants import checks
from shop.proof import runner
from shop.proof.runner import Kind, Outcome
from shop.settings import DEMO_VAULT_KEY, Settings
from tests.builders.catalog import NOON
from tests.builders.ledger import a_payment

WALKED = {"ledger-chain", "audit-chain", "cold-chain-records", "search-index"}


@pytest.fixture
def running(fresh_database_url: str, tmp_path: Path) -> Settings:
    vault.use_key(DEMO_VAULT_KEY)
    runner.load(shop.proof)
    return Settings(database_url=fresh_database_url, data_dir=tmp_path)


def write(settings: Settings, *statements: str) -> None:
    engine = create_engine(settings.database_url)
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def trade(settings: Settings) -> None:
    engine = create_engine(settings.database_url)
    with Session(engine) as session, session.begin():
        ledger.post(session, a_payment())
        for step in range(2):
            act = Act(
                actor="person:1",
                action="looked",
                subject=f"order:{step}",
                purpose="test",
                at=NOON,
                detail={},
            )
            audit.record(session, act)
    engine.dispose()


def outcome_of(settings: Settings, name: str) -> Outcome:
    named = runner.find_run(Kind.VERIFY, name)
    assert named is not None
    return named.run(settings)


def test_every_claim_is_registered_with_what_it_shows(running: Settings) -> None:
    runs = runner.list_runs(Kind.VERIFY)

    assert {run.name for run in runs} == {check.name for check in checks.CHECKS} | WALKED
    assert all(run.about for run in runs)


def test_every_claim_holds_on_an_empty_shop(running: Settings) -> None:
    outcomes = [run.run(running) for run in runner.list_runs(Kind.VERIFY)]

    assert [outcome.name for outcome in outcomes if not outcome.holds] == []
    assert {outcome.goal for outcome in outcomes} == {"0 wrong"}


def test_the_chain_of_the_ledger_is_sealed_and_walked(running: Settings) -> None:
    trade(running)
    assert outcome_of(running, "ledger-chain").figure == "0 wrong of 1 links"

    write(running, "UPDATE ledger_txs SET source = 'order:other'")

    false = outcome_of(running, "ledger-chain")
    assert not false.holds
    assert "broken at link 1" in false.figure


def test_a_changed_act_is_found(running: Settings) -> None:
    trade(running)
    assert outcome_of(running, "audit-chain").figure == "0 wrong of 2 acts"

    write(running, "UPDATE audit_rows SET purpose = 'none' WHERE subject = 'order:1'")

    assert not outcome_of(running, "audit-chain").holds


def test_a_claim_of_one_statement_fails_on_a_false_ledger(running: Settings) -> None:
    trade(running)

    write(running, "UPDATE ledger_entries SET amount_minor = amount_minor + 1 WHERE seq = 1")

    outcome = outcome_of(running, "ledger-transactions")
    assert (outcome.holds, outcome.figure) == (False, "1 wrong of 1 transactions")
