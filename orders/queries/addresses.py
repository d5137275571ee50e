"""Reads of the address book of one buyer."""

from dataclasses import dataclass

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from orders.errors import AddressNotFoundError
from orders.models import SavedAddress
from orders.values import Recipient


@dataclass(frozen=True, slots=True)
class AddressRow:
    """One saved address as its owner sees it."""

    address_id: int
    recipient: Recipient
    is_default: bool


def list_addresses(session: Session, person_id: int) -> list[AddressRow]:
    """Return a book, the default first, then in the order of saving."""
    rows = session.execute(
        select(SavedAddress.id, SavedAddress.recipient, SavedAddress.is_default)
        .where(SavedAddress.person_id == person_id)
        .order_by(SavedAddress.is_default.desc(), SavedAddress.id)
    )
    return [
        AddressRow(row.id, msgspec.json.decode(row.recipient, type=Recipient), row.is_default)
        for row in rows
    ]


def get_address(session: Session, person_id: int, address_id: int) -> AddressRow:
    """Return one own address; raises `AddressNotFoundError` for everybody else's."""
    for row in list_addresses(session, person_id):
        if row.address_id == address_id:
            return row
    raise AddressNotFoundError
