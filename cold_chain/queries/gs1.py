"""Numbers of the GS1 system: what they name, and what a thing is known by."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from cold_chain.models import Gs1Key
from cold_chain.values.epcis import KeyKind


def find_number(session: Session, kind: KeyKind, subject: str) -> str | None:
    """Return the number a thing was given, or None while it has none."""
    return session.scalar(
        select(Gs1Key.number).where(Gs1Key.kind == kind, Gs1Key.subject == subject)
    )


def find_subject(session: Session, kind: KeyKind, number: str) -> str | None:
    """Return what a number names in the house's words, or None for a number of others."""
    return session.scalar(
        select(Gs1Key.subject).where(Gs1Key.kind == kind, Gs1Key.number == number)
    )
