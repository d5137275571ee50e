"""Keys of the GS1 system under which goods, places and parcels are known to everybody."""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from cold_chain.values.epcis import KeyKind
from kernel.orm import Base, Code, enum_column


class Gs1Prefix(Base):
    """A company prefix somebody was given; the keys of the house begin with it."""

    __tablename__ = "gs1_prefixes"
    __table_args__ = (
        CheckConstraint("prefix ~ '^[0-9]{6,12}$'", name="prefix_of_digits"),
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="period"),
    )

    prefix: Mapped[str] = mapped_column(Code, primary_key=True)
    organisation_code: Mapped[str] = mapped_column(
        Code, ForeignKey("organisations.code"), index=True
    )
    basis: Mapped[str]
    """Who gave it, under which number."""
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    is_sample: Mapped[bool] = mapped_column(server_default="false")


class Gs1Key(Base):
    """The key of one thing, given once and never to another (trigger)."""

    __tablename__ = "gs1_keys"
    __table_args__ = (
        UniqueConstraint("kind", "subject"),
        UniqueConstraint("kind", "number"),
        UniqueConstraint("prefix", "kind", "place"),
        CheckConstraint("place >= 0", name="place_not_negative"),
        CheckConstraint("length(number) BETWEEN 7 AND 30", name="number_in_bounds"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    kind: Mapped[KeyKind] = mapped_column(enum_column(KeyKind))
    subject: Mapped[str] = mapped_column(Code)
    """What it names in the house's words, such as `sku:12` or `parcel:P1`."""
    prefix: Mapped[str] = mapped_column(Code, ForeignKey("gs1_prefixes.prefix"))
    place: Mapped[int] = mapped_column(BigInteger)
    """Which number of its kind under the prefix."""
    number: Mapped[str] = mapped_column(Code)
    """The whole key with its check digit, as printed."""
    given_at: Mapped[datetime]
