"""A page asks for two style sheets at most, which hold all that its template names."""

import re

from flask import Flask
from flask.testing import FlaskClient

from shop.settings import CHECKOUT
from shop.stylesheets import bundled

SHEET = re.compile(r'<link rel="stylesheet" href="([^"]+)"')
CSS = CHECKOUT / "static" / "css"
NAMED = re.compile(r"filename=\"css/(\w+)\.css\"")


def test_a_page_asks_for_the_layouts_sheets_and_its_own(client: FlaskClient) -> None:
    sheets = SHEET.findall(client.get("/").text)

    assert len(sheets) == 2
    assert "tokens+base+" in sheets[0]
    assert "catalog" in sheets[1]
    for address in sheets:
        answer = client.get(address)
        assert (answer.status_code, answer.mimetype) == (200, "text/css")
        assert answer.cache_control.immutable


def test_all_pages_of_a_layout_share_its_sheets(client: FlaskClient) -> None:
    pages = ("/", "/help", "/products", "/login", "/no-such-page")

    assert len({SHEET.findall(client.get(path).text)[0] for path in pages}) == 1


def test_the_rules_of_each_sheet_are_there_in_order(client: FlaskClient) -> None:
    answer = client.get("/static/sheets/tokens+home.css").text

    tokens, home = ((CSS / f"{name}.css").read_text() for name in ("tokens", "home"))
    assert answer == f"{tokens}\n{home}"


def test_what_is_no_sheet_is_not_sent(client: FlaskClient) -> None:
    names = ("none", "tokens+none", "..", "tokens+", "Tokens", "+".join(["base"] * 20))

    assert {client.get(f"/static/sheets/{name}.css").status_code for name in names} == {404}


def test_a_link_is_named_by_its_content_and_other_tags_stay(app: Flask) -> None:
    html = (
        '<link rel="stylesheet" data-layout href="/static/css/base.css?v=1">\n'
        '<link rel="stylesheet" href="/static/css/home.css?v=2">\n'
        '<link rel="stylesheet" href="/static/css/base.css?v=1">\n<meta name="a">'
    )
    with app.test_request_context():
        made = bundled(html)

    assert re.findall(r"sheets/(\w+)\.css\?v=[0-9a-f]{10}", made) == ["base", "home"]
    assert made.endswith('<meta name="a">\n')


def test_every_sheet_a_template_names_exists() -> None:
    named = {
        name
        for path in (CHECKOUT / "templates").rglob("*.html")
        for name in NAMED.findall(path.read_text(encoding="utf-8"))
    }

    assert {name for name in named if not (CSS / f"{name}.css").is_file()} == set()
