"""Exchange of events with partners' machines: the profile of EPCIS 2.0 answered here."""

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from flask import Blueprint, Response, abort, g, request, url_for

from cold_chain import queries
from cold_chain import service as cold_chain
from cold_chain.epcis import questions, reading
from cold_chain.epcis.errors import (
    ClientKeyWrongError,
    DocumentRefusedError,
    DocumentUnreadableError,
)
from cold_chain.epcis.questions import Question
from cold_chain.queries import CaptureRow, Viewer
from cold_chain.values.epcis import Checks, ClientKey, ErrorBehaviour, HandedIn, NewEvent
from kernel import clock, paging
from kernel.db import unit_of_work
from kernel.errors import InvalidError, NotFoundError, ShanjiError
from shop.api import epcis_answers as answers
from shop.api.epcis_answers import refuse
from shop.security import public

pages = Blueprint("api_epcis", __name__)
pages.after_request(answers.with_headers)

PER_PAGE: Final = 30
MAX_PER_PAGE: Final = 100
MAX_NAME: Final = 64
QUERY_NAME: Final = "SimpleEventQuery"
PAGING: Final = {"perPage", "nextPageToken"}
ANSWERED: Final = {
    "/": ["GET", "OPTIONS"],
    "/capture": ["POST", "OPTIONS"],
    "/capture/{captureID}": ["GET"],
    "/events": ["GET", "POST", "OPTIONS"],
    "/events/{eventID}": ["GET"],
    "/epcs/{epc}/events": ["GET"],
    "/bizLocations/{bizLocation}/events": ["GET"],
    "/queries": ["GET", "POST", "OPTIONS"],
    "/queries/{queryName}": ["GET", "DELETE"],
    "/queries/{queryName}/events": ["GET"],
}
UNANSWERED: Final = (
    "GET /capture",
    "/eventTypes",
    "/epcs",
    "/bizSteps",
    "/bizLocations",
    "/readPoints",
    "/dispositions",
    "/nextPageToken",
    "/queries/{queryName}/subscriptions",
    "websocket of /queries/{queryName}/events",
    "XML",
)


REFUSALS: Final[Mapping[type[ShanjiError], tuple[int, str]]] = {
    DocumentUnreadableError: (400, ""),
    DocumentRefusedError: (400, ""),
    NotFoundError: (404, ""),
    InvalidError: (400, "QueryParameterException"),
}
"""Refusal → status, and what the standard calls it where that is not the usual name."""


@pages.before_request
def prove_sender() -> None:
    """Let in whoever sends the key of a partner; say of each what it may."""
    answers.check_speech()
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        _unknown()
    try:
        with unit_of_work() as session:
            g.epcis_key = cold_chain.authenticate_client(session, token.strip())
    except ClientKeyWrongError:
        _unknown()


@pages.errorhandler(ShanjiError)
def show_refusal(error: ShanjiError) -> Response:
    """Answer refusals in the words of the standard."""
    status, kind = next(
        (told for refusal, told in REFUSALS.items() if isinstance(error, refusal)), (409, "")
    )
    problems = error.problems if isinstance(error, DocumentRefusedError) else ()
    return answers.problem(status, error.message, problems=problems, kind=kind)


@pages.get("/")
@public
def show_service() -> Response:
    """Say what is answered here, and what is not."""
    return answers.answer(
        {
            "standard": "EPCIS 2.0, CBV 2.0",
            "endpoints": ANSWERED,
            "notImplemented": list(UNANSWERED),
            "captureLimit": cold_chain.MAX_EVENTS,
            "semanticChecks": [one.value for one in Checks],
        }
    )


@pages.post("/capture")
@public
def hand_in() -> Response:
    """Take a document to be read; where to ask what became of it stands in `Location`."""
    key = _capturing()
    behaviour = _chosen("GS1-Capture-Error-Behaviour", ErrorBehaviour, ErrorBehaviour.ROLLBACK)
    checks = _chosen("Shanji-Semantic-Checks", Checks, Checks.STRICT)
    given = HandedIn(
        owner_code=key.organisation_code,
        actor=f"key:{key.code}",
        body=answers.read_body(),
        error_behaviour=behaviour,
        checks=checks,
    )
    with unit_of_work() as session:
        code = cold_chain.hand_in(session, given, at=clock.now())
    response = Response(status=202)
    response.headers["Location"] = url_for(".show_capture", code=code)
    response.headers["GS1-Capture-Error-Behaviour"] = behaviour.value
    response.headers["GS1-EPCIS-Capture-Limit"] = str(cold_chain.MAX_EVENTS)
    return response


@pages.get("/capture/<code>")
@public
def show_capture(code: str) -> Response:
    """Tell what became of a document."""
    with unit_of_work() as session:
        found = queries.find_capture(session, code, _viewer())
    if found is None:
        refuse(404, "there is no such capture")
    return answers.answer(told(found))


def told(found: CaptureRow) -> dict[str, Any]:
    """Return a capture as the standard tells it.

    A document is read in one go: while that lasts nothing is known to have failed.
    """
    return {
        "captureID": found.code,
        "createdAt": found.created_at.isoformat(),
        "finishedAt": found.finished_at.isoformat() if found.finished_at else None,
        "running": found.finished_at is None,
        "success": not found.errors,
        "captureErrorBehaviour": found.error_behaviour,
        "stored": found.stored,
        "known": found.known,
        "errors": [
            {"type": "epcisException:ValidationException", "title": one["code"], **one}
            for one in found.errors
        ],
        "doubts": found.doubts,
    }


@pages.post("/events")
@public
def add_event() -> Response:
    """Store one event at once."""
    key = _capturing()
    document = cold_chain.read_document(answers.read_body())
    if len(document.events) != 1 or document.kind.endswith("Document"):
        refuse(400, "one event alone; documents go to /capture")
    cold_chain.refuse_bad(document.events, Checks.STRICT)
    (found,) = document.events
    event = NewEvent(owner_code=key.organisation_code, event=found.event, context=found.context)
    with unit_of_work() as session:
        (outcome,) = cold_chain.store_events(session, event, at=clock.now())
    place = url_for(".show_event", event_id=outcome.event_id)
    if not outcome.is_new:
        response = answers.problem(409, f"there is an event {outcome.event_id} already")
    else:
        response = Response(status=201)
    response.headers["Location"] = place
    return response


@pages.get("/events")
@public
def list_events() -> Response:
    """Answer a query in the parameters of the address."""
    return _answer({}, {})


@pages.get("/events/<path:event_id>", merge_slashes=False)
@public
def show_event(event_id: str) -> Response:
    """Show one event."""
    with unit_of_work() as session:
        row = queries.find_event(session, event_id[: questions.MAX_TEXT], _viewer())
    if row is None:
        refuse(404, "there is no such event")
    return answers.event(row)


@pages.get("/epcs/<path:epc>/events", merge_slashes=False)
@public
def list_epc_events(epc: str) -> Response:
    """Answer a query about one thing."""
    return _answer({"MATCH_anyEPC": [epc]}, {"epc": epc})


@pages.get("/bizLocations/<path:place>/events", merge_slashes=False)
@public
def list_place_events(place: str) -> Response:
    """Answer a query about one place."""
    return _answer({"EQ_bizLocation": [place]}, {"place": place})


@pages.get("/queries")
@public
def list_queries() -> Response:
    """List one's own named questions."""
    with unit_of_work() as session:
        found = queries.list_queries(session, _key().organisation_code)
    return answers.answer({"type": "Collection", "member": found})


@pages.post("/queries")
@public
def name_query() -> Response:
    """Give a question a name."""
    given = _object(answers.read_body())
    name, question = given.get("name"), given.get("query")
    if not isinstance(name, str) or not 0 < len(name) <= MAX_NAME or not name.isprintable():
        refuse(400, f"name: a text of 1 to {MAX_NAME} characters")
    if not isinstance(question, dict):
        refuse(400, "query: an object of parameters")
    _read_question(question)
    with unit_of_work() as session:
        cold_chain.name_query(session, _key().organisation_code, name, question, at=clock.now())
    response = Response(status=201)
    response.headers["Location"] = url_for(".show_query", name=name)
    return response


@pages.get("/queries/<name>")
@public
def show_query(name: str) -> Response:
    """Show a named question."""
    with unit_of_work() as session:
        question = queries.get_query(session, _key().organisation_code, name)
    return answers.answer({"name": name, "query": question})


@pages.delete("/queries/<name>")
@public
def drop_query(name: str) -> Response:
    """Forget a named question."""
    with unit_of_work() as session:
        cold_chain.drop_query(session, _key().organisation_code, name)
    return Response(status=204)


@pages.get("/queries/<name>/events")
@public
def list_query_events(name: str) -> Response:
    """Answer a named question."""
    with unit_of_work() as session:
        question = queries.get_query(session, _key().organisation_code, name)
    return _answer(question, {"name": name})


@pages.route("/capture", methods=["GET"])
@pages.route("/<any(eventTypes,epcs,bizSteps,bizLocations):kind>", methods=["GET"])
@pages.route("/<any(readPoints,dispositions,nextPageToken):kind>", methods=["GET", "DELETE"])
@pages.route("/<any(eventTypes,epcs,bizSteps,bizLocations):kind>/<path:rest>")
@pages.route(
    "/<any(readPoints,dispositions,nextPageToken):kind>/<path:rest>",
    methods=["GET", "DELETE"],
)
@public
def show_unanswered(**asked: str) -> Response:
    """Say of what the standard knows besides that it is not answered here."""
    del asked
    return answers.problem(501, "not answered here; GET / says what is")


def _answer(fixed: Mapping[str, Any], place: Mapping[str, str]) -> Response:
    given = {
        name: values[0] if len(values) == 1 else values
        for name, values in request.args.to_dict(flat=False).items()
    }
    asked = {name: value for name, value in given.items() if name not in PAGING}
    if repeated := sorted(fixed.keys() & asked.keys()):
        refuse(400, f"{repeated[0]} is said already", kind="QueryParameterException")
    question = _read_question({**fixed, **asked})
    size = _size(given.get("perPage"))
    after, seen = _after(given.get("nextPageToken"), question, asked)
    limit = size if question.limit is None else min(size, question.limit - seen)
    with unit_of_work() as session:
        rows = (
            queries.list_events(session, question, _viewer(), limit=limit + 1, after=after)
            if limit > 0
            else []
        )
        _check_count(session, question)
    page = rows[:limit]
    is_more = len(rows) > limit and (question.limit is None or seen + limit < question.limit)
    following = None
    if is_more:
        last = page[-1]
        token = paging.encode_key(
            _digest(asked), last.event_time.isoformat(), last.id, seen + len(page)
        )
        values: dict[str, Any] = {**place, **asked, "perPage": size, "nextPageToken": token}
        following = url_for(request.endpoint or "", **values)
    return answers.events(page, name=place.get("name", QUERY_NAME), next_address=following)


def _check_count(session: Any, question: Question) -> None:
    if question.at_most is None:
        return
    found = queries.list_events(session, question, _viewer(), limit=question.at_most + 1)
    if len(found) > question.at_most:
        refuse(413, "more events than asked for", kind="QueryTooLargeException")


def _size(given: Any) -> int:
    if given is None:
        return PER_PAGE
    if not (isinstance(given, str) and given.isascii() and given.isdigit() and int(given[:9])):
        refuse(400, "perPage: a number from 1 on", kind="QueryParameterException")
    return min(int(given[:9]), MAX_PER_PAGE)


def _after(token: Any, question: Question, asked: Mapping[str, Any]) -> tuple[Any, int]:
    if token is None:
        return None, 0
    digest, moment, number, seen = paging.decode_key(str(token), str, datetime, int, int)
    if digest != _digest(asked):
        refuse(400, "nextPageToken belongs to another query", kind="QueryParameterException")
    return ((moment, number) if question.order_by == "event_time" else (number,)), seen


def _digest(asked: Mapping[str, Any]) -> str:
    return hashlib.sha256(repr(sorted(asked.items())).encode()).hexdigest()[:16]


def _read_question(given: Mapping[str, Any]) -> Question:
    try:
        return questions.read(given)
    except questions.QuestionError as error:
        refuse(
            501 if error.is_known else 400,
            f"{error.parameter[:80]} {error.detail}",
            kind="" if error.is_known else "QueryParameterException",
        )


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = reading.parse(body)
    except reading.UnreadableError as error:
        refuse(400, str(error))
    if not isinstance(found, dict):
        refuse(400, "an object is wanted")
    return found


def _chosen(header: str, choices: Callable[[str], Any], default: Any) -> Any:
    given = request.headers.get(header, default.value)
    try:
        return choices(given)
    except ValueError:
        refuse(400, f"{header} has no such value")


def _key() -> ClientKey:
    key: ClientKey = g.epcis_key
    return key


def _capturing() -> ClientKey:
    if not _key().may_capture:
        refuse(403, "this key may ask for events and not hand any in")
    return _key()


def _viewer() -> Viewer:
    return Viewer(frozenset({_key().organisation_code}))


def _unknown() -> None:
    response = answers.problem(401, "a partner's key is wanted: Authorization: Bearer …")
    response.headers["WWW-Authenticate"] = "Bearer"
    abort(response)
