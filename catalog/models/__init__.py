"""Mapped classes of the catalogue, one file per subject."""

from catalog.models.certificates import Certificate, CertificateType
from catalog.models.prices import MarketPrice
from catalog.models.products import Category, Product, Sku, StorageClass
from catalog.models.stock import Lot, LotContribution, Reservation, StockMovement

__all__ = [
    "Category",
    "Certificate",
    "CertificateType",
    "Lot",
    "LotContribution",
    "MarketPrice",
    "Product",
    "Reservation",
    "Sku",
    "StockMovement",
    "StorageClass",
]
