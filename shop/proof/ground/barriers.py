"""What axe-core finds on a page, counted by how much it stands in somebody's way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Page

IMPACTS = ("critical", "serious", "moderate", "minor")
PLAIN: dict[str, Any] = {"resultTypes": ["violations"]}
# WCAG 2.2 asks for targets of 24 pixels; axe looks only when told.
OPTIONS: dict[str, Any] = {**PLAIN, "rules": {"target-size": {"enabled": True}}}
ONLY_COLOURS: dict[str, Any] = {"resultTypes": ["violations"], "runOnly": ["color-contrast"]}


def find(page: Page, options: dict[str, Any] | None = None) -> Iterator[tuple[str, str]]:
    """Yield the impact of each barrier of a page, and what and where it is."""
    axe = import_module("axe_playwright_python.sync_playwright").Axe()
    for violation in axe.run(page, options=options or OPTIONS).response["violations"]:
        for node in violation["nodes"]:
            where = f"{violation['id']}: {node['target']} {node['failureSummary']}"
            yield violation["impact"], where


def count(found: Iterator[tuple[str, str]]) -> tuple[Counter[str], list[str]]:
    """Return how many barriers there are of each impact, and each in words."""
    listed = list(found)
    return Counter(impact for impact, _ in listed), [f"{one}: {where}" for one, where in listed]
