"""Brands in queries: those of the register that goods may carry today, by their names."""

from collections import defaultdict
from collections.abc import Iterable

from catalog.search.analysis import is_latin
from catalog.search.lexicon import BrandForm
from catalog.search.port import Facet, Filters
from catalog.search.vocabulary import compared


class BrandNames:
    """Knows what brands are called, in the form queries are compared in."""

    def __init__(self, forms: Iterable[BrandForm]) -> None:
        """Sort the forms."""
        codes: defaultdict[str, dict[str, None]] = defaultdict(dict)
        for brand in forms:
            codes[compared(brand.form)].setdefault(brand.code)
        self._codes = codes
        self.longest = max((form.count(" ") + 1 for form in codes), default=1)

    def __contains__(self, form: str) -> bool:
        """Say whether a brand bears the name."""
        return form in self._codes

    @property
    def nouns(self) -> list[str]:
        """Return the Chinese names, for the segmenter."""
        return [form for form in self._codes if not is_latin(form.replace(" ", ""))]

    @property
    def phrases(self) -> list[str]:
        """Return the names in Latin letters."""
        return [form for form in self._codes if is_latin(form.replace(" ", ""))]

    def find(self, form: str) -> Filters | None:
        """Return how goods are narrowed to the brand of a name."""
        codes = self._codes.get(form)
        return Filters(chosen={Facet.BRAND: tuple(codes)}) if codes else None
