"""Commands on the address book of one buyer; whose it is stands first in every one."""

from datetime import datetime

import msgspec
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from orders.errors import AddressBookFullError, AddressNotFoundError
from orders.models import SavedAddress
from orders.values import Recipient
from parties.models import Person

MAX_ADDRESSES = 20


def save_address(
    session: Session, person_id: int, recipient: Recipient, *, is_default: bool, at: datetime
) -> int:
    """Keep an address and return its number; the same one again is the one that is there.

    The first of a book is its default. Raises `AddressBookFullError` beyond twenty.
    """
    known = _lock(session, person_id)
    found = next((row.id for row in known if _opened(row) == recipient), None)
    if found is None:
        if len(known) >= MAX_ADDRESSES:
            raise AddressBookFullError(MAX_ADDRESSES)
        row = SavedAddress(
            person_id=person_id, recipient=_written(recipient), is_default=False, saved_at=at
        )
        session.add(row)
        session.flush()
        found = row.id
    if is_default or not known:
        _set_default(session, person_id, found)
    return found


def change_address(
    session: Session, person_id: int, address_id: int, recipient: Recipient
) -> None:
    """Write an own address anew; orders that went there keep what they were given."""
    _get(session, person_id, address_id).recipient = _written(recipient)
    session.flush()


def make_default_address(session: Session, person_id: int, address_id: int) -> None:
    """Let an own address be filled in first."""
    _get(session, person_id, address_id)
    _set_default(session, person_id, address_id)


def delete_address(session: Session, person_id: int, address_id: int) -> None:
    """Destroy an own address; the oldest of the rest becomes the default when it was that."""
    gone = _get(session, person_id, address_id)
    was_default = gone.is_default
    session.execute(delete(SavedAddress).where(SavedAddress.id == address_id))
    session.expunge(gone)
    if was_default:
        oldest = session.scalar(
            select(SavedAddress.id)
            .where(SavedAddress.person_id == person_id)
            .order_by(SavedAddress.id)
            .limit(1)
        )
        if oldest is not None:
            _set_default(session, person_id, oldest)


def _get(session: Session, person_id: int, address_id: int) -> SavedAddress:
    """Return an own address; one of somebody else is not there."""
    for row in _lock(session, person_id):
        if row.id == address_id:
            return row
    raise AddressNotFoundError


def _lock(session: Session, person_id: int) -> list[SavedAddress]:
    """Let one command at a time into a book, the first ever included."""
    session.execute(
        select(Person.id).where(Person.id == person_id).with_for_update(key_share=True)
    )
    own = select(SavedAddress).where(SavedAddress.person_id == person_id)
    return list(session.scalars(own.order_by(SavedAddress.id)))


def _set_default(session: Session, person_id: int, address_id: int) -> None:
    own = update(SavedAddress).where(SavedAddress.person_id == person_id)
    others = own.where(SavedAddress.is_default, SavedAddress.id != address_id)
    session.execute(others.values(is_default=False))
    session.execute(own.where(SavedAddress.id == address_id).values(is_default=True))


def _written(recipient: Recipient) -> str:
    return msgspec.json.encode(recipient).decode()


def _opened(row: SavedAddress) -> Recipient:
    return msgspec.json.decode(row.recipient, type=Recipient)
