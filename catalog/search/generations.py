"""Indexes on disk: each stands in a folder of its own; one file names the one in use.

A new index is built aside and takes over in one step, so that a search never meets half of one.
The file with the name is the whole state: without it there is no index.
"""

import hashlib
import secrets
import shutil
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from whoosh import index
from whoosh.analysis import SpaceSeparatedTokenizer
from whoosh.fields import ID, STORED, TEXT, Schema

from catalog.search import lexicon
from catalog.search.analysis import Analyser
from catalog.search.documents import Corpus, Document, title_of

CURRENT = "current"
LEXICON = "lexicon.json"
FINGERPRINT = "fingerprint"
FORMAT = 1
"""Raised when the analysis or the files change, so that older indexes are built anew."""
KEPT = 2
LIMIT_MB = 64

SCHEMA = Schema(
    code=ID(stored=True, unique=True),
    # Tokens come ready made; positions are not needed, because pairs stand for phrases.
    tokens=TEXT(analyzer=SpaceSeparatedTokenizer(), phrase=False),
    title=STORED,
)


def refresh(folder: Path, corpus: Corpus, *, at: datetime) -> str | None:
    """Build an index unless the one in use holds exactly this corpus; return a new one's name.

    Repeating changes nothing. What is in use but cannot be read is built anew.
    """
    name = find_current(folder)
    if name is not None and _fingerprint_of(folder / name) == fingerprint(corpus):
        return None
    return build(folder, corpus, at=at)


def build(folder: Path, corpus: Corpus, *, at: datetime) -> str:
    """Build an index of the corpus and let it take over; return its name.

    Older indexes are removed, except the one before, which a search may still be reading.
    """
    name = f"{at.astimezone(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(4)}"
    made = folder / name
    made.mkdir(parents=True)
    analyser = Analyser(corpus.nouns)
    words = _write(made, corpus, analyser)
    spellings = [
        lexicon.spell(word, corpus.spelled.get(word, "")) for word in words if word[0] > "z"
    ]
    (made / LEXICON).write_bytes(lexicon.encode(spellings, corpus.nouns))
    (made / FINGERPRINT).write_text(fingerprint(corpus), encoding="utf-8")
    waiting = folder / f"{CURRENT}.{name}"
    waiting.write_text(name, encoding="utf-8")
    waiting.replace(folder / CURRENT)
    _remove_old(folder)
    return name


def fingerprint(corpus: Corpus) -> str:
    """Return a digest of everything an index of the corpus depends on, its words included."""
    digest = hashlib.sha256(msgspec.json.encode(corpus))
    digest.update(msgspec.json.encode(lexicon.vocabulary(), order="deterministic"))
    return f"{FORMAT}-{digest.hexdigest()}"


def find_current(folder: Path) -> str | None:
    """Return the name of the index in use, or None."""
    try:
        name = (folder / CURRENT).read_text(encoding="utf-8").strip()
    except OSError:
        return None
    return name or None


def _fingerprint_of(folder: Path) -> str | None:
    try:
        index.open_dir(folder).close()
        return (folder / FINGERPRINT).read_text(encoding="utf-8")
    except (OSError, index.IndexError):
        return None


def _write(made: Path, corpus: Corpus, analyser: Analyser) -> list[str]:
    """Write the documents; return the words that can be spelled: nouns, and words of names."""
    words = dict.fromkeys(corpus.nouns)
    opened = index.create_in(made, SCHEMA)
    writer = opened.writer(limitmb=LIMIT_MB)
    for document in corpus.documents:
        writer.add_document(
            code=document.code,
            tokens=" ".join(_tokens(document, analyser)),
            title=title_of(document),
        )
        for name in document.names:
            words.update(dict.fromkeys(analyser.text_tokens(name)))
    writer.commit()
    opened.close()
    return list(words)


def _tokens(document: Document, analyser: Analyser) -> list[str]:
    """Return the tokens of a product; what it is called counts twice."""
    names = [token for name in document.names for token in analyser.title_tokens(name)]
    places = [token for place in document.places for token in analyser.text_tokens(place)]
    prose = [token for piece in document.prose for token in analyser.text_tokens(piece)]
    return [*names, *names, *places, *prose]


def _remove_old(folder: Path) -> None:
    made = [path for path in folder.iterdir() if path.is_dir()]
    for path in sorted(made, key=lambda path: path.stat().st_mtime_ns)[:-KEPT]:
        shutil.rmtree(path, ignore_errors=True)
