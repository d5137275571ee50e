"""Shapes of contracts as the paying organisation keeps them."""

from marshmallow import fields

from households.values import IncomeClass, LinkageModel, VersionState
from shop.api.schemas.catalog import MAX_PAGE_KEY, PAGE_KEY, Language
from shop.api.schemas.fields import Shape, choice, code, query_whole, text


class ContractQuery(Language):
    """Which contracts of which payer."""

    seller = code(metadata={"description": "One of the caller's own organisations."})
    model = choice(list(LinkageModel))
    limit = query_whole(1, 100, load_default=50)
    after = text(
        MAX_PAGE_KEY,
        pattern=PAGE_KEY,
        metadata={"description": "The `next` of the page before, with the same parameters."},
    )


class ContractTold(Shape):
    """A contract with the version that counts today: in force, else the newest."""

    code = fields.String(required=True)
    payer = fields.String(required=True, metadata={"description": "Code of who pays."})
    model = choice(list(LinkageModel), required=True)
    income_class = choice(list(IncomeClass), required=True)
    household_id = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Opaque number; null for a contract with all producers."},
    )
    version = fields.Integer(required=True, allow_none=True)
    state = choice(list(VersionState), required=True)
    effective_from = fields.Date(required=True, allow_none=True)
    effective_to = fields.Date(
        required=True,
        allow_none=True,
        metadata={"description": "Last day; null while it lasts."},
    )
    terms = fields.Dict(
        required=True,
        keys=fields.String(),
        metadata={"description": "As drawn up: whole fen, basis points, ratios as fractions."},
    )


class ContractPage(Shape):
    """One page of contracts, by code."""

    rows = fields.List(fields.Nested(ContractTold), required=True)
    next = fields.String(
        required=True,
        allow_none=True,
        attribute="next_key",
        metadata={"description": "Give it as `after` for the next page; null at the end."},
    )
