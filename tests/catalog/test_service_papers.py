"""The register of certificates: reviewed before it counts, stopped at once, told in time."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from catalog import service as catalog
from catalog.errors import ProductNotFoundError
from catalog.errors.papers import LotFailedError, OwnPaperError, PaperKnownError, PaperStepError
from catalog.listing import product as product_queries
from catalog.models import Brand, Certificate, CertificatePaper, Lot, Product
from catalog.queries import papers as queries
from catalog.service import papers
from catalog.values.papers import LabResult, PaperReview, PaperState, Scan, Standing, TwinKind
from kernel.errors import ConflictError, InvalidError
from tests.builders.catalog import (
    NOON,
    TODAY,
    a_category,
    a_certificate,
    a_lot,
    a_product,
    a_sku,
)
from tests.builders.papers import SCAN, a_paper, a_type, decided, paper_policies, staff
from tests.builders.people import a_person
from tests.builders.places import a_seller, once

DAY = timedelta(days=1)


class Case:
    """A seller with a product on the shelf, and an operator."""

    def __init__(self, session: Session) -> None:
        """Make them."""
        paper_policies(session)
        self.session = session
        self.seller = a_seller(session)
        self.product = a_product(session, seller_code=self.seller)
        self.sku = a_sku(session, self.product)
        self.lot = a_lot(session, self.sku, on_hand=5)
        self.by = staff(session, self.seller)
        self.operator = int(a_person(session, "reviewer"))

    def hand_in(self, **changes: object) -> str:
        """Hand a paper for the product in."""
        values = {"products": (self.product,)} | changes
        return a_paper(self.session, self.seller, self.by, **values)

    def badges(self, days: int = 0) -> list[str]:
        """Return the types that count for the product."""
        at = NOON + days * DAY
        page = product_queries.get_product(self.session, self.product, at=at)
        return [row.type_code for row in page.certificates if row.is_valid]

    def on_shelf(self, days: int = 0) -> int:
        """Return how many packs may be sold."""
        at = NOON + days * DAY
        offers = product_queries.list_offers(self.session, self.product, at=at)
        return sum(offer.available for offer in offers)


@pytest.fixture
def case(session: Session) -> Case:
    return Case(session)


def test_it_counts_only_once_somebody_else_accepted_it(case: Case) -> None:
    code = case.hand_in()
    assert case.badges() == []
    with pytest.raises(OwnPaperError):
        decided(case.session, code, PaperState.ACCEPTED, case.by)

    decided(case.session, code, PaperState.ACCEPTED, case.operator)

    assert case.badges() == ["GREEN"]


def test_colleagues_of_the_seller_do_not_review_either(case: Case) -> None:
    said = PaperReview(
        code=case.hand_in(),
        state=PaperState.ACCEPTED,
        by=case.operator,
        works_for=frozenset({case.seller}),
        at=NOON,
    )
    with pytest.raises(OwnPaperError):
        papers.review(case.session, said)


def test_a_suspension_stops_badge_and_sale_and_ends_again(case: Case) -> None:
    code = case.hand_in()
    decided(case.session, code, PaperState.ACCEPTED, case.operator)
    decided(case.session, code, PaperState.SUSPENDED, case.operator)
    assert (case.badges(), case.on_shelf()) == ([], 0)

    decided(case.session, code, PaperState.ACCEPTED, case.operator)

    assert (case.badges(), case.on_shelf()) == (["GREEN"], 5)


def test_it_ends_by_the_clock(case: Case) -> None:
    code = case.hand_in(valid_to=TODAY + 3 * DAY)
    decided(case.session, code, PaperState.ACCEPTED, case.operator)

    assert [case.on_shelf(days) for days in (3, 4)] == [5, 0]
    standing = [
        queries.get_paper(case.session, code, at=NOON + days * DAY).standing for days in (3, 4)
    ]
    assert standing == [Standing.VALID, Standing.EXPIRED]


def test_a_lapsed_brand_takes_the_badge_and_not_the_sale(case: Case) -> None:
    brand = {"code": "XWWL", "name": "寻味武隆", "name_en": "Taste", "is_regional": True}
    once(case.session, Brand, brand | {"sort_order": 1}, key="code")
    a_type(case.session, "BRAND_REGION", stops_sale=False)
    code = case.hand_in(type_code="BRAND_REGION", brand_code="XWWL", valid_to=TODAY + 3 * DAY)
    decided(case.session, code, PaperState.ACCEPTED, case.operator)

    assert [case.badges(days) for days in (3, 4)] == [["BRAND_REGION"], []]
    assert case.on_shelf(4) == 5


def test_a_failed_report_stops_its_lot_at_once_and_for_good(case: Case) -> None:
    code = case.hand_in(type_code="LAB", products=(), lots=(case.lot,), result=LabResult.FAIL)

    assert case.on_shelf() == 0
    with pytest.raises(LotFailedError):
        catalog.release_quarantine(case.session, case.lot)
    decided(case.session, code, PaperState.REFUSED, case.operator)
    catalog.release_quarantine(case.session, case.lot)
    assert case.on_shelf() == 5


def test_a_pledge_lets_its_lots_be_sold(case: Case) -> None:
    case.session.execute(update(Product).values(needs_batch_certificate=True))
    a_type(case.session, "CQHGZ", is_per_lot=True)
    code = case.hand_in(type_code="CQHGZ", products=(), lots=(case.lot,), valid_to=None)
    case.session.execute(update(Lot).values(batch_certificate_number=None))
    assert case.on_shelf() == 0

    decided(case.session, code, PaperState.ACCEPTED, case.operator)

    assert case.on_shelf() == 5


def test_a_mixed_lot_points_at_every_pledge_it_came_of(case: Case) -> None:
    a_type(case.session, "CQHGZ", is_per_lot=True)
    other = a_lot(case.session, case.sku, on_hand=1)
    mixed = a_lot(case.session, case.sku, on_hand=1)
    of = {"type_code": "CQHGZ", "products": (), "valid_to": None}
    first = case.hand_in(lots=(case.lot,), number="A", **of)
    second = case.hand_in(lots=(other,), number="B", **of)
    with pytest.raises(InvalidError):
        case.hand_in(lots=(mixed,), number="C", sources=(first,), **of)

    code = case.hand_in(lots=(mixed,), number="C", sources=(first, second), **of)

    paper = queries.get_paper(case.session, code, at=NOON)
    assert [number for _code, number in queries.list_sources(case.session, paper.id)] == [
        "A",
        "B",
    ]


def test_another_seller_s_goods_are_as_unknown(case: Case) -> None:
    theirs = a_product(case.session, seller_code=a_seller(case.session, "C91"))
    with pytest.raises(ProductNotFoundError):
        case.hand_in(products=(theirs,))


def test_a_number_is_handed_in_once(case: Case) -> None:
    case.hand_in()
    with pytest.raises(PaperKnownError):
        case.hand_in()


def test_what_is_refused_stays_refused(case: Case) -> None:
    code = case.hand_in()
    decided(case.session, code, PaperState.REFUSED, case.operator)
    with pytest.raises(PaperStepError):
        decided(case.session, code, PaperState.ACCEPTED, case.operator)
    assert case.hand_in() != code


def test_the_same_file_and_the_same_picture_are_flagged(case: Case) -> None:
    look = "10" * 512
    near = "01" * 5 + look[10:]
    far = "01" * 512
    scans = [
        Scan(b"1", "image/jpeg", "a" * 64, look),
        Scan(b"2", "image/jpeg", "b" * 64, near),
        Scan(b"3", "image/jpeg", "a" * 64, far),
    ]
    codes = [case.hand_in(number=f"N{at}", scan=scan) for at, scan in enumerate(scans)]

    first = queries.get_paper(case.session, codes[0], at=NOON)
    twins = queries.list_twins(case.session, first.id, [far, look], at=NOON)

    assert [(twin.code, twin.kind) for twin in twins] == [
        (codes[2], TwinKind.SAME),
        (codes[1], TwinKind.ALIKE),
    ]
    told = queries.list_twins(case.session, first.id, [], at=NOON)
    assert [twin.kind for twin in told] == [TwinKind.SAME]


def test_reminders_come_once_each(case: Case) -> None:
    code = case.hand_in(valid_to=TODAY + 40 * DAY)
    decided(case.session, code, PaperState.ACCEPTED, case.operator)

    told = [
        [days for _paper, days in papers.remind(case.session, at=NOON + day * DAY)]
        for day in (9, 10, 11, 33, 33, 39, 40, 41)
    ]

    assert told == [[], [30], [], [7], [], [1], [], []]


def test_a_renewed_paper_is_not_reminded_of(case: Case) -> None:
    for number, ends in (("A", 5), ("B", 400)):
        code = case.hand_in(number=number, valid_to=TODAY + ends * DAY)
        decided(case.session, code, PaperState.ACCEPTED, case.operator)

    assert papers.remind(case.session, at=NOON) == []


def test_certificates_from_before_get_their_paper(case: Case) -> None:
    a_certificate(case.session, case.product, valid_to=TODAY + DAY)
    a_certificate(case.session, case.product, type_code="PLEDGE")

    papers.adopt(case.session)
    papers.adopt(case.session)

    assert len(case.session.scalars(select(CertificatePaper)).all()) == 2
    assert None not in case.session.scalars(select(Certificate.paper_id)).all()
    assert case.on_shelf() == 5


def test_goods_of_a_refused_category_cannot_be_listed(case: Case) -> None:
    a_category(case.session, "tobacco", is_refused=True)
    with pytest.raises(IntegrityError, match="not sold here"):
        case.session.execute(update(Product).values(category_code="tobacco"))


def test_a_herb_that_is_no_food_is_not_called_food(case: Case) -> None:
    with pytest.raises(IntegrityError, match="herb_is_no_food"):
        case.session.execute(
            update(Product).values(is_food=True, details={"food_use_allowed": False})
        )


def test_the_scan_is_sealed(case: Case) -> None:
    code = case.hand_in()
    paper = queries.get_paper(case.session, code, at=NOON)
    assert paper.document_id is not None
    assert queries.open_document(case.session, paper.document_id) == (
        SCAN.content,
        SCAN.media_type,
    )


def test_a_herb_that_is_no_food_gets_no_food_licence(case: Case) -> None:
    case.session.execute(
        update(Product).values(is_food=False, details={"food_use_allowed": False})
    )
    with pytest.raises(ConflictError, match="is no food"):
        case.hand_in(type_code="SC")
    assert case.hand_in(type_code="GREEN")
