"""What may be wrong with a document, as a place in it and a sentence about it."""

from typing import NamedTuple


class Problem(NamedTuple):
    """One thing that is wrong."""

    pointer: str
    """The place as a JSON pointer."""
    code: str
    """A stable word for the kind of mistake."""
    detail: str
    """A sentence for whoever wrote the document."""


def below(pointer: str, name: object) -> str:
    """Return the pointer of something under another."""
    return f"{pointer}/{str(name).replace('~', '~0').replace('/', '~1')}"
