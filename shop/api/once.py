"""Commands of the interface: carried out once under a key, the same answer ever after."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from flask import Response, request
from sqlalchemy.orm import Session

from kernel import clock, idempotency
from kernel.db import unit_of_work
from kernel.idempotency import CommandId
from shop.api import contract
from shop.api.schemas.keys import IdempotencyHeader, OptionalKey
from shop.security import find_actor

T = TypeVar("T")

REPLAYED = "Idempotent-Replayed"
GUEST = "guest"


def once(given: Mapping[str, Any], carry_out: Callable[[Session], Response]) -> Response:
    """Carry out the command of this request under the key of its header."""
    key = contract.read_headers(IdempotencyHeader)["idempotency_key"]
    return once_as(caller(), key, given, carry_out)


def once_if_asked(
    given: Mapping[str, Any], carry_out: Callable[[Session], Response]
) -> Response:
    """Carry out what changes nothing; under a key, give its first answer again."""
    key = contract.read_headers(OptionalKey).get("idempotency_key")
    if key is not None:
        return once_as(caller(), key, given, carry_out)
    with unit_of_work() as session:
        return carry_out(session)


def once_as(
    whose: str, key: str, given: Mapping[str, Any], carry_out: Callable[[Session], Response]
) -> Response:
    """Carry out a command under a caller's key, or give the answer it got the first time.

    The key, the effect and the sealed answer are one transaction: after a crash there are all
    or none. Twenty at once wait for the first. Raises `ConflictError` when the key was used for
    anything else of this part of the interface.
    """
    command, asked = _named(whose, key, given)
    with unit_of_work() as session:
        before = idempotency.begin(session, command, asked, at=clock.now())
        if before is None:
            made = carry_out(session)
            idempotency.finish(
                session,
                command,
                status=made.status_code,
                body={"location": made.headers.get("Location")},
                sealed=made.get_data(as_text=True),
            )
    return made if before is None else _again(before)


def once_between(
    given: Mapping[str, Any],
    ask: Callable[[], T],
    carry_out: Callable[[Session, T], Response],
) -> Response:
    """Carry out a command that asks somebody else first, between two transactions.

    `ask` must be harmless to repeat: commands that come at once under one key may each run it,
    and so may one that is sent again after a crash. Under a used key it is not run.
    """
    key = contract.read_headers(IdempotencyHeader)["idempotency_key"]
    command, request_made = _named(caller(), key, given)
    with unit_of_work() as session:
        before = idempotency.find(session, command, request_made)
    if before is not None:
        return _again(before)
    found = ask()
    return once_as(caller(), key, given, lambda session: carry_out(session, found))


def _named(whose: str, key: str, given: Mapping[str, Any]) -> tuple[CommandId, dict[str, Any]]:
    command = CommandId(whose, f"api:{(request.blueprint or '').removeprefix('api_')}", key)
    asked = {"operation": request.endpoint, "path": request.view_args or {}, "body": given}
    return command, asked


def caller() -> str:
    """Return whose keys these are: the signed-in person's, or those of guests."""
    actor = find_actor()
    return f"person:{actor.person_id}" if actor else GUEST


def _again(before: idempotency.Answer) -> Response:
    again = Response(before.sealed, before.status, content_type=contract.JSON)
    again.headers["Cache-Control"] = "no-store"
    if before.body.get("location"):
        again.headers["Location"] = before.body["location"]
    again.headers[REPLAYED] = "true"
    return again
