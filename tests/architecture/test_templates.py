"""Templates mirror their pages, carry no inline code, and leave no text untranslated."""

import ast
import re
from pathlib import Path

import pytest
from flask import Flask
from jinja2 import nodes

from shop.settings import CHECKOUT
from tests.architecture.source import files, modules

TEMPLATES = CHECKOUT / "templates"
SHARED = frozenset({"layouts", "macros", "errors", "email"})
INLINE = {
    "inline script": re.compile(r"<script(?![^>]*\bsrc=)[^>]*>", re.IGNORECASE),
    "style element": re.compile(r"<style\b", re.IGNORECASE),
    "style attribute": re.compile(r"<[^>]*\sstyle\s*=", re.IGNORECASE),
    "event attribute": re.compile(r"<[^>]*\son[a-z]+\s*=", re.IGNORECASE),
    "address of another host": re.compile(r"(?:src|href)=[\"'](?:https?:)?//", re.IGNORECASE),
}
# Data for a script is no code: the browser does not run it.
DATA_ISLAND = re.compile(
    r"<script type=[\"']application/(?:ld\+)?json[\"'][^>]*>", re.IGNORECASE
)
JINJA = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
CHINESE = re.compile(r"[\u4e00-\u9fff]")
# The name of a language is written in that language.
OWN_NAMES = ("中文",)


def _templates() -> list[Path]:
    return list(files(TEMPLATES, ".html", ".txt", ".xml"))


def _name(path: Path) -> str:
    return path.relative_to(TEMPLATES).as_posix()


@pytest.mark.parametrize("path", _templates(), ids=_name)
def test_a_template_compiles(built_app: Flask, path: Path) -> None:
    built_app.jinja_env.get_template(_name(path))


def test_no_template_carries_inline_code() -> None:
    found = [
        f"{_name(path)}: {kind}"
        for path in _templates()
        for kind, pattern in INLINE.items()
        if pattern.search(DATA_ISLAND.sub("", JINJA.sub("x", path.read_text(encoding="utf-8"))))
    ]

    assert found == []


def test_every_visible_text_can_be_translated() -> None:
    raw = [
        f"{_name(path)}:{number}"
        for path in _templates()
        for number, line in enumerate(_without_jinja(path).splitlines(), start=1)
        if CHINESE.search(line)
    ]

    assert raw == []


def test_every_page_template_mirrors_its_module() -> None:
    orphans = []
    for path in _templates():
        face, *rest = _name(path).split("/")
        if face in SHARED or path.name.startswith("_"):
            continue
        page = CHECKOUT / ("supplier_portal" if face == "supplier_portal" else f"shop/{face}")
        if len(rest) != 2 or not (page / f"{rest[0]}.py").exists():
            orphans.append(_name(path))

    assert orphans == []


def test_every_rendered_template_exists() -> None:
    missing = [
        f"{source.name}: {name}"
        for source in modules()
        for name in _rendered(source.tree)
        if not (TEMPLATES / name).exists()
    ]

    assert missing == []


def test_every_template_is_used(built_app: Flask) -> None:
    used = {name for source in modules() for name in _names_in(source.tree)}
    for path in _templates():
        tree = built_app.jinja_env.parse(path.read_text(encoding="utf-8"))
        for node in tree.find_all(
            (nodes.Extends, nodes.Include, nodes.Import, nodes.FromImport)
        ):
            used.update(item.value for item in node.find_all(nodes.Const))

    assert sorted({_name(path) for path in _templates()} - used) == []


def _without_jinja(path: Path) -> str:
    text = path.read_text(encoding="utf-8")
    for name in OWN_NAMES:
        text = text.replace(name, "")
    return JINJA.sub(lambda match: "\n" * match.group().count("\n"), text)


def _rendered(tree: ast.Module) -> list[str]:
    return [
        str(node.args[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and ast.unparse(node.func).endswith("render_template")
        and node.args
        and isinstance(node.args[0], ast.Constant)
    ]


def _names_in(tree: ast.Module) -> list[str]:
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and node.value.endswith((".html", ".txt", ".xml"))
    ]


def test_every_drawing_that_is_named_exists() -> None:
    pictures = CHECKOUT / "static" / "img" / "kinds"
    named = {
        (_name(path), stem)
        for path in _templates()
        for stem in re.findall(r"\bstem=\"([a-z-]+)\"", path.read_text())
    }

    assert named
    missing = [one for one in sorted(named) if not (pictures / f"{one[1]}-160.webp").exists()]
    assert missing == []
