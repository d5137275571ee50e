"""What sellers type of a certificate or an application for recognition, read with suspicion."""

from collections.abc import Mapping
from datetime import date, datetime

from catalog.values.papers import BRANDED, LABORATORY, LabResult, NewPaper, Scan
from catalog.values.recognition import ApplicationForm, Linkage
from kernel.errors import InvalidError

MAX_DIGITS = 12
DECIMALS = 2
SPLIT = str.maketrans({"，": " ", ",": " ", "、": " ", "；": " ", ";": " "})


def read_paper(
    form: Mapping[str, str], *, seller_code: str, scan: Scan | None, by: int, at: datetime
) -> NewPaper:
    """Return the paper a form describes; raises `InvalidError`."""
    if scan is None:
        raise InvalidError("document_missing", "the scan is missing")
    type_code = form.get("type", "")
    return NewPaper(
        type_code=type_code,
        number=form.get("number", ""),
        issuer=form.get("issuer", ""),
        seller_code=seller_code,
        scope=form.get("scope", ""),
        valid_from=_day(form.get("valid_from", "")),
        valid_to=_day(form["valid_to"]) if form.get("valid_to", "").strip() else None,
        products=_codes(form.get("products", "")),
        lots=_codes(form.get("lots", "")),
        brand_code=form.get("brand", "") or None if type_code in BRANDED else None,
        result=_result(form.get("result", "")) if type_code == LABORATORY else None,
        sources=_codes(form.get("sources", "")),
        scan=scan,
        by=by,
        at=at,
    )


def read_application(form: Mapping[str, str]) -> ApplicationForm:
    """Return what a form says of a product; raises `InvalidError`."""
    try:
        linkage = Linkage(form.get("linkage", ""))
    except ValueError as error:
        raise InvalidError("application_untold", "how it reaches households") from error
    return ApplicationForm(
        product_code=form.get("product", ""),
        spec=form.get("spec", ""),
        unit_price_minor=_fen(form.get("unit_price", "")),
        yearly_output_kg=_whole(form.get("yearly_output", "")),
        product_value_minor=_fen(form.get("product_value", "")),
        supply_period=form.get("supply_period", ""),
        licence_number=form.get("licence", ""),
        test_report_number=form.get("test_report", ""),
        linkage=linkage,
        households_lifted=_whole(form.get("lifted", "") or "0"),
        households_monitored=_whole(form.get("monitored", "") or "0"),
        average_gain_minor=_fen(form.get("gain", "")),
    )


def _codes(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text.translate(SPLIT).split()))


def _result(text: str) -> LabResult | None:
    return LabResult(text) if text in {one.value for one in LabResult} else None


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise InvalidError("paper_days_unfit", "a day is year-month-day") from error


def _whole(text: str) -> int:
    plain = text.strip().replace(",", "")
    if not (plain.isascii() and plain.isdigit() and len(plain) <= MAX_DIGITS):
        raise InvalidError("application_sums_unfit", "a whole number")
    return int(plain)


def _fen(text: str) -> int:
    whole, _, part = text.strip().removeprefix("¥").replace(",", "").partition(".")
    if part and not (part.isascii() and part.isdigit() and len(part) <= DECIMALS):
        raise InvalidError("application_sums_unfit", "an amount in yuan")
    return _whole(whole) * 100 + int((part + "00")[:2])
