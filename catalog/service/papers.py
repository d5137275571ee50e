"""Commands of the register of certificates: hand in, review, stop; reminders of the end."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, exists, insert, or_, select, update
from sqlalchemy.orm import Session, aliased

from catalog.ddl import ADOPT_PAPERS
from catalog.errors import LotNotFoundError, ProductNotFoundError
from catalog.errors.papers import PaperKnownError, PaperNotFoundError, PaperStepError
from catalog.models import (
    Brand,
    Certificate,
    CertificatePaper,
    CertificateType,
    Lot,
    PaperEvent,
    PaperReminder,
    PaperSource,
    PaperSubject,
    Product,
)
from catalog.rules import papers as rules
from catalog.service import documents, holds
from catalog.service.refused import refuse_food_papers
from catalog.values.papers import (
    PLEDGE,
    RECOGNITION,
    LabResult,
    NewPaper,
    PaperReview,
    PaperState,
)
from kernel import policy
from kernel.clock import local_date
from kernel.errors import InvalidError
from parties.models import Organisation

CODE_BYTES = 12
PARAM_REMINDERS = "certificate_reminder_days"
_DAY = timedelta(days=1)
STANDS = (PaperState.SUBMITTED, PaperState.ACCEPTED, PaperState.SUSPENDED)


def submit(session: Session, new: NewPaper) -> str:
    """Enter a paper for review and return its public code.

    A laboratory report of a failed test takes its lots off the shelf at once, whoever may
    review it later. Raises `PaperKnownError` for a number that stands in the register.
    """
    kind = session.get(CertificateType, new.type_code)
    if kind is None or new.type_code == RECOGNITION:
        raise InvalidError("paper_type_unknown", "there is no such type")
    rules.check_paper(new, is_per_lot=kind.is_per_lot)
    if new.brand_code is not None and session.get(Brand, new.brand_code) is None:
        raise InvalidError("paper_brand_missing", "there is no such brand")
    products, lots = _own_products(session, new), _own_lots(session, new)
    refuse_food_papers(session, new.type_code, products, at=new.at)
    _refuse_known(session, new)
    paper = _write(session, new)
    session.add_all(
        [
            *(PaperSubject(paper_id=paper.id, product_code=code) for code in products),
            *(PaperSubject(paper_id=paper.id, lot_id=lot_id) for lot_id in lots.values()),
            *(PaperSource(paper_id=paper.id, source_id=one) for one in _sources(session, new)),
        ]
    )
    session.flush()
    if new.result is LabResult.FAIL:
        for code in sorted(lots):
            holds.quarantine(session, code, at=new.at)
    return paper.code


def review(session: Session, said: PaperReview) -> None:
    """Accept, refuse, suspend, give back or revoke a paper; what it covers follows at once."""
    paper = session.scalars(
        select(CertificatePaper).where(CertificatePaper.code == said.code).with_for_update()
    ).one_or_none()
    if paper is None:
        raise PaperNotFoundError
    if paper.type_code == RECOGNITION:
        raise PaperStepError(paper.state, said.state)
    is_own = paper.seller_code in said.works_for or paper.submitted_by == said.by
    rules.check_step(paper.state, said.state, said.note, is_own=is_own)
    is_first = paper.state is PaperState.SUBMITTED
    move(session, paper, said.state, by=said.by, at=said.at, note=said.note)
    if is_first and said.state is PaperState.ACCEPTED and paper.result is not LabResult.FAIL:
        _cover(session, paper)


def move(
    session: Session,
    paper: CertificatePaper,
    state: PaperState,
    *,
    by: int | None,
    at: datetime,
    note: str = "",
) -> None:
    """Write what a paper has become, and let what it covers count or not."""
    paper.state, paper.reviewed_by, paper.reviewed_at = state, by, at
    session.add(PaperEvent(paper_id=paper.id, state=state, by=by, at=at, note=note.strip()))
    session.execute(
        update(Certificate)
        .where(Certificate.paper_id == paper.id)
        .values(stopped_at=None if state is PaperState.ACCEPTED else at)
    )
    session.flush()


def adopt(session: Session) -> None:
    """Write a paper for every certificate of goods that has none, with one statement."""
    session.connection().exec_driver_sql(ADOPT_PAPERS)


def remind(session: Session, *, at: datetime) -> list[tuple[int, int]]:
    """Note which papers end soon by the dated days, once each; return (paper, days) to tell.

    A paper that was renewed needs no reminder: another of its type and seller goes on.
    """
    on = local_date(at)
    days = [int(day) for day in policy.get_value(session, PARAM_REMINDERS, on=on)]
    due = session.execute(
        select(CertificatePaper.id, CertificatePaper.valid_to)
        .where(
            CertificatePaper.state == PaperState.ACCEPTED,
            CertificatePaper.valid_to >= on,
            CertificatePaper.valid_to <= on + max(days) * _DAY,
            ~_renewed(),
        )
        .order_by(CertificatePaper.id)
        .with_for_update(skip_locked=True)
    ).all()
    told: dict[int, set[int]] = {row.id: set() for row in due}
    for paper_id, mark in session.execute(
        select(PaperReminder.paper_id, PaperReminder.days).where(
            PaperReminder.paper_id.in_(told)
        )
    ):
        told[paper_id].add(mark)
    found = {
        row.id: rules.due_reminders(row.valid_to, told[row.id], days, on=on) for row in due
    }
    rows = [
        {"paper_id": paper, "days": mark, "at": at}
        for paper, marks in found.items()
        for mark in marks
    ]
    if rows:
        session.execute(insert(PaperReminder), rows)
    return [(paper, marks[0]) for paper, marks in found.items() if marks]


def _renewed() -> ColumnElement[bool]:
    """Return whether every subject of a paper is covered by a later one of its type."""
    mine, other = aliased(PaperSubject), aliased(PaperSubject)
    later = aliased(CertificatePaper)
    covered = exists().where(
        other.paper_id == later.id,
        later.type_code == CertificatePaper.type_code,
        later.state == PaperState.ACCEPTED,
        or_(later.valid_to.is_(None), later.valid_to > CertificatePaper.valid_to),
        or_(other.product_code == mine.product_code, other.lot_id == mine.lot_id),
    )
    left = exists().where(mine.paper_id == CertificatePaper.id, ~covered)
    return ~left.correlate(CertificatePaper)


def _own_products(session: Session, new: NewPaper) -> list[str]:
    """Return the products, each the seller's own; another's is as unknown."""
    codes = sorted(set(new.products))
    found = set(
        session.scalars(
            select(Product.code).where(
                Product.code.in_(codes), Product.seller_code == new.seller_code
            )
        )
    )
    for code in codes:
        if code not in found:
            raise ProductNotFoundError(code)
    return codes


def _own_lots(session: Session, new: NewPaper) -> dict[str, int]:
    """Return the lots by code, each the seller's own, locked in their order."""
    codes = sorted(set(new.lots))
    rows = session.execute(
        select(Lot.code, Lot.id)
        .where(Lot.code.in_(codes), Lot.seller_code == new.seller_code)
        .order_by(Lot.id)
        .with_for_update()
    )
    found = {row.code: row.id for row in rows}
    for code in codes:
        if code not in found:
            raise LotNotFoundError(code)
    return found


def _sources(session: Session, new: NewPaper) -> Sequence[int]:
    """Return the papers a mixed lot's paper points at; each must be a pledge that stands."""
    if not new.sources:
        return ()
    found = session.execute(
        select(CertificatePaper.id, CertificatePaper.code).where(
            CertificatePaper.code.in_(new.sources),
            CertificatePaper.type_code == PLEDGE,
            CertificatePaper.state.in_(STANDS),
        )
    ).all()
    if len(found) != len(set(new.sources)):
        raise PaperNotFoundError
    return [row.id for row in found]


def _refuse_known(session: Session, new: NewPaper) -> None:
    known = session.scalar(
        select(CertificatePaper.id).where(
            CertificatePaper.type_code == new.type_code,
            CertificatePaper.number == new.number.strip(),
            CertificatePaper.seller_code == new.seller_code,
            CertificatePaper.valid_from == new.valid_from,
            CertificatePaper.state.in_(STANDS),
        )
    )
    if known is not None:
        raise PaperKnownError(new.number)


def _write(session: Session, new: NewPaper) -> CertificatePaper:
    holder = session.scalar(
        select(Organisation.name).where(Organisation.code == new.seller_code)
    )
    if holder is None:
        raise PaperNotFoundError
    paper = CertificatePaper(
        code=new_code(),
        type_code=new.type_code,
        number=new.number.strip(),
        holder=holder,
        issuer=new.issuer.strip(),
        scope=new.scope.strip(),
        seller_code=new.seller_code,
        brand_code=new.brand_code,
        result=new.result,
        valid_from=new.valid_from,
        valid_to=new.valid_to,
        state=PaperState.SUBMITTED,
        document_id=(
            None
            if new.scan is None
            else documents.keep(session, new.scan, by=new.by, at=new.at)
        ),
        submitted_by=new.by,
        submitted_at=new.at,
    )
    session.add(paper)
    session.flush()
    session.add(PaperEvent(paper_id=paper.id, state=PaperState.SUBMITTED, by=new.by, at=new.at))
    return paper


def new_code() -> str:
    """Return a public code nobody can guess."""
    return secrets.token_hex(CODE_BYTES)


def _cover(session: Session, paper: CertificatePaper) -> None:
    """Let a paper count for its goods; a pledge gives its lots the number they are sold by."""
    subjects = session.scalars(
        select(PaperSubject).where(PaperSubject.paper_id == paper.id)
    ).all()
    session.add_all(
        Certificate(
            type_code=paper.type_code,
            number=paper.number,
            product_code=subject.product_code,
            lot_id=subject.lot_id,
            valid_from=paper.valid_from,
            valid_to=paper.valid_to,
            paper_id=paper.id,
        )
        for subject in subjects
    )
    if paper.type_code == PLEDGE:
        session.execute(
            update(Lot)
            .where(Lot.id.in_([subject.lot_id for subject in subjects]))
            .values(batch_certificate_number=paper.number)
        )
    session.flush()
