"""A search engine of the peer that answers a page from one indexed statement.

Counts of facets come from memory. It stands for a search server that costs nothing, which is
the case most favourable to the peer.
"""

from typing import Any

from django.db import connection
from haystack.backends import BaseEngine
from haystack.backends.simple_backend import SimpleSearchBackend, SimpleSearchQuery
from haystack.models import SearchResult
from oscar.core.loading import get_model

PAGE = 24
FACETS = {
    "fields": {
        "product_class": [("Fresh", 5000), ("Dry", 5000)],
        "rating": [(5, 100), (4, 900)],
    },
    "queries": {
        "price:[0 TO 20]": 2500,
        "price:[20 TO 40]": 2500,
        "price:[40 TO 60]": 2500,
        "price:[60 TO *]": 2500,
    },
    "dates": {},
}
_counts: dict[Any, int] = {}


class CostlessBackend(SimpleSearchBackend):
    """Finds products by category and words of the title, the newest first."""

    include_spelling = False

    def search(
        self,
        query_string: tuple[str, list[int]],
        start_offset: int = 0,
        end_offset: int | None = None,
        **_: object,
    ) -> dict[str, Any]:
        """Return one page of results, how many there are, and the counts."""
        words, categories = query_string
        where = "p.is_public AND p.structure IN ('standalone', 'parent')"
        given: list[Any] = []
        if categories:
            where += (
                " AND EXISTS (SELECT 1 FROM catalogue_productcategory c"
                " WHERE c.product_id = p.id AND c.category_id = ANY(%s))"
            )
            given.append(categories)
        if words:
            where += " AND to_tsvector('simple', p.title) @@ plainto_tsquery('simple', %s)"
            given.append(words)
        limit = (end_offset or start_offset + PAGE) - start_offset
        key = words, tuple(categories)
        with connection.cursor() as cursor:
            if key not in _counts:
                cursor.execute(f"SELECT count(*) FROM catalogue_product p WHERE {where}", given)
                _counts[key] = cursor.fetchone()[0]
            cursor.execute(
                f"SELECT p.id FROM catalogue_product p WHERE {where}"
                " ORDER BY p.date_updated DESC, p.id DESC LIMIT %s OFFSET %s",
                [*given, limit, start_offset],
            )
            ids = [row[0] for row in cursor.fetchall()]
        results = [SearchResult("catalogue", "product", one, 0) for one in ids]
        for result in results:
            result._model = get_model("catalogue", "Product")  # noqa: SLF001 -- as haystack does
        return {"results": results, "hits": _counts[key], "facets": FACETS}


class CostlessQuery(SimpleSearchQuery):
    """Takes words and categories out of haystack's query."""

    def build_query(self) -> tuple[str, list[int]]:
        """Return the words and the categories asked for."""
        words: list[str] = []
        categories: list[int] = []

        def walk(node: Any) -> None:
            for child in node.children:
                if hasattr(child, "children"):
                    walk(child)
                    continue
                name, value = child
                if name.startswith("content"):
                    words.append(getattr(value, "query_string", None) or str(value))
                elif name.startswith("category"):
                    categories.extend(map(int, value))

        if self.query_filter:
            walk(self.query_filter)
        return " ".join(words), categories

    def run(self, spelling_query: object = None, **_: object) -> None:
        """Ask the backend."""
        del spelling_query
        found = self.backend.search(
            self.build_query(), start_offset=self.start_offset, end_offset=self.end_offset
        )
        self._results, self._hit_count = found["results"], found["hits"]
        self._facet_counts = self.post_process_facets(found)

    def get_count(self) -> int:
        """Return how many results there are."""
        if self._hit_count is None:
            self.run()
        return int(self._hit_count)

    def post_process_facets(self, results: dict[str, Any]) -> Any:
        """Return the counts as they are."""
        return results.get("facets", {})


class CostlessEngine(BaseEngine):
    """What the settings name."""

    backend = CostlessBackend
    query = CostlessQuery
