"""Every view says who may enter, and nobody enters by accident."""

import ast

from flask import Flask

from kernel.access import access_of
from tests.architecture.source import Source, modules

METHODS = frozenset({"get", "post", "put", "patch", "delete", "route"})
ACCESS = frozenset({"public", "signed_in", "requires"})


def test_every_view_declares_its_access(app: Flask) -> None:
    silent = [name for name, view in app.view_functions.items() if access_of(view) is None]

    assert silent == []


def test_every_view_carries_exactly_one_access_decorator() -> None:
    wrong = [
        f"{source.name}:{view.name}"
        for source in modules()
        for view in _views(source)
        if len([name for name in _decorators(view) if name in ACCESS]) != 1
    ]

    assert wrong == []


def test_changing_anything_needs_post(app: Flask) -> None:
    verbs = ("delete", "remove", "pay", "ship", "refund", "cancel", "confirm", "approve")
    loose = [
        str(rule)
        for rule in app.url_map.iter_rules()
        if rule.methods
        and "GET" in rule.methods
        and rule.endpoint.rpartition(".")[2].split("_")[0] in verbs
        and "POST" in rule.methods
    ]

    assert loose == []


def _views(source: Source) -> list[ast.FunctionDef]:
    return [
        node
        for node in ast.walk(source.tree)
        if isinstance(node, ast.FunctionDef) and METHODS & set(_routes(node))
    ]


def _routes(function: ast.FunctionDef) -> list[str]:
    """Return the last names of decorators such as `@pages.get("/…")`."""
    return [
        decorator.func.attr
        for decorator in function.decorator_list
        if isinstance(decorator, ast.Call)
        and isinstance(decorator.func, ast.Attribute)
        and decorator.args
        and isinstance(decorator.args[0], ast.Constant)
        and str(decorator.args[0].value).startswith(("/", "<"))
    ]


def _decorators(function: ast.FunctionDef) -> list[str]:
    names = []
    for decorator in function.decorator_list:
        target = decorator.func if isinstance(decorator, ast.Call) else decorator
        names.append(ast.unparse(target).rpartition(".")[2])
    return names
