"""How failures are told: RFC 9457 problem details with a stable code."""

from marshmallow import fields

from shop.api.schemas.fields import Shape


class ProblemPlace(Shape):
    """One thing that is wrong with the input, and where it stands."""

    pointer = fields.String(metadata={"description": "JSON pointer into the body."})
    parameter = fields.String(metadata={"description": "Name of a parameter of the address."})
    header = fields.String(metadata={"description": "Name of a header."})
    detail = fields.String(required=True)


class Problem(Shape):
    """A refusal or failure; `code` is stable, sentences are in the caller's language."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    code = fields.String(
        required=True, metadata={"description": "Stable name of the refusal in snake_case."}
    )
    detail = fields.String(required=True)
    request_id = fields.String(
        required=True, metadata={"description": "Number to quote when asking for help."}
    )
    errors = fields.List(fields.Nested(ProblemPlace))
