"""Pure decisions about invoices: tax numbers, tax in a price, what a red-letter takes back."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from kernel.errors import InvalidError
from parties.values import OrganisationKind
from payments.values.invoices import InvoiceForm, InvoiceLine, TaxRate, Title, TitleKind

PRODUCERS: Final = frozenset(
    {
        OrganisationKind.COOPERATIVE,
        OrganisationKind.FAMILY_FARM,
        OrganisationKind.VILLAGE_COLLECTIVE,
    }
)
"""Sellers whose own goods of agriculture bear no value-added tax."""
SHIPPING: Final = "shipping"
"""How the shipping fee stands in the table of rates."""
MAX_TITLE: Final = 100
SIGNS: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
WEIGHTS: Final = tuple(pow(3, place, 31) for place in range(17))
TAX_NUMBER_LENGTH: Final = 18
WHOLE: Final = 10_000


def is_tax_number(text: str) -> bool:
    """Say whether a text is a unified social credit code with the right check sign.

    GB 32100-2015: 31 signs, weights are powers of 3, the sum is divisible by 31.
    """
    if len(text) != TAX_NUMBER_LENGTH or any(sign not in SIGNS for sign in text):
        return False
    return check_sign(text[:-1]) == text[-1]


def check_sign(body: str) -> str:
    """Return the check sign of the first 17 signs of a unified social credit code."""
    pairs = zip(body, WEIGHTS, strict=True)
    return SIGNS[-sum(SIGNS.index(sign) * weight for sign, weight in pairs) % len(SIGNS)]


def checked_title(kind: TitleKind, name: str, tax_number: str, form: InvoiceForm) -> Title:
    """Return whom an invoice is for; raises `InvalidError` for what no invoice could bear."""
    plain, number = name.strip(), tax_number.strip().upper()
    if not 0 < len(plain) <= MAX_TITLE or not plain.isprintable():
        raise InvalidError("invoice_title_missing", "a title is needed", maximum=MAX_TITLE)
    if kind is TitleKind.ENTERPRISE and not is_tax_number(number):
        raise InvalidError("invoice_tax_number", "the tax number's check sign is wrong")
    if kind is TitleKind.PERSONAL and form is InvoiceForm.SPECIAL:
        raise InvalidError("invoice_special_personal", "special invoices are for enterprises")
    return Title(kind, plain, number if kind is TitleKind.ENTERPRISE else "", form)


def read_rates(rows: Sequence[Mapping[str, Any]]) -> dict[str, TaxRate]:
    """Read the dated table of rates: category, basis points, whether producers are exempt."""
    return {
        str(row["category"]): TaxRate(int(row["bp"]), bool(row.get("exempt", 0)))
        for row in rows
    }


def tax_within(gross_minor: int, basis_points: int) -> int:
    """Return the tax a price contains, rounded half up to the fen."""
    whole = WHOLE + basis_points
    return (2 * gross_minor * basis_points + whole) // (2 * whole)


def tax_line(line: InvoiceLine, rate: TaxRate, seller_kind: OrganisationKind) -> InvoiceLine:
    """Return a line with its tax: none where those who produced the goods sell them."""
    is_exempt = rate.is_exempt_from_producers and seller_kind in PRODUCERS
    bp = 0 if is_exempt else rate.basis_points
    return InvoiceLine(
        line.order_number,
        line.order_line_id,
        line.name,
        line.quantity,
        line.gross_minor,
        tax_within(line.gross_minor, bp),
        bp,
        is_exempt,
    )


def take_back(line: InvoiceLine, *, before_minor: int, taken_minor: int) -> InvoiceLine:
    """Return the red line that takes part of a line back.

    Its tax is the difference of what all red lines together have taken back, rounded half up;
    so the last one leaves exactly nothing.
    """
    after, before = (
        (2 * line.tax_minor * taken + line.gross_minor) // (2 * line.gross_minor)
        for taken in (before_minor + taken_minor, before_minor)
    )
    return InvoiceLine(
        line.order_number,
        line.order_line_id,
        line.name,
        0,
        -taken_minor,
        before - after,
        line.tax_bp,
        line.is_exempt,
    )
