"""Consents are given and withdrawn one by one; requests have a last day and an answer."""

from datetime import date, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from kernel import workdays
from kernel.errors import ConflictError, NotFoundError
from kernel.workdays import Calendar
from parties import queries, service
from parties.values import ConsentChannel, ConsentScope, RequestKind, RequestState, Subject
from tests.builders.catalog import NOON
from tests.builders.looks import a_param
from tests.builders.places import a_household

PAGE = ConsentChannel.PAGE
LATER = NOON + timedelta(days=1)


@pytest.fixture
def subject(session: Session) -> Subject:
    a_household(session, "H2")
    return Subject(household_id=a_household(session, "H1"))


def give(session: Session, subject: Subject, version: str = "1") -> None:
    service.give_consent(
        session,
        subject,
        ConsentScope.PUBLISHING,
        version=version,
        channel=PAGE,
        by="person:1",
        at=NOON,
    )


def publishable(session: Session) -> frozenset[str]:
    return queries.list_consenting(session, ["H1", "H2"], ConsentScope.PUBLISHING)


def test_nothing_is_published_without_an_active_consent(
    session: Session, subject: Subject
) -> None:
    assert publishable(session) == frozenset()

    give(session, subject)
    assert publishable(session) == {"H1"}

    service.withdraw_consent(session, subject, ConsentScope.PUBLISHING, by="person:1", at=LATER)
    assert publishable(session) == frozenset()


def test_a_consent_to_one_thing_is_none_to_another(session: Session, subject: Subject) -> None:
    give(session, subject)

    assert queries.list_consenting(session, ["H1"], ConsentScope.SHARING) == frozenset()


def test_the_same_version_is_agreed_to_once_and_a_newer_one_ends_it(
    session: Session, subject: Subject
) -> None:
    for version in ("1", "1", "2"):
        give(session, subject, version)

    rows = queries.list_consents(session, subject)
    assert [(row.version, row.withdrawn_at is None) for row in rows] == [
        ("2", True),
        ("1", False),
    ]


def test_what_was_not_given_cannot_be_withdrawn(session: Session, subject: Subject) -> None:
    with pytest.raises(NotFoundError):
        service.withdraw_consent(session, subject, ConsentScope.SHARING, by="person:1", at=NOON)


@pytest.mark.parametrize(
    "command",
    [
        "UPDATE consents SET scope = 'sharing'",
        "UPDATE consents SET withdrawn_at = NULL",
        "DELETE FROM consents",
    ],
)
def test_a_consent_stays_as_it_was(session: Session, subject: Subject, command: str) -> None:
    give(session, subject)
    service.withdraw_consent(session, subject, ConsentScope.PUBLISHING, by="person:1", at=LATER)

    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(text(command))


def test_a_request_is_due_after_working_days(session: Session, subject: Subject) -> None:
    a_param(session, "subject_request_working_days", 15)
    a_param(
        session,
        "working_day_calendar",
        [
            {"kind": "holiday", "from": "2026-06-19", "to": "2026-06-21"},
            {"kind": "workday", "from": "2026-06-13", "to": "2026-06-13"},
        ],
    )
    received = NOON.replace(year=2026, month=6, day=8)

    request_id = service.receive_request(
        session, subject, RequestKind.DELETION, words="", at=received
    )

    # Three weeks less the Saturday worked, more the Friday that is off.
    assert queries.get_request(session, request_id).due_on == date(2026, 6, 29)


def test_without_a_calendar_weeks_are_plain() -> None:
    assert Calendar().add(date(2026, 6, 5), 1) == date(2026, 6, 8)
    assert Calendar().add(date(2026, 6, 5), 0) == date(2026, 6, 5)


def test_the_calendar_is_read_in_full(session: Session) -> None:
    a_param(
        session,
        "working_day_calendar",
        [{"kind": "holiday", "from": "2026-10-01", "to": "2026-10-07"}],
    )

    assert len(workdays.load(session).holidays) == 7


def test_one_request_of_a_kind_is_open_at_a_time(session: Session, subject: Subject) -> None:
    service.receive_request(session, subject, RequestKind.CORRECTION, words="错", at=NOON)

    with pytest.raises(ConflictError):
        service.receive_request(session, subject, RequestKind.CORRECTION, words="", at=NOON)


def test_an_answered_request_is_closed_for_good(session: Session, subject: Subject) -> None:
    request_id = service.receive_request(
        session, subject, RequestKind.CORRECTION, words="电话错了", at=NOON
    )
    answer = {"state": RequestState.DONE, "answer": "已更正", "by": "person:2", "at": LATER}

    service.close_request(session, request_id, **answer)  # type: ignore[arg-type]  # mixed values

    row = queries.get_request(session, request_id)
    assert (row.state, row.answer, row.words) == (RequestState.DONE, "已更正", "电话错了")
    with pytest.raises(ConflictError):
        service.close_request(session, request_id, **answer)  # type: ignore[arg-type]  # mixed values


def test_overdue_requests_are_counted(session: Session, subject: Subject) -> None:
    service.receive_request(session, subject, RequestKind.CORRECTION, words="", at=NOON)

    assert queries.count_overdue(session, on=NOON.date()) == 0
    assert queries.count_overdue(session, on=NOON.date() + timedelta(days=30)) == 1
