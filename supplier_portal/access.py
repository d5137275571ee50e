"""Which seller a member of staff works for in this request."""

from flask import request, session
from werkzeug.exceptions import Forbidden

from kernel.access import current_actor
from parties.values import SELLER_ROLES


def seller_codes() -> list[str]:
    """Return every seller the signed-in person is staff of, by code."""
    return sorted(current_actor().organisation_codes(*SELLER_ROLES))


def seller_code() -> str:
    """Return the seller this request is about: the one chosen last, else the first.

    A code that is not the person's own is never taken, wherever it comes from.
    """
    own = seller_codes()
    wanted = request.args.get("seller") or session.get("seller")
    if wanted in own:
        session["seller"] = wanted
        return str(wanted)
    if not own:
        raise Forbidden
    return own[0]


def actor_code() -> str:
    """Return how the signed-in person stands in histories."""
    return f"person:{current_actor().person_id}"
