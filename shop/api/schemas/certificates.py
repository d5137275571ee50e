"""Shapes of certificates and recognitions: what a paper says, and what it is worth now."""

from collections.abc import Mapping
from typing import Any

from marshmallow import fields

from catalog.queries.papers import PaperRow
from catalog.rules.papers import MAX_NUMBER, MAX_SCOPE, MAX_SUBJECTS
from catalog.values.papers import LabResult, PaperState, Standing
from catalog.values.recognition import ApplicationState, Linkage
from shop.api.schemas.catalog import Language
from shop.api.schemas.fields import Shape, choice, code, minor, several, text
from shop.api.schemas.receipts import Day

MAX_SCAN_CHARACTERS = 4 * (8 * 1024 * 1024) // 3
SCAN = r"^(/9j/|iVBORw0KGgo|UklGR|JVBERi0)[A-Za-z0-9+/]*={0,2}$"


class OwnQuery(Language):
    """Of which organisation of the caller."""

    seller = code(metadata={"description": "One of the caller's own organisations."})


class CertificateGiven(Shape):
    """A certificate that is filed for review, with its scan."""

    seller = code(metadata={"description": "One of the caller's own organisations."})
    type = code(required=True, metadata={"description": "Such as `SC`, `GREEN`, `LAB`."})
    number = text(MAX_NUMBER, required=True)
    issuer = text(MAX_NUMBER, required=True)
    scope = text(MAX_SCOPE)
    valid_from = Day(required=True, metadata={"description": "The first day it holds."})
    valid_to = Day(metadata={"description": "The last day it holds; left out: unlimited."})
    products = several(code(), 1, MAX_SUBJECTS)
    lots = several(
        code(), 1, MAX_SUBJECTS, metadata={"description": "For what each lot has of its own."}
    )
    brand = code(metadata={"description": "For authorisations of a brand."})
    result = choice(LabResult, metadata={"description": "For laboratory reports (`LAB`)."})
    sources = several(
        code(),
        2,
        MAX_SUBJECTS,
        metadata={"description": "For a mixed lot: public codes of the lots' certificates."},
    )
    scan = text(
        MAX_SCAN_CHARACTERS,
        pattern=SCAN,
        required=True,
        metadata={
            "description": "A PDF, JPEG, PNG or WebP of at most 8 MB in base64. It is sealed; "
            "the seller's own staff and the reviewers see it."
        },
    )


class GoodsTold(Shape):
    """A product or a lot a certificate is about."""

    code = fields.String(required=True)
    name = fields.String(required=True)
    name_en = fields.String(required=True)
    is_lot = fields.Boolean(required=True)


class CertificateTold(Shape):
    """A certificate as everybody may see it; its scan is never shown."""

    code = fields.String(required=True)
    type = fields.String(required=True)
    type_name = fields.String(required=True)
    type_name_en = fields.String(required=True)
    number = fields.String(required=True)
    holder = fields.String(required=True)
    issuer = fields.String(required=True)
    scope = fields.String(required=True)
    brand = fields.String(required=True, allow_none=True)
    result = choice(LabResult, required=True, allow_none=True)
    valid_from = fields.Date(required=True)
    valid_to = fields.Date(required=True, allow_none=True)
    goods = fields.List(fields.Nested(GoodsTold), required=True)
    standing = choice(
        Standing,
        required=True,
        metadata={"description": "What it is worth at this moment; only `valid` counts."},
    )


class OwnCertificateTold(CertificateTold):
    """A certificate as its holder sees it."""

    state = choice(PaperState, required=True)
    submitted_at = fields.AwareDateTime(required=True)
    days_left = fields.Integer(required=True, allow_none=True)


class CertificatesTold(Shape):
    """Certificates of a product that were reviewed."""

    rows = fields.List(fields.Nested(CertificateTold), required=True)


class OwnCertificatesTold(Shape):
    """Certificates of a seller, the soonest to end first."""

    rows = fields.List(fields.Nested(OwnCertificateTold), required=True)


class NoticeTold(Shape):
    """An application on public notice: anybody may object until its last day."""

    code = fields.String(required=True)
    product_code = fields.String(required=True)
    product_name = fields.String(required=True)
    product_name_en = fields.String(required=True)
    seller_name = fields.String(required=True)
    district_name = fields.String(required=True)
    township_name = fields.String(required=True, allow_none=True)
    spec = fields.String(required=True)
    unit_price_minor = minor()
    product_value_minor = minor(description="What the goods of a year are worth, in fen.")
    supply_period = fields.String(required=True)
    linkage = choice(Linkage, required=True)
    notice_from = fields.Date(required=True, allow_none=True)
    notice_until = fields.Date(required=True, allow_none=True)


class RecognitionTold(NoticeTold):
    """An application as its applicant sees it."""

    state = choice(ApplicationState, required=True)
    round = fields.Integer(required=True)
    applied_at = fields.AwareDateTime(required=True)
    moved_at = fields.AwareDateTime(required=True)
    recognition_code = fields.String(required=True, allow_none=True)
    valid_to = fields.Date(required=True, allow_none=True)


class NoticesTold(Shape):
    """What stands on public notice today."""

    rows = fields.List(fields.Nested(NoticeTold), required=True)


class RecognitionsTold(Shape):
    """Applications of a seller, the newest first."""

    rows = fields.List(fields.Nested(RecognitionTold), required=True)


def told(paper: PaperRow) -> Mapping[str, Any]:
    """Return a paper under the names of its shape."""
    names = ("code", "name", "name_en", "is_lot")
    plain = {name: getattr(paper, name, None) for name in OwnCertificateTold().fields}
    return plain | {
        "type": paper.type_code,
        "brand": paper.brand_code,
        "goods": [dict(zip(names, one, strict=True)) for one in paper.goods],
    }
