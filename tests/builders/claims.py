"""Terms of claims, and a picture."""

from datetime import date
from io import BytesIO

from PIL import Image
from sqlalchemy.orm import Session

from kernel.policy import PolicyParam
from orders.values import Photo
from tests.builders.places import once

TERMS = {
    "claim_hours": [{"storage": "CHILL_MEAT", "hours": 24}],
    "return_days": [{"category": "tea", "days": 7}],
    "claim_grades": [{"percent": 30}, {"percent": 50}, {"percent": 100}],
    "claim_auto_minor": 5_000,
    "claim_auto_month_minor": 8_000,
    "exchange_days": 7,
    "return_freight": [
        {"cause": "no_reason", "bearer": "buyer"},
        {"cause": "damaged", "bearer": "seller"},
    ],
    "claim_waits": [
        {"state": "requested", "hours": 48},
        {"state": "offered", "hours": 72},
        {"state": "awaiting_return", "hours": 168},
        {"state": "in_return", "hours": 360},
        {"state": "return_received", "hours": 168},
    ],
}


def some_terms(session: Session, **changed: object) -> None:
    """Put terms of claims in force."""
    for code, value in {**TERMS, **changed}.items():
        row = {
            "code": code,
            "value": value,
            "unit": "",
            "valid_from": date(2020, 1, 1),
            "basis": "test",
            "note": "",
        }
        once(session, PolicyParam, row, key="code")


def a_picture(kind: str = "JPEG", size: tuple[int, int] = (64, 48)) -> bytes:
    """Return the bytes of a small picture."""
    target = BytesIO()
    Image.new("RGB", size, (120, 60, 30)).save(target, kind)
    return target.getvalue()


def a_photo() -> Photo:
    """Return a picture as it is kept."""
    return Photo(a_picture(), 64, 48)
