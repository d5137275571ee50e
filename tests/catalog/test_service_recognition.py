"""Recognition: offices in order, one person one step, a notice, a gapless code, the end."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from catalog.errors.papers import (
    ApplicationOpenError,
    ApplicationStepError,
    NoticeOverError,
    NoticeRunningError,
    ObjectionOpenError,
    OtherRegionError,
    OwnApplicationError,
    SameReviewerError,
    ValueTooLowError,
)
from catalog.listing import product as product_queries
from catalog.models import (
    CertificatePaper,
    Product,
    RecognitionApplication,
    RecognitionObjection,
    RecognitionStep,
)
from catalog.service import recognition as service
from catalog.values import RecognitionStatus
from catalog.values.papers import PaperState
from catalog.values.recognition import ApplicationState, Reviewer
from kernel.errors import InvalidError
from tests.builders.catalog import NOON, TODAY, a_product
from tests.builders.papers import SCAN, Offices, a_form, a_step, paper_policies, staff
from tests.builders.papers import a_type as a_paper_type
from tests.builders.places import a_seller

DAY = timedelta(days=1)
AFTER = NOON + 10 * DAY
"""The notice of five working days from Monday 1 June has ended."""


class Case:
    """A product, its application and the offices."""

    def __init__(self, session: Session) -> None:
        """Hand an application in."""
        paper_policies(session)
        a_paper_type(session, "RECOGNITION")
        self.session = session
        self.seller = a_seller(session)
        self.product = a_product(session, seller_code=self.seller)
        self.by = staff(session, self.seller)
        self.offices = Offices(session)
        self.code = self.apply(self.product)

    def apply(self, product: str) -> str:
        """Hand an application for a product in."""
        return service.hand_in(
            self.session,
            a_form(product),
            seller_code=self.seller,
            by=self.by,
            document=SCAN,
            at=NOON,
        )

    def row(self) -> RecognitionApplication:
        """Return the application as it is now."""
        return self.session.scalars(
            select(RecognitionApplication).where(RecognitionApplication.code == self.code)
        ).one()

    def status(self) -> RecognitionStatus:
        """Return what the product says."""
        return self.session.scalars(
            select(Product.recognition_status).where(Product.code == self.product)
        ).one()

    def approve(self) -> str:
        """Let it be recognised after its notice."""
        self.offices.to_notice(self.code)
        return service.approve(self.session, self.code, self.offices.county, a_step(at=AFTER))


@pytest.fixture
def case(session: Session) -> Case:
    return Case(session)


def test_it_passes_township_county_city_and_stands_on_notice(case: Case) -> None:
    assert case.row().state is ApplicationState.TOWNSHIP
    states = [
        service.agree(case.session, case.code, who, a_step())
        for who in (case.offices.town, case.offices.county, case.offices.city)
    ]

    assert states == ["county", "city", "publicity"]
    assert case.row().notice_until == TODAY + 7 * DAY
    assert case.status() is RecognitionStatus.PUBLICITY


def test_an_approval_gives_code_period_badge_and_paper(case: Case) -> None:
    number = case.approve()

    page = product_queries.get_product(case.session, case.product, at=AFTER)
    paper = case.session.scalars(select(CertificatePaper)).one()
    assert number == "BF-500156-2026-0001"
    assert (page.is_recognised, page.recognition_code) == (True, number)
    assert (paper.number, paper.state) == (number, PaperState.ACCEPTED)
    assert paper.valid_to == (TODAY + 10 * DAY).replace(year=2029) - DAY


def test_serials_have_no_gap_when_an_approval_fails(case: Case) -> None:
    first = case.approve()
    other = a_product(case.session, seller_code=case.seller)
    case.code = case.apply(other)
    case.offices.to_notice(case.code)
    with pytest.raises(NoticeRunningError):
        service.approve(case.session, case.code, case.offices.county, a_step(at=NOON))

    second = service.approve(case.session, case.code, case.offices.county, a_step(at=AFTER))

    assert (first[-4:], second[-4:]) == ("0001", "0002")


def test_the_notice_must_have_ended(case: Case) -> None:
    case.offices.to_notice(case.code)
    last = NOON + 7 * DAY

    with pytest.raises(NoticeRunningError):
        service.approve(case.session, case.code, case.offices.county, a_step(at=last))


def test_an_open_or_upheld_objection_hinders(case: Case) -> None:
    case.offices.to_notice(case.code)
    service.object_to(case.session, case.code, "产地不实", "", at=NOON)
    with pytest.raises(ObjectionOpenError):
        service.approve(case.session, case.code, case.offices.county, a_step(at=AFTER))
    objection = case.session.scalars(select(RecognitionObjection.id)).one()

    service.answer(
        case.session, objection, case.offices.county, "属实", is_upheld=True, at=NOON
    )

    with pytest.raises(ObjectionOpenError):
        service.approve(case.session, case.code, case.offices.county, a_step(at=AFTER))


def test_nobody_objects_when_the_notice_is_over(case: Case) -> None:
    with pytest.raises(NoticeOverError):
        service.object_to(case.session, case.code, "早了", "", at=NOON)
    case.offices.to_notice(case.code)
    with pytest.raises(NoticeOverError):
        service.object_to(case.session, case.code, "晚了", "", at=AFTER)


def test_an_office_of_another_place_or_level_is_refused(case: Case) -> None:
    stranger = Reviewer(person_id=case.offices.town.person_id, regions=frozenset({"500156999"}))
    for who in (stranger, case.offices.county, case.offices.city):
        with pytest.raises(OtherRegionError):
            service.agree(case.session, case.code, who, a_step())


def test_nobody_reviews_an_application_of_their_own_organisation(case: Case) -> None:
    town = case.offices.town
    own = Reviewer(
        person_id=town.person_id, regions=town.regions, organisations=frozenset({case.seller})
    )

    with pytest.raises(OwnApplicationError):
        service.agree(case.session, case.code, own, a_step())


def test_one_person_takes_one_step(case: Case) -> None:
    service.agree(case.session, case.code, case.offices.town, a_step())
    both = Reviewer(person_id=case.offices.town.person_id, regions=case.offices.county.regions)
    applicant = Reviewer(person_id=case.by, regions=case.offices.county.regions)

    for who in (both, applicant):
        with pytest.raises(SameReviewerError):
            service.agree(case.session, case.code, who, a_step())


def test_the_county_decides_on_a_stamped_paper(case: Case) -> None:
    service.agree(case.session, case.code, case.offices.town, a_step(document=None))

    with pytest.raises(InvalidError, match="stamped"):
        service.agree(case.session, case.code, case.offices.county, a_step(document=None))


def test_a_rejection_needs_its_reason_and_may_be_mended(case: Case) -> None:
    with pytest.raises(InvalidError):
        service.reject(case.session, case.code, case.offices.town, a_step())
    service.reject(case.session, case.code, case.offices.town, a_step(note="缺报告"))
    assert case.status() is RecognitionStatus.REJECTED

    service.hand_in_again(
        case.session,
        case.code,
        a_form(case.product, test_report_number="报告二号"),
        seller_code=case.seller,
        by=case.by,
        document=SCAN,
        at=NOON,
    )

    assert (case.row().state, case.row().round) == (ApplicationState.TOWNSHIP, 2)
    # The same official may look at it in the new round.
    service.agree(case.session, case.code, case.offices.town, a_step())
    said = case.session.scalars(
        select(RecognitionStep.said).where(RecognitionStep.said.is_not(None))
    ).all()
    assert [one["test_report_number"] for one in said if one] == ["报告一号", "报告二号"]


def test_one_application_at_a_time(case: Case) -> None:
    with pytest.raises(ApplicationOpenError):
        case.apply(case.product)


def test_goods_worth_too_little_are_not_recognised(case: Case) -> None:
    other = a_product(case.session, seller_code=case.seller)
    with pytest.raises(ValueTooLowError):
        service.hand_in(
            case.session,
            a_form(other, product_value_minor=49_999_999),
            seller_code=case.seller,
            by=case.by,
            document=SCAN,
            at=NOON,
        )


def test_a_suspension_takes_the_badge_and_comes_back(case: Case) -> None:
    case.approve()
    service.suspend(case.session, case.code, case.offices.county, a_step(note="抽检", at=AFTER))
    page = product_queries.get_product(case.session, case.product, at=AFTER)
    assert not page.is_recognised

    service.give_back(case.session, case.code, case.offices.county, a_step(at=AFTER))

    page = product_queries.get_product(case.session, case.product, at=AFTER)
    assert page.is_recognised


def test_a_suspended_recognition_is_not_given_up_to_sell_on(case: Case) -> None:
    case.approve()
    step = a_step(note="抽检", at=AFTER)
    service.suspend(case.session, case.code, case.offices.county, step)

    with pytest.raises(ApplicationStepError):
        service.withdraw(case.session, case.code, seller_code=case.seller, by=case.by, at=AFTER)


def test_the_calendar_writes_down_the_end_once(case: Case) -> None:
    case.approve()
    ends = case.session.scalars(select(CertificatePaper.valid_to)).one()
    assert ends is not None
    over = AFTER.replace(year=ends.year) + 2 * DAY

    assert service.expire_due(case.session, at=AFTER) == 0
    assert service.expire_due(case.session, at=over) == 1
    assert service.expire_due(case.session, at=over) == 0
    assert case.row().state is ApplicationState.EXPIRED


def test_the_history_is_only_added_to(case: Case) -> None:
    with pytest.raises(IntegrityError, match="only ever added"):
        case.session.execute(update(RecognitionStep).values(note="anders"))
