"""What the index is made of: every product on sale with the words it can be found by."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, String, bindparam, text
from sqlalchemy.orm import Session

from catalog.listing import filters
from catalog.listing.sellable import holds
from catalog.search.analysis import is_latin, normalise, runs
from catalog.search.lexicon import BrandForm, PlaceForm
from catalog.search.vocabulary import shipped
from kernel.clock import local_date

MAX_NOUN = 6
SUFFIXES = re.compile(r"(街道|社区|居委会|镇|乡|村|区|县)$")
ASIDE = re.compile(r"\s*[(（][^()（）]*[)）]\s*$")


@dataclass(frozen=True, slots=True)
class Document:
    """One product: what it is called, where it belongs, what is said of it."""

    code: str
    names: tuple[str, ...]
    """Name, English name and brand."""
    places: tuple[str, ...]
    """Category and places of origin."""
    prose: tuple[str, ...]
    """Description, seller, storage and certificates."""
    grams: tuple[int, ...] = ()
    """What its packs weigh."""


@dataclass(frozen=True, slots=True)
class Corpus:
    """Everything an index needs from the database."""

    documents: Sequence[Document]
    nouns: Sequence[str]
    """Names of goods, brands, categories and places, for the segmenter and the lexicon."""
    spelled: dict[str, str]
    """Noun → its pinyin, syllables apart, where the register of places has it."""
    places: Sequence[PlaceForm] = ()
    brands: Sequence[BrandForm] = ()


_PRODUCTS = text(f"""
    SELECT p.code, p.name, p.name_en, p.brand, category.name, category.name_en,
           coalesce(village.name, ''), coalesce(township.name, ''),
           coalesce(township.pinyin, ''), district.name,
           p.description, seller.name, storage.name, storage.name_en,
           ARRAY(SELECT DISTINCT t.name FROM certificates c
                 JOIN certificate_types t ON t.code = c.type_code
                 WHERE c.product_code = p.code AND c.lot_id IS NULL ORDER BY 1),
           ARRAY(SELECT DISTINCT s.net_weight_g FROM skus s
                 WHERE s.product_code = p.code AND s.is_on_sale ORDER BY 1)
    FROM products p
    JOIN categories category ON category.code = p.category_code
    JOIN storage_classes storage ON storage.code = p.storage_code
    JOIN organisations seller ON seller.code = p.seller_code
    JOIN regions district ON district.code = p.origin_district_code
    LEFT JOIN regions township ON township.code = p.origin_township_code
    LEFT JOIN regions village ON village.code = p.origin_village_code
    WHERE {filters.ON_SALE} AND (:codes IS NULL OR p.code = ANY(:codes))
    ORDER BY p.code
""").bindparams(  # noqa: S608 -- assembled from constants
    *(
        bind
        for bind in filters.BINDS
        if bind.key in {"at", "today"} and f":{bind.key}" in filters.ON_SALE
    ),
    bindparam("codes", type_=ARRAY(String)),
)

_CODES = text(f"SELECT p.code FROM products p WHERE {filters.ON_SALE}").bindparams(  # noqa: S608
    *(bind for bind in filters.BINDS if f":{bind.key}" in filters.ON_SALE)
)

_PLACES = text("""
    SELECT r.code, r.name, r.short_name, r.pinyin,
           ARRAY(SELECT DISTINCT a.alias_name FROM region_aliases a
                 WHERE a.region_code = r.code ORDER BY 1)
    FROM regions r
    WHERE r.level IN ('district', 'township', 'village') ORDER BY r.code
""")

_BRANDS = text(f"""
    SELECT n.code, n.name, n.name_en FROM brands n
    WHERE EXISTS (
        SELECT FROM certificates c
        JOIN certificate_papers paper ON paper.id = c.paper_id
        JOIN products p ON p.code = c.product_code
        WHERE paper.brand_code = n.code AND c.lot_id IS NULL AND {holds("c")}
          AND {filters.ON_SALE}
    ) ORDER BY n.sort_order, n.code
""").bindparams(*(bind for bind in filters.BINDS if bind.key == "today"))  # noqa: S608 -- constants


def read_documents(
    session: Session, *, at: datetime, codes: Sequence[str] | None = None
) -> list[Document]:
    """Read every product on sale, or what of these codes is on sale; one statement."""
    return [_document(row) for row in _rows(session, at=at, codes=codes)]


def read_corpus(session: Session, *, at: datetime) -> Corpus:
    """Read every product on sale, every place and brand; three statements."""
    found = read_documents(session, at=at)
    places = read_places(session, at=at)
    nouns = dict.fromkeys(places.forms)
    for document in found:
        nouns.update(dict.fromkeys(nouns_of(document, places)))
    nouns.update(dict.fromkeys(shipped().nouns()))
    return Corpus(found, list(nouns), places.spelled, places.named, places.brands)


def list_codes(session: Session, *, at: datetime) -> set[str]:
    """Return the codes of everything on sale; one statement."""
    return set(session.scalars(_CODES, filters.moment(at)))


@dataclass(frozen=True, slots=True)
class Places:
    """What places are called."""

    forms: Sequence[str]
    """The longest first, so that the longest is taken off a name."""
    spelled: dict[str, str]
    """Name → its pinyin, syllables apart."""
    named: Sequence[PlaceForm] = ()
    """Every form with the code of its place."""
    brands: Sequence[BrandForm] = ()
    """What the brands are called that goods may carry today."""


def read_places(session: Session, *, at: datetime) -> Places:
    """Read every place, and the brands goods carry; two statements."""
    named: list[PlaceForm] = []
    spelled: dict[str, str] = {}
    for code, name, short_name, pinyin, aliases in session.execute(_PLACES):
        former = [form for alias in aliases for form in place_forms(alias, alias)]
        forms_of = dict.fromkeys((*place_forms(name, short_name), *former))
        named.extend(PlaceForm(form, code) for form in forms_of)
        if pinyin and len(base := _base(short_name)) == len(pinyin.split()):
            spelled[base] = pinyin
    forms = {place.form for place in named}
    brands = [
        BrandForm(form, code)
        for code, *names in session.execute(_BRANDS, {"today": local_date(at)})
        for form in brand_forms(*names)
    ]
    return Places(sorted(forms, key=lambda form: (-len(form), form)), spelled, named, brands)


def nouns_of(document: Document, places: Places) -> Iterator[str]:
    """Yield the pieces of a product's names, also without the place or soft word before."""
    name, _, brand = document.names
    for piece in (
        piece for words in (name, brand, document.places[0]) for piece in runs(words)
    ):
        if is_latin(piece):
            continue
        forms = (piece, _headless(piece, places.forms))
        yield from (form for form in forms if _is_noun(form))


def _rows(
    session: Session, *, at: datetime, codes: Sequence[str] | None = None
) -> Sequence[Any]:
    """Any: rows of one statement."""
    given = {**filters.moment(at), "codes": None if codes is None else list(codes)}
    return session.execute(_PRODUCTS, given).all()


def place_forms(name: str, short_name: str) -> list[str]:
    """Return the forms a place is called by: 白马镇, 白马."""
    forms = dict.fromkeys((name, short_name, _base(short_name)))
    return [form for form in forms if 1 < len(form) <= MAX_NOUN]


def brand_forms(name: str, name_en: str) -> list[str]:
    """Return what a brand is called in queries; what stands in brackets is not said."""
    said = (normalise(ASIDE.sub("", one)).strip() for one in (name, name_en))
    return [form for form in dict.fromkeys(said) if len(form) > 1]


def _base(name: str) -> str:
    return SUFFIXES.sub("", name)


def _headless(piece: str, places: Sequence[str]) -> str:
    while True:
        heads = (*shipped().soft, *places)
        head = next((head for head in heads if piece.startswith(head)), "")
        if not head or len(piece) - len(head) < 2:  # noqa: PLR2004 -- no noun of one character
            return piece
        piece = piece.removeprefix(head)


def _is_noun(form: str) -> bool:
    return 1 < len(form) <= MAX_NOUN


def _document(row: Sequence[Any]) -> Document:
    code, name, name_en, brand, category, category_en, village, township, *rest = row
    pinyin, district, description, seller, storage, storage_en, certificates, grams = rest
    latin = "".join(pinyin.split())
    return Document(
        code=code,
        names=(name, name_en, brand),
        places=(category, category_en, village, township, latin, district),
        prose=(description, seller, storage, storage_en, *certificates),
        grams=tuple(gram for gram in grams if gram),
    )


def weight_token(grams: int) -> str:
    """Return the token that packs of a weight are found by; no text has a word like it."""
    return f"={grams}g"


def title_of(document: Document) -> str:
    """Return a document's names in the form that is compared."""
    return normalise(" ".join(document.names))
