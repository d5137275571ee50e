"""Reads of the titles somebody keeps, and of what was asked for with an order."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, Select, or_, select
from sqlalchemy.orm import Session

from payments.errors import TitleNotFoundError
from payments.models import InvoiceRequest, InvoiceTitle
from payments.models.titles import read_details
from payments.values.invoices import Asked, SavedTitle, Title, TitleReader


def list_titles(session: Session, reader: TitleReader) -> list[SavedTitle]:
    """Return a person's own titles, then those of their organisations; defaults first."""
    rows = session.execute(
        _readable(reader).order_by(
            InvoiceTitle.organisation_code.asc().nulls_first(),
            InvoiceTitle.is_default.desc(),
            InvoiceTitle.id,
        )
    )
    return [_saved(row) for row in rows]


def get_title(session: Session, reader: TitleReader, title_id: int) -> SavedTitle:
    """Return one title; raises `TitleNotFoundError` for everybody else's."""
    row = session.execute(_readable(reader).where(InvoiceTitle.id == title_id)).one_or_none()
    if row is None:
        raise TitleNotFoundError
    return _saved(row)


def get_kept(session: Session, reader: TitleReader, title_id: int) -> SavedTitle:
    """Return a title its reader may change; raises `TitleNotFoundError` for any other."""
    saved = get_title(session, reader, title_id)
    if saved.organisation_code is not None and saved.organisation_code not in reader.keeps_for:
        raise TitleNotFoundError
    return saved


def find_asked(session: Session, group_number: str) -> Asked | None:
    """Return the invoice that was asked for with an order."""
    row = session.execute(
        select(
            InvoiceRequest.title_kind,
            InvoiceRequest.title,
            InvoiceRequest.tax_number,
            InvoiceRequest.form,
            InvoiceRequest.details,
            InvoiceRequest.asked_at,
            InvoiceRequest.answered_at,
            InvoiceRequest.refusal,
        ).where(InvoiceRequest.group_number == group_number)
    ).one_or_none()
    return None if row is None else Asked(_title(row[:5]), *row[5:])


def _readable(reader: TitleReader) -> Select[*tuple[Any, ...]]:
    return select(
        InvoiceTitle.title_kind,
        InvoiceTitle.title,
        InvoiceTitle.tax_number,
        InvoiceTitle.form,
        InvoiceTitle.details,
        InvoiceTitle.id,
        InvoiceTitle.organisation_code,
        InvoiceTitle.is_default,
    ).where(
        or_(
            InvoiceTitle.person_id == reader.person_id,
            InvoiceTitle.organisation_code.in_(reader.chooses_for | reader.keeps_for),
        )
    )


def _saved(row: Row[*tuple[Any, ...]]) -> SavedTitle:
    return SavedTitle(row.id, _title(row[:5]), row.organisation_code, row.is_default)


def _title(row: Sequence[Any]) -> Title:
    kind, name, tax_number, form, details = row
    return Title(kind, name, tax_number, form, read_details(details))
