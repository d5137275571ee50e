"""Mapped classes of the catalogue, one file per subject."""

from catalog.models.campaigns import Campaign, CampaignSku, CampaignUse
from catalog.models.certificates import Certificate, CertificateType
from catalog.models.editorial import EditorialStep, Piece, Revision
from catalog.models.listings import (
    Attribute,
    AttributeChoice,
    CategoryAttribute,
    PhotoSize,
    ProductChange,
    ProductChangeEvent,
    ProductPhoto,
    Series,
)
from catalog.models.papers import (
    Brand,
    CertificatePaper,
    Document,
    PaperEvent,
    PaperReminder,
    PaperSource,
    PaperSubject,
)
from catalog.models.presales import Presale, PresaleUse, SupplyCap
from catalog.models.prices import BundlePart, MarketPrice, PriceChange, PriceTier
from catalog.models.products import Category, Product, Sku, StorageClass
from catalog.models.recognition import (
    RecognitionApplication,
    RecognitionObjection,
    RecognitionSerial,
    RecognitionStep,
)
from catalog.models.reviews import Favourite, Review, ReviewEvent, ReviewPhoto
from catalog.models.search import (
    SearchChange,
    SearchDocument,
    SearchMark,
    SearchShelf,
    SearchTerm,
)
from catalog.models.stock import Lot, LotContribution, Reservation, StockMovement
from catalog.models.transit import TransitLimit, TransitTime
from catalog.models.words import SearchCount, SearchWord

__all__ = [
    "Attribute",
    "AttributeChoice",
    "Brand",
    "BundlePart",
    "Campaign",
    "CampaignSku",
    "CampaignUse",
    "Category",
    "CategoryAttribute",
    "Certificate",
    "CertificatePaper",
    "CertificateType",
    "Document",
    "EditorialStep",
    "Favourite",
    "Lot",
    "LotContribution",
    "MarketPrice",
    "PaperEvent",
    "PaperReminder",
    "PaperSource",
    "PaperSubject",
    "PhotoSize",
    "Piece",
    "Presale",
    "PresaleUse",
    "PriceChange",
    "PriceTier",
    "Product",
    "ProductChange",
    "ProductChangeEvent",
    "ProductPhoto",
    "RecognitionApplication",
    "RecognitionObjection",
    "RecognitionSerial",
    "RecognitionStep",
    "Reservation",
    "Review",
    "ReviewEvent",
    "ReviewPhoto",
    "Revision",
    "SearchChange",
    "SearchCount",
    "SearchDocument",
    "SearchMark",
    "SearchShelf",
    "SearchTerm",
    "SearchWord",
    "Series",
    "Sku",
    "StockMovement",
    "StorageClass",
    "SupplyCap",
    "TransitLimit",
    "TransitTime",
]
