"""Commands of recognising a product: apply, look at, put up, object, approve, stop."""

from dataclasses import asdict, replace
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from catalog.errors import ProductNotFoundError
from catalog.errors.papers import (
    ApplicationNotFoundError,
    ApplicationOpenError,
    ApplicationStepError,
    NoticeOverError,
    NoticeRunningError,
    ObjectionOpenError,
)
from catalog.models import CertificatePaper, RecognitionApplication, RecognitionObjection
from catalog.rules import recognition as rules
from catalog.service import papers
from catalog.service import recognition_record as records
from catalog.values import RecognitionStatus
from catalog.values.papers import PaperState, Scan
from catalog.values.recognition import (
    OPEN,
    REVIEWS,
    ApplicationForm,
    ApplicationState,
    Reviewer,
    StepTaken,
    Terms,
)
from kernel import policy, workdays
from kernel.clock import local_date
from kernel.errors import InvalidError

PARAM_OFFICES = "product_recognition_offices"
PARAM_DOCUMENTS = "product_recognition_documents"
PARAM_NOTICE = "product_recognition_notice_workdays"
PARAM_YEARS = "product_recognition_validity_years"
PARAM_VALUE = "crda_product_value_min"
MAX_WORDS, MAX_CONTACT, MAX_OBJECTIONS = 2_000, 120, 50
CLOCK_AT_ONCE = 200


def get_terms(session: Session, *, at: datetime) -> Terms:
    """Return what the dated policy says of recognising at a moment."""
    on = local_date(at)

    def offices(code: str) -> list[ApplicationState]:
        return [ApplicationState(one) for one in policy.get_value(session, code, on=on)]

    return Terms(
        offices=tuple(offices(PARAM_OFFICES)),
        documents=frozenset(offices(PARAM_DOCUMENTS)),
        notice_workdays=policy.get_int(session, PARAM_NOTICE, on=on),
        validity_years=policy.get_int(session, PARAM_YEARS, on=on),
        min_value_minor=policy.get_int(session, PARAM_VALUE, on=on),
    )


def hand_in(
    session: Session,
    form: ApplicationForm,
    *,
    seller_code: str,
    by: int,
    document: Scan | None,
    at: datetime,
) -> str:
    """Hand in an application for one of the seller's products and return its code.

    Raises `ApplicationOpenError` while another for the product is under way.
    """
    terms = get_terms(session, at=at)
    rules.check_form(form, terms)
    product = records.own_product(session, form.product_code, seller_code)
    is_open = session.scalar(
        select(RecognitionApplication.id).where(
            RecognitionApplication.product_code == product.code,
            RecognitionApplication.state.in_(OPEN),
        )
    )
    if is_open is not None:
        raise ApplicationOpenError
    _need(document)
    offices = rules.offices_of(terms, has_township=product.origin_township_code is not None)
    application = RecognitionApplication(
        code=papers.new_code(),
        seller_code=seller_code,
        district_code=product.origin_district_code,
        township_code=product.origin_township_code,
        state=offices[0],
        round=1,
        offices=[office.value for office in offices],
        applied_by=by,
        applied_at=at,
        moved_at=at,
        is_sample=product.is_sample,
        **asdict(form),
    )
    session.add(application)
    session.flush()
    taken = StepTaken(state=offices[0], document=document, at=at)
    records.record(session, application, taken, by=by, form=form)
    return application.code


def hand_in_again(
    session: Session,
    code: str,
    form: ApplicationForm,
    *,
    seller_code: str,
    by: int,
    document: Scan | None,
    at: datetime,
) -> None:
    """Hand a rejected application in once more, mended; every office looks at it anew."""
    application = records.lock_own(session, code, seller_code)
    terms = get_terms(session, at=at)
    rules.check_form(form, terms)
    if application.state is not ApplicationState.REJECTED:
        raise ApplicationStepError(application.state, REVIEWS[0])
    if form.product_code != application.product_code:
        raise ProductNotFoundError(form.product_code)
    records.own_product(session, form.product_code, seller_code)
    _refuse_other_open(session, application)
    _need(document)
    offices = rules.offices_of(terms, has_township=application.township_code is not None)
    for name, value in asdict(form).items():
        setattr(application, name, value)
    application.offices = [office.value for office in offices]
    application.round += 1
    application.applied_by = by
    application.notice_from = application.notice_until = None
    taken = StepTaken(state=offices[0], document=document, at=at)
    records.record(session, application, taken, by=by, form=form)


def withdraw(session: Session, code: str, *, seller_code: str, by: int, at: datetime) -> None:
    """Take an application back, or give a recognition up; the goods go on without it."""
    application = records.lock_own(session, code, seller_code)
    before = application.state
    rules.check_step(before, ApplicationState.WITHDRAWN, "")
    paper = records.paper_of(session, application)
    if paper is not None:
        if before is ApplicationState.APPROVED and not records.is_over(paper, at):
            papers.move(session, paper, PaperState.REVOKED, by=by, at=at)
        status = records.taken_back(before)
        records.set_status(session, paper, application.product_code, status)
    taken = StepTaken(state=ApplicationState.WITHDRAWN, at=at)
    records.record(session, application, taken, by=by)


def agree(session: Session, code: str, who: Reviewer, taken: StepTaken) -> ApplicationState:
    """Pass an application on to the next office, or put it up on public notice."""
    application = records.lock(session, code)
    if application.state not in REVIEWS:
        raise ApplicationStepError(application.state, taken.state)
    terms = get_terms(session, at=taken.at)
    goal = rules.after(application.state, application.offices)
    records.check_reviewer(session, application, who)
    if application.state in terms.documents and taken.document is None:
        raise InvalidError("document_missing", "this office decides on a stamped paper")
    if goal is ApplicationState.PUBLICITY:
        today = local_date(taken.at)
        until = workdays.load(session).add(today, terms.notice_workdays)
        application.notice_from, application.notice_until = today, until
    return _take(session, application, who, replace(taken, state=goal))


def reject(session: Session, code: str, who: Reviewer, taken: StepTaken) -> None:
    """Refuse an application with its reason; the applicant may mend it and apply again."""
    application = records.lock(session, code)
    _take(session, application, who, replace(taken, state=ApplicationState.REJECTED))


def approve(session: Session, code: str, who: Reviewer, taken: StepTaken) -> str:
    """Recognise a product whose notice has ended unopposed, and return the code it gets.

    The serial is taken in the same transaction as the approval, so that none is left out.
    """
    application = records.lock(session, code)
    today = local_date(taken.at)
    if application.state is not ApplicationState.PUBLICITY:
        raise ApplicationStepError(application.state, ApplicationState.APPROVED)
    records.check_reviewer(session, application, who)
    if application.notice_until is not None and today <= application.notice_until:
        raise NoticeRunningError(application.notice_until)
    if records.is_hindered(session, application):
        raise ObjectionOpenError
    terms = get_terms(session, at=taken.at)
    number = records.next_code(session, application.district_code, today.year)
    period = rules.period_of(today, terms.validity_years)
    records.issue(session, application, number, period, by=who.person_id, at=taken.at)
    _take(session, application, who, replace(taken, state=ApplicationState.APPROVED))
    return number


def suspend(session: Session, code: str, who: Reviewer, taken: StepTaken) -> None:
    """Suspend a recognition: the badge goes, and the goods are not sold until it is back."""
    application = records.lock(session, code)
    _take(session, application, who, replace(taken, state=ApplicationState.SUSPENDED))
    _stand(session, application, who, taken, is_back=False)


def give_back(session: Session, code: str, who: Reviewer, taken: StepTaken) -> None:
    """End a suspension; the recognition runs to the day it always had."""
    application = records.lock(session, code)
    if application.state is not ApplicationState.SUSPENDED:
        raise ApplicationStepError(application.state, ApplicationState.APPROVED)
    _take(session, application, who, replace(taken, state=ApplicationState.APPROVED))
    _stand(session, application, who, taken, is_back=True)


def expire_due(session: Session, *, at: datetime) -> int:
    """Write down which recognitions have ended; the clock stopped their sale at midnight."""
    due = session.scalars(
        select(RecognitionApplication)
        .join(CertificatePaper, CertificatePaper.id == RecognitionApplication.paper_id)
        .where(
            RecognitionApplication.state.in_(
                [ApplicationState.APPROVED, ApplicationState.SUSPENDED]
            ),
            CertificatePaper.valid_to < local_date(at),
        )
        .order_by(RecognitionApplication.id)
        .limit(CLOCK_AT_ONCE)
        .with_for_update(of=RecognitionApplication, skip_locked=True)
    ).all()
    for application in due:
        taken = StepTaken(state=ApplicationState.EXPIRED, at=at)
        records.record(session, application, taken, by=None)
    return len(due)


def object_to(session: Session, code: str, words: str, contact: str, *, at: datetime) -> None:
    """Take what somebody holds against a recognition while its notice runs."""
    application = records.lock(session, code)
    ends = application.notice_until
    is_running = application.state is ApplicationState.PUBLICITY and ends is not None
    if not is_running or ends is None or local_date(at) > ends:
        raise NoticeOverError
    if not words.strip() or len(words) > MAX_WORDS or len(contact) > MAX_CONTACT:
        raise InvalidError("objection_untold", "say what is wrong", maximum=MAX_WORDS)
    count = session.scalar(
        select(func.count()).where(
            RecognitionObjection.application_id == application.id,
            RecognitionObjection.answered_at.is_(None),
        )
    )
    if count is not None and count >= MAX_OBJECTIONS:
        raise InvalidError("recognition_objections_many", "many objections wait already")
    session.add(
        RecognitionObjection(
            application_id=application.id,
            round=application.round,
            words=words.strip(),
            contact=contact.strip() or None,
            received_at=at,
        )
    )
    session.flush()


def answer(
    session: Session,
    objection_id: int,
    who: Reviewer,
    words: str,
    *,
    is_upheld: bool,
    at: datetime,
) -> None:
    """Answer an objection as the county; one that is upheld hinders the approval for good."""
    found = session.get(RecognitionObjection, objection_id, with_for_update=True)
    if found is None or found.answered_at is not None:
        raise ApplicationNotFoundError
    application = session.get_one(RecognitionApplication, found.application_id)
    records.check_reviewer(session, application, who)
    if application.state is not ApplicationState.PUBLICITY:
        raise NoticeOverError
    if not words.strip() or len(words) > MAX_WORDS:
        raise InvalidError("reason_missing", "say why")
    found.answered_by, found.answered_at = who.person_id, at
    found.is_upheld, found.answer = is_upheld, words.strip()
    session.flush()


def _take(
    session: Session, application: RecognitionApplication, who: Reviewer, taken: StepTaken
) -> ApplicationState:
    rules.check_step(application.state, taken.state, taken.note)
    records.check_reviewer(session, application, who)
    records.record(session, application, taken, by=who.person_id)
    return taken.state


def _stand(
    session: Session,
    application: RecognitionApplication,
    who: Reviewer,
    taken: StepTaken,
    *,
    is_back: bool,
) -> None:
    paper = records.paper_of(session, application)
    if paper is None:
        raise ApplicationNotFoundError
    state = PaperState.ACCEPTED if is_back else PaperState.SUSPENDED
    status = RecognitionStatus.APPROVED if is_back else RecognitionStatus.SUSPENDED
    papers.move(session, paper, state, by=who.person_id, at=taken.at, note=taken.note)
    records.set_status(session, paper, application.product_code, status)


def _refuse_other_open(session: Session, application: RecognitionApplication) -> None:
    found = session.scalar(
        select(RecognitionApplication.id).where(
            RecognitionApplication.product_code == application.product_code,
            RecognitionApplication.state.in_(OPEN),
        )
    )
    if found is not None:
        raise ApplicationOpenError


def _need(document: Scan | None) -> None:
    if document is None:
        raise InvalidError("document_missing", "licence and test report are handed in")
