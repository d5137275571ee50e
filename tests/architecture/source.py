"""The source of the project, as the architecture tests read it."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from shop.settings import CHECKOUT

STOREYS = (
    "catalog", "cold_chain", "households", "kernel", "ledger", "orders", "pairing", "parties",
    "payments", "reporting", "shop", "supplier_portal", "workflows",
)  # fmt: skip
NOT_OURS = frozenset({"__pycache__", "build", "htmlcov", "var", "vendor"})
HIDDEN = frozenset({".ci", ".editorconfig", ".gitignore", ".pre-commit-config.yaml"})


@dataclass(frozen=True, slots=True)
class Source:
    """One Python file with its tree."""

    path: Path
    text: str
    tree: ast.Module

    @property
    def name(self) -> str:
        """The path from the checkout."""
        return self.path.relative_to(CHECKOUT).as_posix()


@cache
def modules() -> tuple[Source, ...]:
    """Return every Python file of the storeys."""
    return tuple(
        _parsed(path) for storey in STOREYS for path in files(CHECKOUT / storey, ".py")
    )


@cache
def suites() -> tuple[Source, ...]:
    """Return every Python file of the tests."""
    return tuple(_parsed(path) for path in files(CHECKOUT / "tests", ".py"))


def files(folder: Path, *suffixes: str) -> Iterator[Path]:
    """Walk a folder without what is made, installed or vendored."""
    for path in sorted(folder.iterdir()):
        if path.name in NOT_OURS or (path.name.startswith(".") and path.name not in HIDDEN):
            continue
        if path.is_dir():
            yield from files(path, *suffixes)
        elif not suffixes or path.suffix in suffixes:
            yield path


def _parsed(path: Path) -> Source:
    text = path.read_text(encoding="utf-8")
    return Source(path, text, ast.parse(text))
