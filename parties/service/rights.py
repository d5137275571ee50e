"""What people decide about their own data: consents given and withdrawn, requests, erasure."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from kernel import policy, workdays
from kernel.clock import local_date
from kernel.errors import ConflictError, InvalidError, NotFoundError
from parties.models import Consent, Membership, Person, SubjectRequest
from parties.values import (
    ConsentChannel,
    ConsentScope,
    PersonId,
    RequestKind,
    RequestState,
    Subject,
)

PARAM_DAYS = "subject_request_working_days"
SHORTEST_DAYS = 1
MAX_WORDS = 2_000
ERASED_HASH = "erased"


def give_consent(
    session: Session,
    subject: Subject,
    scope: ConsentScope,
    *,
    version: str,
    channel: ConsentChannel,
    by: str,
    at: datetime,
) -> None:
    """Record a consent to one version of the notice; a newer version ends the one before.

    Repeating the same version changes nothing.
    """
    active = session.scalars(
        select(Consent)
        .where(_of(Consent, subject), Consent.scope == scope, Consent.withdrawn_at.is_(None))
        .with_for_update()
    ).one_or_none()
    if active is not None:
        if active.version == version:
            return
        active.withdrawn_at, active.withdrawn_by = at, by
        session.flush()
    give_consents(session, [subject], [scope], version=version, channel=channel, by=by, at=at)


def give_consents(
    session: Session,
    subjects: Sequence[Subject],
    scopes: Sequence[ConsentScope],
    *,
    version: str,
    channel: ConsentChannel,
    by: str,
    at: datetime,
) -> None:
    """Record the same consents of several subjects, with one statement; active ones stay."""
    rows = [
        {
            "person_id": subject.person_id,
            "household_id": subject.household_id,
            "scope": scope,
            "version": version,
            "channel": channel,
            "given_at": at,
            "recorded_by": by,
        }
        for subject in subjects
        for scope in scopes
    ]
    if rows:
        session.execute(upsert(Consent).values(rows).on_conflict_do_nothing())


def withdraw_consent(
    session: Session, subject: Subject, scope: ConsentScope, *, by: str, at: datetime
) -> None:
    """Withdraw an active consent; raises `NotFoundError` when there is none."""
    ended = session.execute(
        update(Consent)
        .where(_of(Consent, subject), Consent.scope == scope, Consent.withdrawn_at.is_(None))
        .values(withdrawn_at=at, withdrawn_by=by)
        .returning(Consent.id)
    ).all()
    if not ended:
        raise NotFoundError("consent_not_given", "this consent is not in force")


def receive_request(
    session: Session, subject: Subject, kind: RequestKind, *, words: str, at: datetime
) -> int:
    """Take a request about one's own data; return its number.

    Raises `ConflictError` while one of the same kind is open.
    """
    if len(words) > MAX_WORDS:
        raise InvalidError("words_too_long", "the words are too long", maximum=MAX_WORDS)
    request_id = session.scalars(
        upsert(SubjectRequest)
        .values(
            person_id=subject.person_id,
            household_id=subject.household_id,
            kind=kind,
            request_state=RequestState.RECEIVED,
            words=words.strip() or None,
            received_at=at,
            due_on=_due_on(session, local_date(at)),
        )
        .on_conflict_do_nothing()
        .returning(SubjectRequest.id)
    ).one_or_none()
    if request_id is None:
        raise ConflictError("request_open", "a request of this kind is open already")
    return request_id


def grant_request(session: Session, request_id: int, *, by: str, at: datetime) -> None:
    """Say yes to a request that is then carried out; repeating keeps the first moment."""
    request = _open_request(session, request_id)
    if request.granted_at is None:
        request.granted_at, request.handled_by = at, by


def hold_request(session: Session, request_id: int, reason: str) -> None:
    """Note that the rest of a granted request waits, and for what."""
    request = _open_request(session, request_id)
    request.request_state, request.hold_reason = RequestState.HELD, reason


def close_request(
    session: Session,
    request_id: int,
    *,
    state: RequestState,
    answer: str,
    by: str,
    at: datetime,
) -> None:
    """End a request as done or refused, with what the subject is told."""
    if not answer.strip():
        raise InvalidError("answer_missing", "an answer is needed")
    request = _open_request(session, request_id)
    request.request_state, request.hold_reason = state, None
    request.answer, request.handled_by, request.closed_at = answer.strip(), by, at
    session.flush()


def rename_person(session: Session, person_id: PersonId, display_name: str) -> None:
    """Correct the name a person goes by."""
    if not display_name.strip():
        raise InvalidError("name_missing", "a name is needed")
    session.execute(
        update(Person)
        .where(Person.id == person_id, Person.erased_at.is_(None))
        .values(display_name=display_name.strip())
    )


def erase_person(session: Session, person_id: PersonId, *, at: datetime) -> None:
    """Destroy name, login and password of a person and end sessions, roles and consents.

    The number stays, so that transactions of the years the law asks for still add up. Repeating
    changes nothing.
    """
    session.execute(
        update(Person)
        .where(Person.id == person_id, Person.erased_at.is_(None))
        .values(
            login=f"erased-{person_id}",
            display_name="",
            password_hash=ERASED_HASH,
            household_id=None,
            session_epoch=Person.session_epoch + 1,
            disabled_at=at,
            erased_at=at,
        )
    )
    today = local_date(at)
    session.execute(
        update(Membership)
        .where(
            Membership.person_id == person_id,
            Membership.valid_to.is_(None),
            Membership.valid_from <= today,
        )
        .values(valid_to=today)
    )
    forget_words(session, Subject(person_id=person_id), at=at)


def unlink_household(session: Session, household_id: str) -> None:
    """Take a household's sheet from whoever could read it."""
    session.execute(
        update(Person)
        .where(Person.household_id == household_id)
        .values(household_id=None, session_epoch=Person.session_epoch + 1)
    )


def forget_words(session: Session, subject: Subject, *, at: datetime) -> None:
    """Empty what a subject wrote and was told, and end its consents."""
    session.execute(
        update(SubjectRequest)
        .where(_of(SubjectRequest, subject))
        .values(words=None, answer=None)
    )
    session.execute(
        update(Consent)
        .where(_of(Consent, subject), Consent.withdrawn_at.is_(None))
        .values(withdrawn_at=at, withdrawn_by=subject.code)
    )


def _of(model: type[Consent | SubjectRequest], subject: Subject) -> ColumnElement[bool]:
    if subject.household_id is not None:
        return model.household_id == subject.household_id
    return model.person_id == subject.person_id


def _due_on(session: Session, today: date) -> date:
    values = policy.list_in_force(session, [PARAM_DAYS], on=today)
    days = int(values.get(PARAM_DAYS, SHORTEST_DAYS))
    return workdays.load(session).add(today, days)


def _open_request(session: Session, request_id: int) -> SubjectRequest:
    request = session.get(SubjectRequest, request_id, with_for_update=True)
    if request is None:
        raise NotFoundError("request_not_found", "there is no such request")
    if request.closed_at is not None:
        raise ConflictError("request_closed", "this request is closed")
    return request
