"""Words of invoices: whom they are for, what stands on them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class InvoiceKind(StrEnum):
    """Whether an invoice says that something was sold, or takes some of it back."""

    BLUE = "blue"
    RED = "red"
    """A red-letter invoice: its amounts are negative."""


class InvoiceForm(StrEnum):
    """What its buyer may do with it."""

    ORDINARY = "ordinary"
    SPECIAL = "special"
    """Its tax can be deducted by an enterprise."""


class TitleKind(StrEnum):
    """Whom an invoice is made out to."""

    PERSONAL = "personal"
    ENTERPRISE = "enterprise"


@dataclass(frozen=True, slots=True)
class TitleDetails:
    """What an invoice may name of an enterprise beside its title; a special one names all."""

    address: str = ""
    phone: str = ""
    bank: str = ""
    account: str = ""


NO_DETAILS = TitleDetails()


@dataclass(frozen=True, slots=True)
class Title:
    """Whom an invoice is made out to, as it was asked for."""

    kind: TitleKind
    name: str
    tax_number: str
    form: InvoiceForm
    details: TitleDetails = NO_DETAILS


@dataclass(frozen=True, slots=True)
class TitleOwner:
    """Whose title it is: exactly one of a person and an organisation."""

    person_id: int | None = None
    organisation_code: str | None = None


@dataclass(frozen=True, slots=True)
class TitleReader:
    """Who asks for titles: a person, and the organisations they act for."""

    person_id: int
    chooses_for: frozenset[str] = frozenset()
    """Whose titles they may put on invoices."""
    keeps_for: frozenset[str] = frozenset()
    """Whose titles they may add, change and remove."""


@dataclass(frozen=True, slots=True)
class SavedTitle:
    """A title somebody keeps, as its people see it."""

    title_id: int
    title: Title
    organisation_code: str | None
    """Empty for a person's own."""
    is_default: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """The invoice that was asked for with an order, and what became of it."""

    title: Title
    asked_at: datetime
    answered_at: datetime | None
    refusal: str | None


@dataclass(frozen=True, slots=True)
class TaxRate:
    """How goods of a category are taxed, tax included in the price."""

    basis_points: int
    is_exempt_from_producers: bool
    """Goods of agriculture are exempt when those who produced them sell them."""


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """One line; amounts carry the sign of their invoice."""

    order_number: str
    order_line_id: int | None
    """Empty for the shipping fee of an order."""
    name: str
    quantity: int
    gross_minor: int
    tax_minor: int = 0
    tax_bp: int = 0
    is_exempt: bool = False
    weight_g: int | None = None
    """Net grams of goods sold by weight; of a red line what they weighed less."""
    per_kg_minor: int | None = None
    """The agreed price of a kilogram of them, in fen."""

    @property
    def net_minor(self) -> int:
        """Return the amount without tax, in fen."""
        return self.gross_minor - self.tax_minor


@dataclass(frozen=True, slots=True)
class Invoiced:
    """A line of an invoice, and what red lines have left of it."""

    invoice_id: int
    line: InvoiceLine
    taken_minor: int
    """What red lines have taken back, in fen."""
    told_g: int
    """Net grams that invoices tell of it, after red lines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewInvoice:
    """An invoice to number and keep."""

    seller_code: str
    title: Title
    lines: tuple[InvoiceLine, ...]
    group_number: str | None
    """The one order it was asked for; empty for a summary."""
    buyer_person_id: int | None
    buyer_organisation_code: str | None
    red_of: int | None = None


@dataclass(frozen=True, slots=True)
class InvoiceRow:
    """An invoice as pages see it."""

    invoice_id: int
    seller_code: str
    seller_name: str
    year: int
    number: int
    kind: InvoiceKind
    form: InvoiceForm
    title_kind: TitleKind
    title: str
    tax_number: str
    details: TitleDetails
    gross_minor: int
    tax_minor: int
    group_number: str | None
    buyer_person_id: int | None
    buyer_organisation_code: str | None
    red_of: int | None
    issued_at: datetime
    official_number: str | None
    official_at: datetime | None

    @property
    def code(self) -> str:
        """Return the platform's own number of the record."""
        return f"{self.seller_code}-{self.year}-{self.number:06d}"
