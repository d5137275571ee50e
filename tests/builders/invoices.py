"""Tax rates for invoices."""

from datetime import date

from sqlalchemy.orm import Session

from kernel.policy import PolicyParam
from tests.builders.places import once
from workflows import invoice_issued


def some_rates(session: Session, *, exempt: int = 1) -> None:
    """Say how goods and shipping are taxed."""
    value = [
        {"category": "tea", "bp": 900, "exempt": exempt},
        {"category": "meat", "bp": 900, "exempt": exempt},
        {"category": "shipping", "bp": 900, "exempt": 0},
    ]
    row = {"code": invoice_issued.RATES, "value": value, "unit": "", "basis": "t", "note": ""}
    once(session, PolicyParam, row | {"valid_from": date(2020, 1, 1)}, key="code")
