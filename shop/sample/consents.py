"""Writes what the households of the sample agreed to, on paper, and what some took back."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from parties import service as parties
from parties.values import ConsentChannel, ConsentScope, Subject
from shop.sample import tables
from shop.sample.checks import Files
from shop.sample.tables import Change

ACTOR: Final = "task:sample"
NOTICE: Final = "2025-01"
"""The notice of the paper form the sample's households signed."""
SIGNED_AT: Final = datetime(2025, 1, 8, 2, 0, tzinfo=UTC)
WITHDRAWN_AT: Final = datetime(2026, 6, 3, 2, 0, tzinfo=UTC)
TO_ALL: Final = (ConsentScope.PROCESSING, ConsentScope.SENSITIVE, ConsentScope.SHARING)
EVERY_SILENT: Final = 3
"""One household of so many did not agree that anything about it is published."""
EVERY_WITHDRAWN: Final = 20
"""One of so many agreed and took it back."""


def load(session: Session, files: Files) -> Change:
    """Record the consents of households that have none; a second time changes nothing."""
    rows = tables.table("consents")
    known = set(
        session.scalars(
            select(rows.c.household_id).where(rows.c.household_id.is_not(None)).distinct()
        )
    )
    fresh = {
        line.household_id: number
        for number, line in enumerate(files.households, start=1)
        if line.household_id not in known
    }
    published = {code: number for code, number in fresh.items() if number % EVERY_SILENT}
    _give(session, fresh, TO_ALL)
    _give(session, published, (ConsentScope.PUBLISHING,))
    _take_back(session, published)
    return Change("consents", len(fresh), 0, len(files.households) - len(fresh))


def _give(session: Session, codes: Iterable[str], scopes: tuple[ConsentScope, ...]) -> None:
    parties.give_consents(
        session,
        [Subject(household_id=code) for code in codes],
        scopes,
        version=NOTICE,
        channel=ConsentChannel.PAPER,
        by=ACTOR,
        at=SIGNED_AT,
    )


def _take_back(session: Session, published: Mapping[str, int]) -> None:
    for code, number in published.items():
        if number % EVERY_WITHDRAWN == 0:
            parties.withdraw_consent(
                session,
                Subject(household_id=code),
                ConsentScope.PUBLISHING,
                by=ACTOR,
                at=WITHDRAWN_AT,
            )
