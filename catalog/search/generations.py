"""Indexes on disk: each stands in a folder of its own; one file names the one in use.

A new index is built aside and takes over in one step, so that a search never meets half of one.
The file with the name is the whole state: without it there is no index.
"""

import hashlib
import secrets
import shutil
from datetime import UTC, datetime
from pathlib import Path

from catalog.search.port import Words

CURRENT = "current"
WORDS = "words"
FORMAT = 4
"""Raised when the analysis or the files change, so that older indexes are built anew."""
KEPT = 2


def name_of(at: datetime) -> str:
    """Return the name of a new index; it tells the format, and when it was begun."""
    return f"{FORMAT}-{at.astimezone(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(4)}"


def built_at(name: str) -> datetime | None:
    """Return when an index was begun, from its name; None for a name of another kind."""
    try:
        return datetime.strptime(name.split("-")[1], "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
    except (IndexError, ValueError):
        return None


def is_readable(name: str) -> bool:
    """Say whether an index is of the present format."""
    return name.startswith(f"{FORMAT}-")


def find_current(folder: Path) -> str | None:
    """Return the name of the index in use, or None."""
    try:
        name = (folder / CURRENT).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return None
    return name or None


def take_over(folder: Path, name: str) -> None:
    """Let an index be the one in use, and remove those that were in use long ago.

    The one before stays: a search may still be reading it.
    """
    waiting = folder / f"{CURRENT}.{name}"
    waiting.write_text(name, encoding="utf-8")
    waiting.replace(folder / CURRENT)
    made = [path for path in folder.iterdir() if path.is_dir() and path.name != name]
    for path in sorted(made, key=lambda path: path.stat().st_mtime_ns)[: -(KEPT - 1)]:
        shutil.rmtree(path, ignore_errors=True)


def write_words(made: Path, body: bytes) -> None:
    """Write the words of an index; a reader meets the old or the new, never a half."""
    waiting = made / f"{WORDS}.{secrets.token_hex(4)}"
    waiting.write_bytes(body)
    waiting.replace(made / WORDS)


def read_words(made: Path) -> Words:
    """Return the words of an index; raises `OSError`."""
    body = (made / WORDS).read_bytes()
    return Words(version_of(body), body)


def version_of(body: bytes) -> str:
    """Return what tells one state of the words from another."""
    return hashlib.sha256(body).hexdigest()[:16]


def size_of(made: Path) -> int:
    """Return how many bytes an index takes on the disk; files that vanish take none."""
    total = 0
    for path in made.iterdir():
        try:
            total += path.stat().st_size
        except OSError:
            continue
    return total
