"""Triggers of pairings: drawdowns are only ever added."""

from kernel.ddl import append_only

STATEMENTS: tuple[str, ...] = (append_only("drawdowns"),)
