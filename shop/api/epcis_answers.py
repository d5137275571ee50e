"""How the exchange of events answers: problems of the standard, headers, documents, pages."""

import re
from collections.abc import Iterable, Sequence
from typing import Any, Final, NoReturn

from flask import Response, abort, request

from cold_chain.epcis import contexts, telling
from cold_chain.epcis.problems import Problem
from cold_chain.queries import EventRow
from kernel import clock
from shop import errors, intake
from workflows import epcis_told

LD_JSON: Final = "application/ld+json"
JSON: Final = "application/json"
MAX_BYTES: Final = 2 * 1024 * 1024
MAX_ADDRESS: Final = 4_000
TOKEN_SECONDS: Final = 86_400
VERSION: Final = "2.0.0"
KNOWN_VERSIONS: Final = re.compile(r"2\.0(\.\d+)?")

HEADERS: Final = {
    "GS1-EPCIS-Version": VERSION,
    "GS1-EPCIS-Min": VERSION,
    "GS1-EPCIS-Max": VERSION,
    "GS1-CBV-Version": VERSION,
    "GS1-CBV-Min": VERSION,
    "GS1-CBV-Max": VERSION,
    "GS1-EPC-Format": "Never_Translates",
    "GS1-Vendor-Version": "1",
}

KINDS: Final = {
    400: "ValidationException",
    401: "SecurityException",
    403: "SecurityException",
    404: "NoSuchResourceException",
    406: "NotAcceptableException",
    409: "ResourceAlreadyExistsException",
    413: "CaptureLimitExceededException",
    414: "URITooLongException",
    415: "UnsupportedMediaTypeException",
    501: "NotImplementedException",
}
"""Status → what the standard calls such a failure."""


def with_headers(response: Response) -> Response:
    """Say in every answer which version speaks and what may be handed in."""
    response.headers.update(HEADERS)
    response.headers["GS1-EPCIS-Capture-File-Size-Limit"] = str(MAX_BYTES)
    response.headers["Cache-Control"] = "no-store"
    return response


def refuse(
    status: int, detail: str, *, problems: Iterable[Problem] = (), kind: str = ""
) -> NoReturn:
    """Abort with a problem of the standard, RFC 7807."""
    abort(problem(status, detail, problems=problems, kind=kind))


def problem(
    status: int, detail: str, *, problems: Iterable[Problem] = (), kind: str = ""
) -> Response:
    """Return a problem of the standard."""
    named = kind or KINDS.get(status, "ImplementationException")
    response = errors.answer(status, f"epcis_http_{status}", detail)
    body: dict[str, Any] = intake.load(response.get_data())
    body["type"] = f"epcisException:{named}"
    if told := [one._asdict() for one in problems]:
        body["errors"] = told
    response.set_data(intake.dump(body))
    return with_headers(response)


def check_speech() -> None:
    """Refuse what is asked in another version, form or media type, or too long an address."""
    if len(request.full_path) > MAX_ADDRESS:
        refuse(414, f"an address has at most {MAX_ADDRESS} characters")
    wanted = request.headers.get("GS1-EPCIS-Version", VERSION)
    if KNOWN_VERSIONS.fullmatch(wanted) is None:
        refuse(406, "this house speaks EPCIS 2.0", kind="UnsupportedVersionException")
    shape = request.headers.get("GS1-EPC-Format", "No_Preference")
    if shape not in {"No_Preference", "Never_Translates"}:
        refuse(406, "names of things are handed out as they came")
    accepted = request.accept_mimetypes
    if accepted and accepted.best_match([LD_JSON, JSON]) is None:
        refuse(406, "answers are JSON")


def read_body() -> bytes:
    """Return the body of a document; anything but JSON is refused."""
    if request.mimetype not in {LD_JSON, JSON}:
        refuse(415, "documents are JSON: application/json or application/ld+json")
    if (request.content_length or 0) > MAX_BYTES:
        refuse(413, f"a document has at most {MAX_BYTES} bytes")
    request.max_content_length = MAX_BYTES
    return request.get_data(cache=False)


def answer(body: Any, *, status: int = 200) -> Response:
    """Answer with JSON."""
    return Response(intake.dump(body), status, content_type=JSON)


def events(rows: Sequence[EventRow], *, name: str, next_address: str | None) -> Response:
    """Answer with events as the result of a query."""
    own: list[Any] = []
    for row in rows:
        own += [part for part in row.context if part not in own]
    body = {
        "@context": contexts.joined(own),
        "type": "EPCISQueryDocument",
        "schemaVersion": "2.0",
        "creationDate": telling.moment(clock.now()),
        "epcisBody": {
            "queryResults": {
                "queryName": name,
                "resultsBody": {"eventList": [epcis_told.written(row) for row in rows]},
            }
        },
    }
    response = Response(intake.dump(body), content_type=LD_JSON)
    if next_address is not None:
        response.headers["Link"] = f'<{next_address}>; rel="next"'
        response.headers["GS1-Next-Page-Token-Expires"] = str(TOKEN_SECONDS)
    return response


def event(row: EventRow) -> Response:
    """Answer with one event under the context of its words."""
    body = {"@context": contexts.joined(row.context), **epcis_told.written(row)}
    return Response(intake.dump(body), content_type=LD_JSON)
