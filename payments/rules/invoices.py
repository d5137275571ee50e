"""Pure decisions about invoices: tax numbers, tax in a price, what a red-letter takes back."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import astuple, replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from kernel.errors import InvalidError
from parties.values import OrganisationKind
from payments.values.invoices import (
    NO_DETAILS,
    Invoiced,
    InvoiceForm,
    InvoiceLine,
    TaxRate,
    Title,
    TitleDetails,
    TitleKind,
)

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
MAX_ADDRESS: Final = 120
MAX_BANK: Final = 80
PHONE: Final = re.compile(r"[0-9+][0-9 ()+-]{4,19}")
ACCOUNT: Final = re.compile(r"[0-9]{8,30}")
SIGNS: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
WEIGHTS: Final = tuple(pow(3, place, 31) for place in range(17))
TAX_NUMBER_LENGTH: Final = 18
WHOLE: Final = 10_000
MOST_PLACES: Final = 8
"""A unit price has no more decimals than the tax authority's system takes."""
CENT: Final = Decimal("0.01")


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


def checked_title(
    kind: TitleKind,
    name: str,
    tax_number: str,
    form: InvoiceForm,
    details: TitleDetails = NO_DETAILS,
) -> Title:
    """Return whom an invoice is for; raises `InvalidError` for what no invoice could bear."""
    plain, number = name.strip(), tax_number.strip().upper()
    if not 0 < len(plain) <= MAX_TITLE or not plain.isprintable():
        raise InvalidError("invoice_title_missing", "a title is needed", maximum=MAX_TITLE)
    if kind is TitleKind.ENTERPRISE and not is_tax_number(number):
        raise InvalidError("invoice_tax_number", "the tax number's check sign is wrong")
    if kind is TitleKind.PERSONAL:
        if form is InvoiceForm.SPECIAL:
            raise InvalidError(
                "invoice_special_personal", "special invoices are for enterprises"
            )
        return Title(kind, plain, "", form)
    return Title(kind, plain, number, form, _checked_details(details, form))


def _checked_details(details: TitleDetails, form: InvoiceForm) -> TitleDetails:
    """Return address, phone, bank and account: all of them on a special invoice."""
    address, phone, bank = (
        text.strip() for text in (details.address, details.phone, details.bank)
    )
    account = "".join(details.account.split())
    found = TitleDetails(address, phone, bank, account)
    if form is InvoiceForm.SPECIAL and not all(astuple(found)):
        raise InvalidError("invoice_special_details", "a special invoice names the bank too")
    for text, maximum in ((address, MAX_ADDRESS), (bank, MAX_BANK)):
        if len(text) > maximum or not text.isprintable():
            raise InvalidError("invoice_details_long", "too long", maximum=maximum)
    if phone and PHONE.fullmatch(phone) is None:
        raise InvalidError("invoice_phone", "this is no phone number")
    if account and ACCOUNT.fullmatch(account) is None:
        raise InvalidError("invoice_account", "an account has 8 to 30 digits")
    return found


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
    return replace(
        line, tax_minor=tax_within(line.gross_minor, bp), tax_bp=bp, is_exempt=is_exempt
    )


def take_back(
    line: InvoiceLine, *, before_minor: int, taken_minor: int, lighter_g: int = 0
) -> InvoiceLine:
    """Return the red line that takes part of a line back, and the grams it weighed less.

    Its tax is the difference of what all red lines together have taken back, rounded half up;
    so the last one leaves exactly nothing.
    """
    after, before = (
        (2 * line.tax_minor * taken + line.gross_minor) // (2 * line.gross_minor)
        for taken in (before_minor + taken_minor, before_minor)
    )
    return replace(
        line,
        quantity=0,
        gross_minor=-taken_minor,
        tax_minor=before - after,
        weight_g=-lighter_g or None,
        per_kg_minor=line.per_kg_minor if lighter_g else None,
    )


def take_back_weighed(
    one: Invoiced, *, taken_minor: int, by_weight_minor: int, lighter_g: int
) -> list[InvoiceLine]:
    """Return the red lines of a line: what it weighs less, and whatever else went back."""
    line, before = one.line, one.taken_minor
    first = min(taken_minor, by_weight_minor) if lighter_g > 0 else 0
    red = []
    if first:
        red.append(take_back(line, before_minor=before, taken_minor=first, lighter_g=lighter_g))
    if taken_minor > first:
        rest = taken_minor - first
        red.append(take_back(line, before_minor=before + first, taken_minor=rest))
    return red


def unit_price(line: InvoiceLine) -> Decimal | None:
    """Return yuan, tax included, for a kilogram or a piece, such that it makes up the amount.

    The agreed price of a kilogram where it does; else what a kilogram or piece came to after
    reductions, with as many decimals as it takes. None for a line that counts nothing.
    """
    amount = Decimal(abs(line.gross_minor)) / 100
    if line.weight_g and line.per_kg_minor is not None:
        quantity = Decimal(abs(line.weight_g)) / 1_000
        agreed = (Decimal(line.per_kg_minor) / 100).quantize(CENT)
        if _makes_up(agreed, quantity, amount):
            return agreed
    elif line.quantity:
        quantity = Decimal(line.quantity)
    else:
        return None
    for places in range(2, MOST_PLACES):
        price = (amount / quantity).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
        if _makes_up(price, quantity, amount):
            return price
    return (amount / quantity).quantize(Decimal(1).scaleb(-MOST_PLACES), ROUND_HALF_UP)


def _makes_up(price: Decimal, quantity: Decimal, amount: Decimal) -> bool:
    return (price * quantity).quantize(CENT, ROUND_HALF_UP) == amount
