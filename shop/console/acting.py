"""How the operator's staff read an address and stand in histories and the audit record."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from flask import request

from kernel.access import current_actor
from kernel.audit import Act
from kernel.errors import InvalidError
from kernel.paging import decode_key

PAGE_SIZE = 24
PURPOSE = "console"
MAX_WORD = 64

E = TypeVar("E", bound=StrEnum)


def actor_code() -> str:
    """Return how the signed-in person stands in histories."""
    return f"person:{current_actor().person_id}"


def act(
    action: str, subject: str, *, at: datetime, detail: Mapping[str, str] | None = None
) -> Act:
    """Return what the signed-in person did, ready for the audit record."""
    return Act(
        actor=actor_code(),
        action=action,
        subject=subject,
        purpose=PURPOSE,
        at=at,
        detail=dict(detail or {}),
    )


def asked_state(states: type[E], name: str = "state") -> E | None:
    """Return the state asked for in the address, or None; raises `InvalidError`."""
    given = request.args.get(name, "")
    if not given:
        return None
    if given not in set(states):
        raise InvalidError("report_filter_invalid", f"no such {name}", field=name)
    return states(given)


def asked_word(name: str) -> str:
    """Return a short word of the address without blanks around it."""
    return request.args.get(name, "").strip()[:MAX_WORD]


def asked_id() -> int | None:
    """Return the row number behind which the page goes on, or None for the first page."""
    given = request.args.get("after", "")
    return decode_key(given, int)[0] if given else None
