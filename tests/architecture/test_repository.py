"""What is committed: budgets kept, nothing of this machine, every part pinned with hashes."""

import ast
import re
from pathlib import Path

import pytest

from shop.migrations import runner
from shop.settings import CHECKOUT
from tests.architecture.source import Source, files, modules, suites

FILE_LINES = 400
FUNCTION_LINES = 50
BUILDER_LINES = 200
# Migrations are long and flat; a generated document is not written by hand.
UNBUDGETED = "/migrations/versions/"
# In two halves, so that this file does not name what it forbids.
HOSTS = tuple(
    "".join(halves)
    for halves in (
        ("py", "pi.org"),
        ("python", "hosted"),
        ("npm", "js."),
        ("deb.", "debian"),
        ("archive.", "ubuntu"),
    )
)
MACHINE_PATHS = re.compile("|".join(("/wo" + "rk/", "/ro" + "ot/", "/ho" + "me/[a-z]+/")))
BINARY = frozenset({".webp", ".png", ".jpg", ".ico", ".woff2", ".mo", ".xlsx", ".gz", ".pyc"})


def test_files_keep_their_budget() -> None:
    long = [
        f"{source.name}: {lines}"
        for source in modules() + suites()
        if UNBUDGETED not in source.name and (lines := source.text.count("\n")) > FILE_LINES
    ]

    assert long == []


def test_functions_keep_their_budget() -> None:
    long = [
        f"{source.name}:{function.name}: {lines}"
        for source in modules() + suites()
        if UNBUDGETED not in source.name
        for function in _functions(source)
        if (lines := (function.end_lineno or 0) - function.lineno + 1) > FUNCTION_LINES
    ]

    assert long == []


def test_builders_stay_short() -> None:
    builders = [source for source in suites() if "/builders/" in source.name]

    assert [b.name for b in builders if b.text.count("\n") > BUILDER_LINES] == []


def test_nothing_names_a_registry_or_this_machine() -> None:
    found = []
    for path in files(CHECKOUT):
        if path.suffix in BINARY:
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        if any(host in text for host in HOSTS) or MACHINE_PATHS.search(text):
            found.append(path.relative_to(CHECKOUT).as_posix())

    assert found == []


@pytest.mark.parametrize("name", ["base", "dev"])
def test_every_part_is_pinned_with_hashes(name: str) -> None:
    text = (CHECKOUT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    parts = re.split(r"\n(?=[a-z])", text.strip())

    loose = [part.split("\n")[0] for part in parts if "==" not in part or "sha256:" not in part]

    assert loose == []


def test_testing_runs_on_what_the_shop_runs_on() -> None:
    assert _pins("base").items() <= _pins("dev").items()


def test_every_part_has_its_line_of_reason() -> None:
    reasons = (CHECKOUT / "docs" / "dependencies.md").read_text(encoding="utf-8").lower()
    wanted = [
        re.split(r"[<>=\[]", line)[0].strip()
        for name in ("base", "dev")
        for line in (CHECKOUT / "requirements" / f"{name}.in").read_text().splitlines()
        if line and not line.startswith(("#", "-r"))
    ]

    assert [part for part in wanted if f"| {part} |" not in reasons] == []


def test_the_head_of_the_migrations_is_written_down() -> None:
    assert runner.HEAD_FILE.read_text().strip() == runner.head()


def _functions(source: Source) -> list[ast.FunctionDef]:
    return [node for node in ast.walk(source.tree) if isinstance(node, ast.FunctionDef)]


def _pins(name: str) -> dict[str, str]:
    text = Path(CHECKOUT, "requirements", f"{name}.txt").read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-zA-Z0-9._-]+)==([^ \\;]+)", text, re.MULTILINE))
