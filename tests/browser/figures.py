"""The figures a sale moves, read where their readers read them, in fen."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from playwright.sync_api import Locator, Page

from tests.browser.visiting import fen

ON_THE_WAY = re.compile(r"另有 (¥[\d,.]+) 预计能得")


@dataclass(frozen=True, slots=True)
class Statement:
    """What a household reads about itself."""

    year: int
    month: int
    on_the_way: int


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything that a sale must move exactly, as the pages and the ledger have it."""

    goat_family: Statement
    bamboo_family: Statement
    township: int
    """Of the goat's township, as its own official reads it; the next two as the district's."""
    goat_township: int
    bamboo_township: int
    ledger: Mapping[str, int]


def read_statement(page: Page, month: str) -> Statement:
    """Read a household's own sheet."""
    page.goto("/household/")
    found = ON_THE_WAY.search(page.get_by_role("main").inner_text())
    shown = page.locator(".fold > summary").filter(has_text=month)
    return Statement(
        year=fen(page.locator(".statement-amount").inner_text()),
        month=fen(shown.locator(".money").first.inner_text()) if shown.count() else 0,
        on_the_way=fen(found[1]) if found else 0,
    )


def read_total(page: Page, month: str) -> int:
    """Read an official's purchase volume of a month."""
    page.goto(f"/oversight/volumes?from={month}&to={month}")
    return fen(page.locator(".tiles dd").first.inner_text())


def read_volume(page: Page, month: str, place: str) -> int:
    """Read the purchase volume of one place in an official's table of a month."""
    page.goto(f"/oversight/volumes?from={month}&to={month}")
    row = page.locator(".cross tbody tr").filter(
        has=page.get_by_role("rowheader", name=place, exact=True)
    )
    return fen(row.locator("td").first.inner_text())


def read_split(legend: Locator) -> dict[str, int]:
    """Read where the money of one order goes: the kind of party and its amount."""
    items = [item.inner_text() for item in legend.locator(".split-item").all()]
    return {item.split(" · ")[0].split("\n")[0]: fen(item) for item in items}


def change(before: Figures, after: Figures) -> dict[str, int]:
    """Return by how much each account of the money book has moved, where it has."""
    codes = {*before.ledger, *after.ledger}
    moves = {code: after.ledger.get(code, 0) - before.ledger.get(code, 0) for code in codes}
    return {code: minor for code, minor in moves.items() if minor and code[0] != "T"}


def moved(statement: Statement, *, earned: int = 0, on_the_way: int = 0) -> Statement:
    """Return a statement that has moved by these amounts and in nothing else."""
    return replace(
        statement,
        year=statement.year + earned,
        month=statement.month + earned,
        on_the_way=statement.on_the_way + on_the_way,
    )
