"""Templates compiled for a language say what a look-up while rendering would say."""

from collections.abc import Mapping
from typing import Any

import pytest
from flask import Flask
from flask_babel import force_locale
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import DictLoader
from markupsafe import Markup

from shop.templating import Environment

PIECES = st.lists(
    st.one_of(
        st.text(alphabet="茶 a<&\"'{}\\\n", max_size=6),
        st.sampled_from(["%(n)s", "%(name)s", "%%", "%(n)d"]),
    ),
    max_size=6,
).map("".join)
VALUES = st.one_of(
    st.integers(),
    st.text(alphabet="山<&'\"%s", max_size=5),
    st.text(alphabet="b<>", max_size=4).map(Markup),
    st.none(),
)
WAYS = {
    "written": "{{ _('m', n=n, name=name) }}",
    "between": "a{{ _('m', n=n, name=name) }}b{{ name }}",
    "kept": "{% set x = _('m', n=n, name=name) %}{{ x }}{{ x }}",
    "joined": "{{ name ~ _('m', n=n, name=name) ~ '<' }}",
    "filtered": "{{ _('m', n=n, name=name)|upper }}",
    "handed on": (
        "{% macro told(text) %}<p>{{ text }}</p>{% endmacro %}"
        "{{ told(_('m', n=n, name=_('m', n=1, name=name))) }}"
    ),
    "repeated": "{% for n in range(3) %}{{ _('m', n=n, name=name) }}{% endfor %}",
}


class Catalogue:
    """The words of a language."""

    def __init__(self, words: Mapping[str, str]) -> None:
        self._words = words

    def ugettext(self, message: str) -> str:
        return self._words.get(message, message)


def rendered(source: str, text: str, *, is_html: bool, is_folded: bool, **values: Any) -> str:
    """Render a template; its sentences are written into it, or looked up as it is rendered."""
    environment = Environment(
        Flask(__name__), loader=DictLoader({"a": source}), autoescape=is_html
    )
    environment.catalogue = Catalogue({"m": text} if is_folded else {})

    def look_up(message: str, **given: Any) -> Any:
        found = text if message == "m" else message
        return (Markup(found) if is_html else found) % given  # noqa: S704 -- of the test

    environment.globals["_"] = look_up
    if not is_folded:
        environment.globals["look_up"] = look_up
        environment.loader = DictLoader({"a": source.replace("_('m'", "look_up('m'")})
    return environment.get_template("a").render(**values)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("is_html", [True, False])
@given(text=PIECES, n=st.integers(), name=VALUES)
def test_a_sentence_reads_as_if_looked_up(
    way: str, *, is_html: bool, text: str, n: int, name: Any
) -> None:
    given_values = {"n": n, "name": name}
    wanted = rendered(WAYS[way], text, is_html=is_html, is_folded=False, **given_values)

    assert rendered(WAYS[way], text, is_html=is_html, is_folded=True, **given_values) == wanted


def test_a_template_is_found_in_the_language_in_use(app: Flask) -> None:
    source = {"a": "{{ _('购物篮') }} {% include 'b' %}", "b": "{{ _('登录') }}"}
    environment = app.jinja_env.overlay()
    assert isinstance(environment, Environment)
    environment.loader = DictLoader(source)
    environment.languages = {}
    seen = []
    with app.app_context():
        for locale in ("zh_CN", "en", "zh_CN"):
            with force_locale(locale):
                seen.append(environment.get_template("a").render())

    assert seen[0] == seen[2] == "购物篮 登录"
    assert seen[1] == "Basket Sign in"
