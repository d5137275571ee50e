"""Shapes of invoices, of the titles they are made out to, and of asking for them."""

from marshmallow import fields

from orders.queries.invoicing import MAX_PARTS
from payments.rules.invoices import MAX_ADDRESS, MAX_BANK, MAX_TITLE
from payments.values.invoices import InvoiceForm, TitleKind
from shop.api.schemas.catalog import Language
from shop.api.schemas.fields import (
    Shape,
    choice,
    code,
    minor,
    query_whole,
    several,
    text,
    truth,
    whole,
)
from shop.api.schemas.orders import MAX_NUMBER
from shop.invoice_papers import LAST_ID

TAX_NUMBER = r"^[0-9A-Z]{18}$"
ORDERED = r"^[A-Z]{2}[0-9]{6}-[0-9A-Z]{4,12}(-[0-9]{1,3})?$"
PHONE = r"^[0-9+][0-9 ()+-]{4,19}$"
ACCOUNT = r"^[0-9]{8,30}$"
PAGE_SIZE = 50
KIND = "`personal` or `enterprise`."
FORM = "`ordinary` or `special`; a special one is for enterprises and names their bank."


class TitleChanged(Shape):
    """Whom invoices are to be made out to."""

    kind = choice(TitleKind, required=True, metadata={"description": KIND})
    form = choice(InvoiceForm, required=True, metadata={"description": FORM})
    name = text(MAX_TITLE, required=True)
    tax_number = text(
        18,
        minimum=18,
        pattern=TAX_NUMBER,
        metadata={
            "description": "The unified social credit code of an enterprise; its check sign "
            "must be right."
        },
    )
    address = text(MAX_ADDRESS)
    phone = text(20, minimum=5, pattern=PHONE)
    bank = text(MAX_BANK)
    account = text(30, minimum=8, pattern=ACCOUNT)
    is_default = truth(metadata={"description": "Let it be chosen first."})


class TitleGiven(TitleChanged):
    """A title to keep."""

    organisation_code = code(
        metadata={
            "description": "The organisation whose buyers share it; only its buyers and "
            "finance may keep one. Left out, it is the caller's own."
        }
    )


class TitleTold(Shape):
    """A title as kept; the account is masked for those who only choose from the titles."""

    title_id = fields.Integer(required=True)
    organisation_code = fields.String(required=True, allow_none=True)
    is_default = fields.Boolean(required=True)
    kind = fields.String(required=True, attribute="title.kind", metadata={"description": KIND})
    form = fields.String(required=True, attribute="title.form", metadata={"description": FORM})
    name = fields.String(required=True, attribute="title.name")
    tax_number = fields.String(required=True, attribute="title.tax_number")
    address = fields.String(required=True, attribute="title.details.address")
    phone = fields.String(required=True, attribute="title.details.phone")
    bank = fields.String(required=True, attribute="title.details.bank")
    account = fields.String(required=True, attribute="title.details.account")


class TitlesTold(Shape):
    """Every title the caller may put on an invoice."""

    rows = fields.List(fields.Nested(TitleTold), required=True)


class TitleRemoved(Shape):
    """A title that is gone; what was issued with it stays."""

    title_id = fields.Integer(required=True)


class InvoiceAsked(Shape):
    """For whom and over which paid orders."""

    title_id = whole(1, LAST_ID, required=True)
    orders = several(
        text(MAX_NUMBER, pattern=ORDERED),
        1,
        MAX_PARTS,
        required=True,
        metadata={
            "description": "Numbers of orders of one buyer, or of single sellers' parts of "
            "them. Several make a summary; each seller gives an invoice of its own."
        },
    )


class InvoiceLineTold(Shape):
    """One line; amounts carry the sign of their invoice."""

    order_number = fields.String(required=True)
    name = fields.String(required=True, metadata={"description": "Empty for shipping."})
    quantity = fields.Integer(required=True)
    weight_g = fields.Integer(
        required=True,
        allow_none=True,
        metadata={
            "description": "Net grams of goods sold by weight; on a red line, what they "
            "weighed less."
        },
    )
    unit_price = fields.String(
        required=True,
        allow_none=True,
        metadata={
            "description": "Yuan, tax included, for a kilogram where `weight_g` is given and "
            "else for a piece: times the quantity, rounded half up, it is `gross_minor`."
        },
    )
    gross_minor = minor()
    tax_minor = minor()
    tax_bp = fields.Integer(required=True, metadata={"description": "Rate in 1/10,000."})
    is_exempt = fields.Boolean(required=True)


class InvoiceTold(Shape):
    """An invoice as the platform has it on record; no tax document by itself."""

    id = fields.Integer(required=True, attribute="invoice_id")
    code = fields.String(required=True)
    seller_code = fields.String(required=True)
    seller_name = fields.String(required=True)
    kind = fields.String(
        required=True,
        metadata={"description": "`blue`, or `red`: takes something back of `red_of`."},
    )
    form = fields.String(required=True, metadata={"description": FORM})
    title = fields.String(required=True)
    tax_number = fields.String(required=True)
    gross_minor = minor()
    tax_minor = minor()
    order = fields.String(
        required=True,
        allow_none=True,
        attribute="group_number",
        metadata={"description": "Null for a summary."},
    )
    organisation_code = fields.String(
        required=True, allow_none=True, attribute="buyer_organisation_code"
    )
    red_of = fields.Integer(required=True, allow_none=True)
    issued_at = fields.AwareDateTime(required=True)
    official_number = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "The number in the tax authority's system, once noted."},
    )
    pdf_url = fields.String(
        required=True, metadata={"description": "The invoice on paper, in a browser."}
    )


class InvoiceWithLines(InvoiceTold):
    """An invoice with what stands on it."""

    lines = fields.List(fields.Nested(InvoiceLineTold), required=True)


class InvoicesTold(Shape):
    """Some invoices, the newest first."""

    rows = fields.List(fields.Nested(InvoiceTold), required=True)


class InvoicePage(InvoicesTold):
    """One page; the next one is asked for with `next`."""

    next = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "Give it as `before`; null on the last page."},
    )


class InvoiceQuery(Language):
    """Which page of invoices."""

    before = query_whole(1, 10**17, metadata={"description": "The `next` of the page before."})
