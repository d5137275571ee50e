"""Asks the database of a run whether everything that must always hold does."""

from sqlalchemy.orm import Session

from cold_chain import queries as cold_chain
from ledger import chain
from reporting.invariants import checks
from shop.proof.ground.databases import engine_on


def list_broken(url: str) -> list[str]:
    """Return a sentence for each invariant that does not hold; nothing is written."""
    with engine_on(url) as engine, Session(engine) as session:
        broken = [
            f"{one.name}: {one.figure}"
            for one in (checks.ask(session, check) for check in checks.CHECKS)
            if not one.holds
        ]
        broken += [
            f"{one.name}: {one.violations} against it"
            for one in cold_chain.list_invariants(session)
            if one.violations
        ]
        while chain.seal_chain(session):
            pass
        report = chain.verify_chain(session)
    if report.broken_at is not None or report.unsealed:
        broken.append(f"ledger chain: broken at {report.broken_at}, {report.unsealed} open")
    return broken
