"""Everything that must hold on the running data: `make verify`, one claim a line.

Each claim counts what it looked at and what contradicts it; it holds when nothing does. What
one statement can answer stands in `reporting.invariants`; chains of hashes are walked here.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import create_engine, func, select
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from cold_chain import queries as cold_chain
from kernel import audit, clock
from kernel.audit import AuditRow
from ledger import chain
from reporting.desk.search import find_state
from reporting.invariants import checks
from reporting.invariants.form import Check
from shop.proof.runner import Kind, Outcome, Run, run_named
from shop.search_engines import writers
from shop.settings import Settings

GOAL = "0 wrong"
SEALING_ROUNDS = 5


@contextmanager
def _reading(settings: Settings) -> Iterator[Session]:
    """Give a session on the database of the settings; what it writes is kept."""
    engine = create_engine(settings.database_url, poolclass=NullPool)
    with Session(engine) as session, session.begin():
        yield session
    engine.dispose()


def _run_of(check: Check) -> Run:
    def run(settings: Settings) -> Outcome:
        with _reading(settings) as session:
            finding = checks.ask(session, check)
        return Outcome(finding.name, finding.figure, GOAL, finding.holds, (finding.about,))

    run.__doc__ = check.about
    return run


for _check in checks.CHECKS:
    run_named(Kind.VERIFY, _check.name)(_run_of(_check))


@run_named(Kind.VERIFY, "ledger-chain")
def ledger_chain(settings: Settings) -> Outcome:
    """Every transaction is sealed, and every seal follows from the one before it."""
    # A sale may be booked while the chain is walked; it is sealed in the next round.
    for _round in range(SEALING_ROUNDS):
        _seal(settings)
        with _reading(settings) as session:
            report = chain.verify_chain(session)
        if not report.unsealed:
            break
    wrong = report.unsealed + (report.broken_at is not None)
    where = f", broken at link {report.broken_at:,}" if report.broken_at else ""
    figure = f"{wrong:,} wrong of {report.links:,} links{where}"
    return Outcome("ledger-chain", figure, GOAL, wrong == 0, (f"head {report.head.hex()}",))


def _seal(settings: Settings) -> None:
    sealed = 1
    while sealed:
        with _reading(settings) as session:
            sealed = chain.seal_chain(session)


@run_named(Kind.VERIFY, "audit-chain")
def audit_chain(settings: Settings) -> Outcome:
    """Every recorded act follows from the one before it."""
    with _reading(settings) as session:
        rows = session.scalar(select(func.count()).select_from(AuditRow)) or 0
        broken = audit.find_break(session)
    where = "" if broken is None else f", broken at act {broken:,}"
    figure = f"{int(broken is not None)} wrong of {rows:,} acts{where}"
    return Outcome("audit-chain", figure, GOAL, broken is None)


@run_named(Kind.VERIFY, "cold-chain-records")
def cold_chain_records(settings: Settings) -> Outcome:
    """Custody, loggers, verdicts and raw uploads of the cold chain contradict nowhere."""
    with _reading(settings) as session:
        found = cold_chain.list_invariants(session)
    wrong = sum(one.violations for one in found)
    return Outcome(
        "cold-chain-records",
        f"{wrong:,} wrong in {len(found)} questions",
        GOAL,
        wrong == 0,
        tuple(f"{one.violations:,} against: {one.name}" for one in found),
    )


@run_named(Kind.VERIFY, "search-index")
def search_index(settings: Settings) -> Outcome:
    """Compare the index, once there is one, with the products on sale."""
    with _reading(settings) as session:
        state = find_state(session, writers(settings, session)[0], at=clock.now())
    of = f"{state.on_sale:,} products on sale"
    figure = (
        f"{state.wrong:,} wrong of {of}" if state.name else f"0 wrong, no index yet for {of}"
    )
    return Outcome(
        "search-index", figure, GOAL, state.wrong == 0, (f"{state.engine}: index {state.name}",)
    )
