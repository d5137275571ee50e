"""Imports go down, and every package has its storey."""

import ast
import tomllib
from pathlib import Path

from shop.settings import CHECKOUT
from tests.architecture.source import NOT_OURS, STOREYS, modules

BANNED_NAMES = frozenset({"utils", "helpers", "common", "base", "managers", "misc"})


def test_every_package_has_a_storey() -> None:
    packages = {
        path.parent.name
        for path in CHECKOUT.glob("*/__init__.py")
        if path.parent.name not in NOT_OURS
    }
    layers = _contract("storeys")["layers"]

    assert packages == set(STOREYS)
    assert packages == {name.strip() for layer in layers for name in layer.split("|")}


def test_no_module_is_a_drawer_for_everything() -> None:
    assert [source.name for source in modules() if source.path.stem in BANNED_NAMES] == []


def test_every_module_says_what_it_is() -> None:
    silent = [
        source.name
        for source in modules()
        if not ast.get_docstring(source.tree) and "/versions/" not in source.name
    ]

    assert silent == []


def test_imports_stand_at_the_top() -> None:
    hidden = [
        f"{source.name}:{node.lineno}"
        for source in modules()
        for function in ast.walk(source.tree)
        if isinstance(function, ast.FunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]

    assert hidden == []


def _contract(wanted: str) -> dict[str, list[str]]:
    settings = tomllib.loads(Path(CHECKOUT, "pyproject.toml").read_text(encoding="utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    return next(contract for contract in contracts if contract["id"] == wanted)
