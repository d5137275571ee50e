"""The English catalogue says everything the pages say, and nothing else."""

import ast
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from flask import Flask
from jinja2 import nodes

from shop.settings import CHECKOUT
from shop.translations import catalogue
from shop.translations.catalogue import Gap, Kind
from tests.architecture.source import files, modules

OLD = """
msgid "加入购物篮"
msgstr "Into the basket"

msgid "加入购物车"
msgstr "Add to cart"
"""
TRANSLATORS = {"_", "gettext", "ngettext", "pgettext", "lazy_gettext", "lazy_ngettext"}


@pytest.fixture(scope="module")
def collected() -> Catalog:
    """What the code and the templates say."""
    return catalogue.collect()


@pytest.fixture
def known() -> Catalog:
    """A small code that says two things, one of them with a value."""
    said = Catalog()
    said.add("加入购物篮")
    said.add("仅剩 %(n)s 件")
    return said


@pytest.mark.parametrize("kind", list(Kind))
def test_no_message_of_the_catalogue_is(kind: Kind, collected: Catalog) -> None:
    gaps = catalogue.find_gaps(collected, catalogue.read())

    assert [gap.text for gap in gaps if gap.kind is kind] == []


def test_the_catalogue_is_as_the_command_writes_it(tmp_path: Path) -> None:
    copy = tmp_path / "messages.po"
    copy.write_bytes(catalogue.ENGLISH.read_bytes())

    catalogue.refresh(copy)

    assert copy.read_bytes() == catalogue.ENGLISH.read_bytes()


def test_code_and_templates_are_both_read(collected: Catalog) -> None:
    assert collected.get("登录名或密码不正确。") is not None
    assert collected.get("加入购物篮") is not None
    assert collected.get("订单 %(number)s 已发货") is not None


def test_every_message_in_the_code_is_written_out() -> None:
    spoken = [
        f"{source.name}:{call.lineno}"
        for source in modules()
        if "flask_babel" in source.text
        for call in ast.walk(source.tree)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id in TRANSLATORS
        and not (call.args and isinstance(call.args[0], ast.Constant))
    ]

    assert spoken == []


def test_every_message_in_a_template_is_written_out(built_app: Flask) -> None:
    spoken = [
        f"{path.relative_to(CHECKOUT)}:{call.lineno}"
        for path in files(CHECKOUT / "templates", ".html", ".txt", ".xml")
        for call in built_app.jinja_env.parse(path.read_text(encoding="utf-8")).find_all(
            nodes.Call
        )
        if isinstance(call.node, nodes.Name)
        and call.node.name in TRANSLATORS
        and not (call.args and isinstance(call.args[0], nodes.Const))
    ]

    assert spoken == []


@pytest.mark.parametrize(
    ("english", "kind"),
    [
        ("", Kind.MISSING),
        ("Only some left", Kind.PLACEHOLDERS),
        ("Only %(count)s left", Kind.PLACEHOLDERS),
        ("Only %(n)d left", Kind.PLACEHOLDERS),
        ("Only %(n)s left, 5 % off", Kind.PLACEHOLDERS),
        ("Only %(n)s 件 left", Kind.CHINESE),
        ("Only %(n)s left。", Kind.CHINESE),
        ("The basket’s last %(n)s", Kind.CHINESE),
        ('Only "%(n)s" left', Kind.MARKUP),
        ("Only <b>%(n)s</b> left", Kind.MARKUP),
    ],
)
def test_a_poor_translation_is_named(known: Catalog, english: str, kind: Kind) -> None:
    written = Catalog(locale="en")
    written.add("加入购物篮", "Add to basket")
    written.add("仅剩 %(n)s 件", english)

    assert catalogue.find_gaps(known, written) == [Gap(kind, "仅剩 %(n)s 件")]


def test_a_sound_translation_is_not_named(known: Catalog) -> None:
    written = Catalog(locale="en")
    written.add("加入购物篮", "Add to basket")
    written.add("仅剩 %(n)s 件", "Only %(n)s left")

    assert catalogue.find_gaps(known, written) == []


def test_doubtful_and_unused_messages_are_named(known: Catalog) -> None:
    written = Catalog(locale="en")
    written.add("加入购物篮", "Add to basket", flags={"fuzzy"})
    written.add("仅剩 %(n)s 件", "Only %(n)s left")
    written.add("加入购物车", "Add to cart")

    assert catalogue.find_gaps(known, written) == [
        Gap(Kind.FUZZY, "加入购物篮"),
        Gap(Kind.STALE, "加入购物车"),
    ]


def test_a_singular_may_leave_its_number_out(known: Catalog) -> None:
    known.add(("%(num)s 户", "%(num)s 户"))
    written = Catalog(locale="en")
    written.add("加入购物篮", "Add to basket")
    written.add("仅剩 %(n)s 件", "Only %(n)s left")
    written.add(("%(num)s 户", "%(num)s 户"), ("One household", "%(num)s households"))

    assert catalogue.find_gaps(known, written) == []


def test_refreshing_keeps_translations_and_drops_what_is_unused(tmp_path: Path) -> None:
    path = tmp_path / "messages.po"
    path.write_text(catalogue.HEADER + OLD, encoding="utf-8")

    english = catalogue.refresh(path)

    kept = english.get("加入购物篮")
    assert kept is not None
    assert kept.string == "Into the basket"
    assert english.get("加入购物车") is None
    new = english.get("登录名或密码不正确。")
    assert new is not None
    assert new.string == ""
