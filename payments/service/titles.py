"""Commands on the titles somebody keeps, and on invoices asked for with an order."""

from datetime import datetime

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from parties.models import Organisation, Person
from payments.errors import TitleNotFoundError, TitlesFullError
from payments.models import InvoiceRequest, InvoiceTitle
from payments.models.titles import read_details, written
from payments.values.invoices import Title, TitleOwner, TitleReader

MAX_TITLES = 20


def keep_title(
    session: Session, owner: TitleOwner, title: Title, *, is_default: bool, at: datetime
) -> int:
    """Keep a title and return its number; the same one again is the one that is there.

    The first of an owner is the default. Raises `TitlesFullError` beyond twenty.
    """
    known = _lock(session, owner)
    found = next((row.id for row in known if _opened(row) == title), None)
    if found is None:
        if len(known) >= MAX_TITLES:
            raise TitlesFullError(MAX_TITLES)
        row = InvoiceTitle(
            person_id=owner.person_id,
            organisation_code=owner.organisation_code,
            title_kind=title.kind,
            form=title.form,
            title=title.name,
            tax_number=title.tax_number,
            details=written(title.details),
            is_default=False,
            at=at,
        )
        session.add(row)
        session.flush()
        found = row.id
    if is_default or not known:
        _set_default(session, owner, found)
    return found


def change_title(
    session: Session, reader: TitleReader, title_id: int, title: Title, *, is_default: bool
) -> None:
    """Write a title anew; what was issued or asked for keeps what it was given.

    A default stays one until another takes its place.
    """
    owner, row = _get(session, reader, title_id)
    row.title_kind, row.form = title.kind, title.form
    row.title, row.tax_number = title.name, title.tax_number
    row.details = written(title.details)
    session.flush()
    if is_default:
        _set_default(session, owner, title_id)


def make_default_title(session: Session, reader: TitleReader, title_id: int) -> None:
    """Let a title be chosen first."""
    owner, _ = _get(session, reader, title_id)
    _set_default(session, owner, title_id)


def remove_title(session: Session, reader: TitleReader, title_id: int) -> None:
    """Destroy a title; the oldest of the rest becomes the default when it was that."""
    owner, gone = _get(session, reader, title_id)
    was_default = gone.is_default
    session.execute(delete(InvoiceTitle).where(InvoiceTitle.id == title_id))
    session.expunge(gone)
    rest = select(InvoiceTitle.id).where(_owned_by(owner)).order_by(InvoiceTitle.id).limit(1)
    if was_default and (oldest := session.scalar(rest)) is not None:
        _set_default(session, owner, oldest)


def ask(session: Session, group_number: str, title: Title, *, at: datetime) -> None:
    """Note for whom an unpaid order is to be invoiced; asked again, the last word holds."""
    said = {
        "title_kind": title.kind,
        "form": title.form,
        "title": title.name,
        "tax_number": title.tax_number,
        "details": written(title.details),
        "asked_at": at,
        "answered_at": None,
        "refusal": None,
    }
    session.execute(
        upsert(InvoiceRequest)
        .values(group_number=group_number, **said)
        .on_conflict_do_update(index_elements=[InvoiceRequest.group_number], set_=said)
    )


def lock_asked(session: Session, group_number: str) -> Title | None:
    """Lock what was asked for with an order and was not answered yet."""
    row = session.scalars(
        select(InvoiceRequest)
        .where(
            InvoiceRequest.group_number == group_number, InvoiceRequest.answered_at.is_(None)
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    return None if row is None else _opened(row)


def answer(session: Session, group_number: str, *, refusal: str | None, at: datetime) -> None:
    """Note that what was asked for was issued, or why it could not be."""
    session.execute(
        update(InvoiceRequest)
        .where(InvoiceRequest.group_number == group_number)
        .values(answered_at=at, refusal=refusal)
    )


def _get(
    session: Session, reader: TitleReader, title_id: int
) -> tuple[TitleOwner, InvoiceTitle]:
    """Return a title its reader keeps, behind the lock of its owner."""
    found = session.execute(
        select(InvoiceTitle.person_id, InvoiceTitle.organisation_code).where(
            InvoiceTitle.id == title_id
        )
    ).one_or_none()
    if found is None or not _keeps(reader, owner := TitleOwner(*found)):
        raise TitleNotFoundError
    for row in _lock(session, owner):
        if row.id == title_id:
            return owner, row
    raise TitleNotFoundError


def _keeps(reader: TitleReader, owner: TitleOwner) -> bool:
    if owner.organisation_code is not None:
        return owner.organisation_code in reader.keeps_for
    return owner.person_id == reader.person_id


def _lock(session: Session, owner: TitleOwner) -> list[InvoiceTitle]:
    """Let one command at a time to an owner's titles, the first ever included."""
    whose = (
        select(Person.id).where(Person.id == owner.person_id)
        if owner.organisation_code is None
        else select(Organisation.code).where(Organisation.code == owner.organisation_code)
    )
    session.execute(whose.with_for_update(key_share=True))
    own = select(InvoiceTitle).where(_owned_by(owner)).order_by(InvoiceTitle.id)
    return list(session.scalars(own.execution_options(populate_existing=True)))


def _owned_by(owner: TitleOwner) -> ColumnElement[bool]:
    if owner.organisation_code is not None:
        return InvoiceTitle.organisation_code == owner.organisation_code
    return InvoiceTitle.person_id == owner.person_id


def _set_default(session: Session, owner: TitleOwner, title_id: int) -> None:
    own = update(InvoiceTitle).where(_owned_by(owner))
    others = own.where(InvoiceTitle.is_default, InvoiceTitle.id != title_id)
    session.execute(others.values(is_default=False))
    session.execute(own.where(InvoiceTitle.id == title_id).values(is_default=True))


def _opened(row: InvoiceTitle | InvoiceRequest) -> Title:
    return Title(row.title_kind, row.title, row.tax_number, row.form, read_details(row.details))
