"""The bank's answers to a batch, handed in by a program of the operator's staff."""

import hashlib
from datetime import date
from typing import Any, NoReturn

import msgspec
from flask import Blueprint, Response
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from kernel import audit, clock
from kernel.access import current_actor, requires
from kernel.audit import Act
from parties.values import Role
from payments.errors import AnswersRefusedError
from payments.rules.answers import BankAnswer
from payments.values import Outcome, ReturnReason
from shop.api import contract, once
from shop.api.contract import Caller, Operation, Where, operation
from shop.api.schemas import payouts as shapes
from shop.api.schemas.catalog import Language
from shop.api.schemas.keys import IdempotencyHeader
from shop.api.schemas.orders import path_number
from shop.faults import told
from workflows import payout_run

pages = Blueprint("api_payouts", __name__)


@pages.post("/settlements/<code>/answers")
@requires(Role.OPERATOR)
@operation(
    Operation(
        summary="Take in the bank's answers to a batch",
        description=(
            "All rows or none: each is checked against its line, `errors` names every row "
            "that cannot be right. The same rows again change nothing. A line that was paid "
            "may come back later: `returned`, under a reference of its own. Not before the "
            "batch's file was marked as submitted."
        ),
        tag="settlements",
        path={"code": path_number(shapes.PERIOD, "Code of a settlement, such as S202609.")},
        query=Language,
        headers=IdempotencyHeader,
        body={contract.JSON: shapes.AnswersGiven},
        answer=shapes.AnswersTaken,
        refusals={
            401: "Nobody is signed in.",
            403: "The caller is not an operator.",
            404: "There is no such settlement.",
            409: "The file was not submitted yet, or the key was used for another request.",
        },
        caller=Caller.STAFF,
    )
)
def take_answers(code: str) -> Response:
    """Book what the bank paid and returned."""
    contract.read_query(Language)
    given = contract.read_body(shapes.AnswersGiven)
    answers = [_answer(code, number, row) for number, row in enumerate(given["rows"], start=1)]
    digest = hashlib.sha256(msgspec.json.encode(given, order="sorted")).hexdigest()
    actor, at = current_actor().person_id, clock.now()

    def take(session: Session) -> Response:
        fresh, repeated = payout_run.take_answers(
            session, code, answers, digest, by=actor, at=at
        )
        detail = {"sha256": digest, "applied": str(fresh), "repeated": str(repeated)}
        audit.record(
            session,
            Act(
                actor=f"person:{actor}",
                action="payout_answers_taken",
                subject=f"settlement:{code}",
                purpose="api",
                at=at,
                detail=detail,
            ),
        )
        return contract.answer(shapes.AnswersTaken, {"applied": fresh, "repeated": repeated})

    try:
        return once.once(given, take)
    except AnswersRefusedError as refused:
        _refuse(refused)


def _answer(code: str, number: int, row: dict[str, Any]) -> BankAnswer:
    reason = row.get("return_reason")
    return BankAnswer(
        row=number,
        batch_code=code,
        line_number=row["line_number"],
        amount_minor=row["amount_minor"],
        outcome=Outcome(row["outcome"]),
        bank_reference=row["bank_reference"],
        return_reason=None if reason is None else ReturnReason(reason),
        on=date.fromisoformat(row["on"]),
    )


def _refuse(refused: AnswersRefusedError) -> NoReturn:
    """Abort with every faulty row by its place in the body."""
    rows: dict[str, list[str]] = {}
    for row, sentence, value in told(refused.faults):
        rows.setdefault(str(row - 1), []).append(
            _("%(what)s：%(value)s", what=sentence, value=value) if value else sentence
        )
    contract.refuse(Where.BODY, {"rows": rows})
