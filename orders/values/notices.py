"""Why buyers are told of a lot they bought from."""

from enum import StrEnum


class NoticeCause(StrEnum):
    """What became of the lot."""

    FAILED = "failed"
    """A laboratory found it unfit."""
    RECALLED = "recalled"
