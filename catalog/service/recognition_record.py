"""What the steps of a recognition have in common: the lock, the record, the paper, the code."""

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import func, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from catalog.errors import ProductNotFoundError
from catalog.errors.papers import ApplicationNotFoundError
from catalog.models import (
    CertificatePaper,
    PaperEvent,
    PaperSubject,
    Product,
    RecognitionApplication,
    RecognitionObjection,
    RecognitionSerial,
    RecognitionStep,
)
from catalog.rules import recognition as rules
from catalog.service import documents, papers
from catalog.values import RecognitionStatus
from catalog.values.papers import RECOGNITION, PaperState
from catalog.values.recognition import (
    REVIEWS,
    ApplicationForm,
    ApplicationState,
    Period,
    Reviewer,
    StepTaken,
)
from kernel import policy
from kernel.clock import local_date
from parties.models import Organisation

PARAM_AUTHORITY = "product_recognition_authority"


def lock(session: Session, code: str) -> RecognitionApplication:
    """Return an application, locked; raises `ApplicationNotFoundError`."""
    found = session.scalars(
        select(RecognitionApplication)
        .where(RecognitionApplication.code == code)
        .with_for_update()
    ).one_or_none()
    if found is None:
        raise ApplicationNotFoundError
    return found


def lock_own(session: Session, code: str, seller_code: str) -> RecognitionApplication:
    """Return a seller's own application, locked; another's is as unknown."""
    found = lock(session, code)
    if found.seller_code != seller_code:
        raise ApplicationNotFoundError
    return found


def own_product(session: Session, code: str, seller_code: str) -> Product:
    """Return one of the seller's products, locked; another's is as unknown."""
    product = session.scalars(
        select(Product)
        .where(Product.code == code, Product.seller_code == seller_code)
        .with_for_update()
    ).one_or_none()
    if product is None:
        raise ProductNotFoundError(code)
    return product


def record(
    session: Session,
    application: RecognitionApplication,
    taken: StepTaken,
    *,
    by: int | None,
    form: ApplicationForm | None = None,
) -> None:
    """Write one step and what the application has become; the product's page follows."""
    steps = session.scalar(
        select(func.count()).where(RecognitionStep.application_id == application.id)
    )
    document = taken.document
    kept = (
        documents.keep(session, document, by=by, at=taken.at)
        if document is not None and by is not None
        else None
    )
    session.add(
        RecognitionStep(
            application_id=application.id,
            number=(steps or 0) + 1,
            round=application.round,
            before=application.state if steps else None,
            state=taken.state,
            by=by,
            at=taken.at,
            note=taken.note.strip(),
            document_id=kept,
            said=None if form is None else asdict(form),
        )
    )
    application.state, application.moved_at = taken.state, taken.at
    session.flush()
    if taken.state in rules.SHOWN:
        show(session, application.product_code, rules.SHOWN[taken.state])


def show(session: Session, product_code: str, status: RecognitionStatus) -> None:
    """Let a product that holds no recognition say how far its application is."""
    session.execute(
        update(Product)
        .where(Product.code == product_code, Product.recognition_status.in_(rules.UNDECIDED))
        .values(recognition_status=status)
    )


def check_reviewer(
    session: Session, application: RecognitionApplication, who: Reviewer
) -> None:
    """Refuse whoever may not look at an application where it stands now."""
    taken_by = session.scalars(
        select(RecognitionStep.by).where(
            RecognitionStep.application_id == application.id,
            RecognitionStep.round == application.round,
            or_(
                RecognitionStep.before.is_(None),
                RecognitionStep.before.in_([office.value for office in REVIEWS]),
            ),
        )
    )
    is_office = application.state in REVIEWS
    rules.check_reviewer(
        who,
        office=application.state,
        district=application.district_code,
        township=application.township_code,
        seller=application.seller_code,
        taken_by={one for one in taken_by if one is not None}
        if is_office
        else {application.applied_by},
    )


def is_hindered(session: Session, application: RecognitionApplication) -> bool:
    """Say whether an objection of this round waits for its answer, or was upheld."""
    found = session.scalar(
        select(RecognitionObjection.id)
        .where(
            RecognitionObjection.application_id == application.id,
            RecognitionObjection.round == application.round,
            or_(
                RecognitionObjection.answered_at.is_(None),
                RecognitionObjection.is_upheld.is_(True),
            ),
        )
        .limit(1)
    )
    return found is not None


def next_code(session: Session, district: str, year: int) -> str:
    """Take the next serial of a district's year; nobody else gets one until the commit."""
    serial = session.scalar(
        upsert(RecognitionSerial)
        .values(district_code=district, year=year, last=1)
        .on_conflict_do_update(
            index_elements=["district_code", "year"],
            set_={"last": RecognitionSerial.last + 1},
        )
        .returning(RecognitionSerial.last)
    )
    return rules.code_of(district, year, serial or 1)


def issue(
    session: Session,
    application: RecognitionApplication,
    number: str,
    period: Period,
    *,
    by: int,
    at: datetime,
) -> None:
    """Write the paper of a recognition, and let the product be recognised."""
    holder = session.scalar(
        select(Organisation.name).where(Organisation.code == application.seller_code)
    )
    paper = CertificatePaper(
        code=papers.new_code(),
        type_code=RECOGNITION,
        number=number,
        holder=holder,
        issuer=str(policy.get_value(session, PARAM_AUTHORITY, on=local_date(at))),
        scope=application.spec,
        seller_code=application.seller_code,
        valid_from=period.valid_from,
        valid_to=period.valid_to,
        state=PaperState.ACCEPTED,
        submitted_by=application.applied_by,
        submitted_at=application.applied_at,
        reviewed_by=by,
        reviewed_at=at,
        is_sample=application.is_sample,
    )
    session.add(paper)
    session.flush()
    session.add_all(
        [
            PaperSubject(paper_id=paper.id, product_code=application.product_code),
            PaperEvent(paper_id=paper.id, state=PaperState.ACCEPTED, by=by, at=at),
        ]
    )
    application.paper_id = paper.id
    session.execute(
        update(Product)
        .where(Product.code == application.product_code)
        .values(
            recognition_status=RecognitionStatus.APPROVED,
            recognition_code=number,
            recognition_from=period.valid_from,
            recognition_to=period.valid_to,
        )
    )
    session.flush()


def paper_of(session: Session, application: RecognitionApplication) -> CertificatePaper | None:
    """Return the paper of a recognition, locked, if there is one."""
    if application.paper_id is None:
        return None
    return session.get(CertificatePaper, application.paper_id, with_for_update=True)


def set_status(
    session: Session, paper: CertificatePaper, product_code: str, status: RecognitionStatus
) -> None:
    """Say what the recognition of a product has become, if this is still the one it holds."""
    session.execute(
        update(Product)
        .where(Product.code == product_code, Product.recognition_code == paper.number)
        .values(recognition_status=status)
    )


def is_over(paper: CertificatePaper, at: datetime) -> bool:
    """Say whether a recognition has ended by the clock."""
    return paper.valid_to is not None and paper.valid_to < local_date(at)


def taken_back(before: ApplicationState) -> RecognitionStatus:
    """Return what a product is after its recognition was given up."""
    return (
        RecognitionStatus.EXPIRED
        if before is ApplicationState.EXPIRED
        else RecognitionStatus.NONE
    )
