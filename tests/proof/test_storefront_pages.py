"""No page of the storefront is forgotten by those who look at all of them."""

from collections import Counter

from flask import Flask

from shop.proof.ground.storefront_pages import NO_PAGES, PAGES, list_unlisted


def test_every_view_of_the_storefront_is_listed_as_a_page_or_with_a_reason(app: Flask) -> None:
    assert list(list_unlisted(app)) == []


def test_a_new_page_and_one_that_went_are_missed() -> None:
    app = Flask("another")
    app.add_url_rule("/brand-new", "storefront_new.show", lambda: "")

    found = list(list_unlisted(app))

    assert "not listed: storefront_new.show" in found
    assert "gone: storefront_home.index" in found


def test_names_are_given_once_and_a_page_is_no_exception() -> None:
    names = Counter(page.name for page in PAGES)

    assert [name for name, count in names.items() if count > 1] == []
    assert {page.endpoint for page in PAGES} & set(NO_PAGES) == set()
