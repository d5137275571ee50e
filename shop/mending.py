"""Refusals that belong to a field of a form: the form comes back with what was typed in it."""

from collections.abc import Callable, Mapping
from functools import wraps
from types import MappingProxyType

from flask.typing import ResponseReturnValue

from kernel.errors import ConflictError, ForbiddenError, InvalidError
from shop.errors import sentence, status_of

Errors = Mapping[str, str]
"""Field → what is wrong with it."""
NOTHING_WRONG: Errors = MappingProxyType({})
View = Callable[..., ResponseReturnValue]


def mends(fields: Mapping[str, str], form: Callable[..., str]) -> Callable[[View], View]:
    """Let a view that reads a form answer with the form again where a field was refused.

    `fields` maps the code of a refusal to the field it speaks of; `form` takes what the address
    gives and `errors`. Every other refusal is a page of its own, as before.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def answer(**given: object) -> ResponseReturnValue:
            try:
                return view(**given)
            except (InvalidError, ConflictError, ForbiddenError) as error:
                if error.code not in fields:
                    raise
                page = form(**given, errors={fields[error.code]: sentence(error)})
                return page, status_of(error)

        return answer

    return decorate
