"""Shapes of the address book: what is kept, and what a pasted text says."""

from marshmallow import fields

from shop.api.schemas.fields import Shape, shaped, text, truth
from shop.api.schemas.orders import RecipientGiven

PASTED = r"^[^\x00-\x09\x0b-\x1f\x7f]+$"
"""Some lines of text."""


class AddressGiven(Shape):
    """An address to keep."""

    recipient = shaped(RecipientGiven, required=True)
    is_default = truth(load_default=False)


class PastedGiven(Shape):
    """An address as people send it to each other."""

    text = text(
        400,
        pattern=PASTED,
        required=True,
        metadata={"description": "Name, phone and address in any order, on one line or more."},
    )


class RecipientRead(Shape):
    """What was found in a pasted text; empty where nothing was."""

    name = fields.String(required=True)
    phone = fields.String(required=True)
    province = fields.String(required=True)
    city = fields.String(required=True)
    district = fields.String(required=True)
    street = fields.String(required=True)


class RecipientTold(RecipientRead):
    """Whereto parcels go."""

    email = fields.String(required=True)


class AddressTold(Shape):
    """One kept address."""

    id = fields.Integer(required=True, attribute="address_id")
    recipient = fields.Nested(RecipientTold, required=True)
    is_default = fields.Boolean(required=True)


class BookTold(Shape):
    """A buyer's address book, the default first."""

    addresses = fields.List(fields.Nested(AddressTold), required=True)
