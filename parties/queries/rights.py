"""Reads of consents and of requests about one's own data."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kernel.errors import NotFoundError
from kernel.rows import fill_all
from parties.models import Consent, SubjectRequest
from parties.values import ConsentChannel, ConsentScope, RequestKind, RequestState, Subject

REQUEST: tuple[Any, ...] = (
    SubjectRequest.id,
    SubjectRequest.person_id,
    SubjectRequest.household_id,
    SubjectRequest.kind,
    SubjectRequest.request_state,
    SubjectRequest.words,
    SubjectRequest.received_at,
    SubjectRequest.due_on,
    SubjectRequest.granted_at,
    SubjectRequest.hold_reason,
    SubjectRequest.closed_at,
    SubjectRequest.answer,
)


@dataclass(frozen=True, slots=True)
class ConsentRow:
    """One consent as its subject sees it."""

    scope: ConsentScope
    version: str
    channel: ConsentChannel
    given_at: datetime
    withdrawn_at: datetime | None


@dataclass(frozen=True, slots=True)
class RequestRow:
    """One request about somebody's own data."""

    request_id: int
    person_id: int | None
    household_id: str | None
    kind: RequestKind
    state: RequestState
    words: str | None
    received_at: datetime
    due_on: date
    granted_at: datetime | None
    hold_reason: str | None
    closed_at: datetime | None
    answer: str | None

    @property
    def subject(self) -> Subject:
        """Return whose data the request is about."""
        return Subject(person_id=self.person_id, household_id=self.household_id)


def list_consents(session: Session, subject: Subject) -> Sequence[ConsentRow]:
    """Return every consent a subject ever gave, the newest first."""
    column, value = (
        (Consent.household_id, subject.household_id)
        if subject.household_id is not None
        else (Consent.person_id, subject.person_id)
    )
    rows = session.execute(
        select(
            Consent.scope,
            Consent.version,
            Consent.channel,
            Consent.given_at,
            Consent.withdrawn_at,
        )
        .where(column == value)
        .order_by(Consent.id.desc())
    )
    return fill_all(ConsentRow, rows)


def list_consenting(
    session: Session, household_ids: Sequence[str], scope: ConsentScope
) -> frozenset[str]:
    """Return which of several households have an active consent; nothing is published without.

    One statement.
    """
    return frozenset(
        session.scalars(
            select(Consent.household_id).where(
                Consent.household_id.in_(household_ids),
                Consent.scope == scope,
                Consent.withdrawn_at.is_(None),
            )
        )
    )


def list_requests(
    session: Session, *, is_open: bool, limit: int, before_id: int | None = None
) -> Sequence[RequestRow]:
    """Return requests: the open ones by their last day, the closed ones newest first."""
    statement = select(*REQUEST).limit(limit)
    if is_open:
        statement = statement.where(SubjectRequest.closed_at.is_(None)).order_by(
            SubjectRequest.due_on, SubjectRequest.id
        )
    else:
        statement = statement.where(SubjectRequest.closed_at.is_not(None)).order_by(
            SubjectRequest.id.desc()
        )
    if before_id is not None:
        statement = statement.where(SubjectRequest.id < before_id)
    return fill_all(RequestRow, session.execute(statement))


def list_own_requests(session: Session, subject: Subject) -> Sequence[RequestRow]:
    """Return what a subject asked for, the newest first."""
    return fill_all(
        RequestRow,
        session.execute(
            select(*REQUEST)
            .where(
                SubjectRequest.household_id == subject.household_id
                if subject.household_id is not None
                else SubjectRequest.person_id == subject.person_id
            )
            .order_by(SubjectRequest.id.desc())
        ),
    )


def list_granted(session: Session, *, limit: int) -> Sequence[RequestRow]:
    """Return deletions that were granted and are not finished."""
    statement = select(*REQUEST).where(
        SubjectRequest.kind == RequestKind.DELETION,
        SubjectRequest.granted_at.is_not(None),
        SubjectRequest.closed_at.is_(None),
    )
    return fill_all(
        RequestRow, session.execute(statement.order_by(SubjectRequest.id).limit(limit))
    )


def get_request(session: Session, request_id: int) -> RequestRow:
    """Return one request; raises `NotFoundError`."""
    rows = fill_all(
        RequestRow, session.execute(select(*REQUEST).where(SubjectRequest.id == request_id))
    )
    if not rows:
        raise NotFoundError("request_not_found", "there is no such request")
    return rows[0]


def count_overdue(session: Session, *, on: date) -> int:
    """Return how many requests are past their last day."""
    return session.scalars(
        select(func.count()).where(
            SubjectRequest.closed_at.is_(None), SubjectRequest.due_on < on
        )
    ).one()
