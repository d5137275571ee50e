"""Giving things numbers of the GS1 system, each once and for good."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import func, insert, or_, select, tuple_
from sqlalchemy.orm import Session

from cold_chain.epcis.errors import Gs1NumbersUsedUpError, Gs1PrefixMissingError
from cold_chain.epcis.names import with_check_digit
from cold_chain.models import Gs1Key, Gs1Prefix
from cold_chain.service.clients import check_organisation
from cold_chain.values.epcis import KeyKind
from kernel.clock import local_date

Wanted = tuple[KeyKind, str]

LENGTHS: Final = {
    KeyKind.GTIN: 12,
    KeyKind.GLN: 12,
    KeyKind.PARTY: 12,
    KeyKind.SSCC: 17,
    KeyKind.GRAI: 12,
    KeyKind.GIAI: 30,
}
"""How many digits prefix and number have together."""

FAMILIES: Final = {
    KeyKind.GLN: (KeyKind.GLN, KeyKind.PARTY),
    KeyKind.PARTY: (KeyKind.GLN, KeyKind.PARTY),
}
"""Kinds that share their numbers: a place and a party are both known by a location number."""


def register_prefix(
    session: Session,
    prefix: str,
    *,
    organisation_code: str,
    basis: str,
    valid_from: date,
    is_sample: bool = False,
) -> None:
    """Enter a company prefix somebody was given; one that is there stays as it is."""
    check_organisation(session, organisation_code)
    if session.get(Gs1Prefix, prefix) is None:
        session.add(
            Gs1Prefix(
                prefix=prefix,
                organisation_code=organisation_code,
                basis=basis,
                valid_from=valid_from,
                is_sample=is_sample,
            )
        )
        session.flush()


def give_keys(session: Session, wanted: Iterable[Wanted], *, at: datetime) -> dict[Wanted, str]:
    """Return the number of each thing, given now where it had none.

    Raises `Gs1PrefixMissingError` while nobody was given a prefix, and `Gs1NumbersUsedUpError`
    when it has no number left.
    """
    asked = list(dict.fromkeys(wanted))
    known = _known(session, asked)
    if any(one not in known for one in asked):
        prefix = _lock_prefix(session, at)
        # Somebody may have given some while this waited.
        known = _known(session, asked)
        fresh = [one for one in asked if one not in known]
        rows = list(_rows(session, prefix, fresh, at))
        session.execute(insert(Gs1Key), rows)
        known |= {(row["kind"], row["subject"]): row["number"] for row in rows}
    return known


def _known(session: Session, asked: list[Wanted]) -> dict[Wanted, str]:
    rows = session.execute(
        select(Gs1Key.kind, Gs1Key.subject, Gs1Key.number).where(
            tuple_(Gs1Key.kind, Gs1Key.subject).in_(asked)
        )
    )
    return {(row.kind, row.subject): row.number for row in rows}


def _lock_prefix(session: Session, at: datetime) -> str:
    on = local_date(at)
    prefix = session.scalar(
        select(Gs1Prefix.prefix)
        .where(
            Gs1Prefix.valid_from <= on,
            or_(Gs1Prefix.valid_to.is_(None), Gs1Prefix.valid_to >= on),
        )
        .order_by(Gs1Prefix.is_sample, Gs1Prefix.valid_from, Gs1Prefix.prefix)
        .limit(1)
        .with_for_update()
    )
    if prefix is None:
        raise Gs1PrefixMissingError
    return prefix


def _rows(
    session: Session, prefix: str, fresh: list[Wanted], at: datetime
) -> Iterator[dict[str, Any]]:
    places: dict[KeyKind, int] = {}
    for kind, subject in fresh:
        family = FAMILIES.get(kind, (kind,))
        if kind not in places:
            last = session.scalar(
                select(func.max(Gs1Key.place)).where(
                    Gs1Key.prefix == prefix, Gs1Key.kind.in_(family)
                )
            )
            start = 0 if last is None else last + 1
            places |= dict.fromkeys(family, max(start, *(places.get(one, 0) for one in family)))
        place = places[kind]
        places |= dict.fromkeys(family, place + 1)
        yield {
            "kind": kind,
            "subject": subject,
            "prefix": prefix,
            "place": place,
            "number": number_of(kind, prefix, place),
            "given_at": at,
        }


def number_of(kind: KeyKind, prefix: str, place: int) -> str:
    """Return the key with the number `place` of a kind under a prefix."""
    rest = LENGTHS[kind] - len(prefix)
    if kind is KeyKind.GIAI:
        return f"{prefix}{place + 1:06}"
    if kind is KeyKind.GRAI:
        return f"{with_check_digit('0' + prefix + '0' * rest)}{place + 1}"
    digits = _digits(place, rest, kind)
    if kind is KeyKind.SSCC:
        return with_check_digit(digits[0] + prefix + digits[1:])
    return with_check_digit(("0" if kind is KeyKind.GTIN else "") + prefix + digits)


def _digits(place: int, length: int, kind: KeyKind) -> str:
    digits = f"{place:0{length}}"
    if len(digits) > length or length == 0:
        raise Gs1NumbersUsedUpError(kind.value)
    return digits
