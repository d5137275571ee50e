"""Only the unit of work ends a transaction, and no domain reads the clock."""

import ast
from collections.abc import Iterator

from tests.architecture.source import Source, modules

ENDINGS = frozenset({"commit", "rollback"})
# The unit of work itself, and the migration tool, which works on a bare connection.
MAY_END = frozenset({"kernel/db.py", "shop/migrations/env.py"})
# Whoosh commits files, not the database.
INDEX_WRITER = "writer"
FACES = ("shop/", "supplier_portal/")


def test_only_the_unit_of_work_ends_a_transaction() -> None:
    strays = [
        f"{source.name}:{call.lineno}"
        for source in modules()
        if source.name not in MAY_END and not source.name.startswith("shop/proof/")
        for call in _calls(source)
        if isinstance(call.func, ast.Attribute)
        and call.func.attr in ENDINGS
        and ast.unparse(call.func.value) != INDEX_WRITER
    ]

    assert strays == []


def test_only_faces_call_the_clock() -> None:
    readers = [
        f"{source.name}:{call.lineno}"
        for source in modules()
        if not source.name.startswith((*FACES, "kernel/clock.py"))
        for call in _calls(source)
        if ast.unparse(call.func) in {"clock.now", "datetime.now", "date.today", "time.time"}
    ]

    assert readers == []


def test_services_take_the_session_first() -> None:
    wrong = [
        f"{source.name}:{function.name}"
        for source in modules()
        if source.path.stem in {"service", "queries"}
        for function in source.tree.body
        if isinstance(function, ast.FunctionDef)
        and "session" in {argument.arg for argument in function.args.args}
        and function.args.args[0].arg != "session"
    ]

    assert wrong == []


def _calls(source: Source) -> Iterator[ast.Call]:
    return (node for node in ast.walk(source.tree) if isinstance(node, ast.Call))
