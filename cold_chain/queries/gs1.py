"""Numbers of the GS1 system: what they name, and what a thing is known by."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from cold_chain.models import EpcisClient, Gs1Key, Gs1Prefix
from cold_chain.values.epcis import KeyKind
from parties.models import Organisation


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


@dataclass(frozen=True, slots=True)
class PrefixRow:
    """A company prefix and who was given it."""

    prefix: str
    organisation_name: str
    basis: str
    valid_from: date
    is_sample: bool


def list_prefixes(session: Session) -> list[PrefixRow]:
    """Return the company prefixes, the one new keys are given from first."""
    rows = session.execute(
        select(
            Gs1Prefix.prefix,
            Organisation.name,
            Gs1Prefix.basis,
            Gs1Prefix.valid_from,
            Gs1Prefix.is_sample,
        )
        .join(Organisation, Organisation.code == Gs1Prefix.organisation_code)
        .order_by(Gs1Prefix.is_sample, Gs1Prefix.valid_from, Gs1Prefix.prefix)
    )
    return [PrefixRow(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class ClientKeyRow:
    """A key of a partner's machine."""

    code: str
    organisation_code: str
    organisation_name: str
    label: str
    may_capture: bool
    created_at: datetime
    revoked_at: datetime | None


def list_client_keys(session: Session) -> list[ClientKeyRow]:
    """Return all keys, those in use first, the newest on top."""
    rows = session.execute(
        select(
            EpcisClient.code,
            EpcisClient.organisation_code,
            Organisation.name,
            EpcisClient.label,
            EpcisClient.may_capture,
            EpcisClient.created_at,
            EpcisClient.revoked_at,
        )
        .join(Organisation, Organisation.code == EpcisClient.organisation_code)
        .order_by(EpcisClient.revoked_at.is_not(None), EpcisClient.created_at.desc())
    )
    return [ClientKeyRow(*row) for row in rows]
