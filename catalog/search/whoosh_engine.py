"""The engine in the shop's own process: a Whoosh index on disk, read into arrays.

Whoosh 2.7.4 and no other: its forks return documents that were replaced long ago. What is
used of it: one writer at a time that deletes by document number and adds; readers that are
opened anew and never refreshed. Its query language, its facets and its filters are not used.
"""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from threading import Lock, Thread
from typing import Any

from whoosh import index
from whoosh.analysis import SpaceSeparatedTokenizer
from whoosh.fields import ID, STORED, TEXT, Schema
from whoosh.reading import SegmentReader, TermNotFound

from catalog.search import generations, snapshot
from catalog.search.columns import Names
from catalog.search.port import (
    Batch,
    EngineUnavailableError,
    Entry,
    Found,
    Health,
    ParsedQuery,
    Stats,
    Traits,
    Words,
)
from catalog.search.snapshot import Shelf, Snapshot

LOOK_EVERY_SECONDS = 0.25
WRITER_SECONDS = 5.0
LIMIT_MB = 64
TRIES = 3
"""Files of a state may vanish while it is being opened, because a newer one took over."""

SCHEMA = Schema(
    code=ID(unique=True),
    # Tokens come ready made; positions are not needed, because pairs stand for phrases.
    tokens=TEXT(analyzer=SpaceSeparatedTokenizer(), phrase=False),
    entry=STORED,
)


class WhooshEngine:
    """Searches whatever index is in use; one for each process, shared by its threads."""

    name = "whoosh"

    def __init__(self, folder: Path) -> None:
        """Look for indexes in a folder; nothing is opened before the first search."""
        self._folder = folder
        self._lock = Lock()
        self._opening = Lock()
        self._looked = float("-inf")
        self._state: tuple[str, int] | None = None
        self._shelf = Shelf(Names(), {})
        self._opened: Snapshot | None = None

    def search(self, query: ParsedQuery) -> Found:
        """Return what meets a query; raises `EngineUnavailableError`."""
        with _damage():
            return self._current().search(query)

    def size(self) -> int:
        """Return how many goods there are."""
        with _damage():
            return self._current().documents

    def frequency(self, token: str) -> int:
        """Return in how many goods a token stands."""
        with _damage():
            return self._current().frequency(token)

    def beginning(self, letters: str, *, limit: int) -> list[str]:
        """Return some tokens that begin with these letters."""
        with _damage():
            return self._current().beginning(letters, limit)

    def words(self) -> Words:
        """Return the words the index was built with."""
        with _damage():
            return self._current().words

    def codes(self) -> Mapping[str, Traits]:
        """Return everything the index holds."""
        with _damage():
            return self._current().traits()

    def apply(self, batch: Batch) -> None:
        """Carry out changes in one commit; raises `EngineUnavailableError` without an index."""
        made = self._made()
        with _damage(), _writing(made) as (opened, writer):
            with opened.reader() as reader:
                changed = (*batch.deletes, *(entry.code for entry in batch.upserts))
                for number in _numbers(reader, changed):
                    writer.delete_document(number)
            for entry in batch.upserts:
                _add(writer, entry)
            if batch.words is not None:
                generations.write_words(made, batch.words)
        self._looked = float("-inf")

    def rebuild(self, entries: Iterable[Entry], *, words: bytes, at: datetime) -> Stats:
        """Build an index beside the one in use and let it take over."""
        name = generations.name_of(at)
        made = self._folder / name
        made.mkdir(parents=True)
        generations.write_words(made, words)
        index.create_in(made, SCHEMA).close()
        with _writing(made) as (_, writer):
            for entry in entries:
                _add(writer, entry)
        generations.take_over(self._folder, name)
        self._looked = float("-inf")
        return self.stats()

    def stats(self) -> Stats:
        """Return how large the index in use is."""
        made = self._made()
        with _damage():
            opened = index.open_dir(made)
            try:
                return Stats(opened.doc_count(), made.name, generations.size_of(made))
            finally:
                opened.close()

    def health(self) -> Health:
        """Say whether a search would be answered, by opening what is on the disk."""
        name = generations.find_current(self._folder)
        if name is None:
            return Health(is_ready=False, is_missing=True, problem="no search index")
        if not generations.is_readable(name):
            return Health(is_ready=False, problem="an index of another format")
        try:
            with _damage():
                self._current()
        except EngineUnavailableError as error:
            return Health(is_ready=False, problem=str(error))
        return Health(is_ready=True)

    def _made(self) -> Path:
        name = generations.find_current(self._folder)
        if name is None:
            raise EngineUnavailableError("no search index")
        return self._folder / name

    def _current(self) -> Snapshot:
        now = time.monotonic()
        # Whoever comes while the first state is being opened waits for it.
        if now - self._looked >= LOOK_EVERY_SECONDS or self._opened is None:
            self._looked = now
            self._look()
        opened = self._opened
        if opened is None:
            raise EngineUnavailableError("no search index")
        return opened

    def _look(self) -> None:
        """Open what is new on the disk; those who search meanwhile use what is open."""
        state = self._find_state()
        before = self._state
        if state == before and (self._opened is not None or state is None):
            return
        if state is None:
            self._state, self._opened = None, None
        elif before is not None and self._opened is not None and before[0] != state[0]:
            # Another build is read whole, which takes its time: nobody has to wait for it.
            Thread(target=self._open, args=(state,), daemon=True).start()
        else:
            self._open(state)

    def _find_state(self) -> tuple[str, int] | None:
        """Return the name of the index in use and the number of its state."""
        name = generations.find_current(self._folder)
        if name is None:
            return None
        latest = -1
        with suppress(FileNotFoundError):
            for file in (self._folder / name).glob("_MAIN_*.toc"):
                latest = max(latest, int(file.stem.removeprefix("_MAIN_")))
        return name, latest

    def _open(self, state: tuple[str, int]) -> None:
        if self._opened is not None and not self._opening.acquire(blocking=False):
            return
        if self._opened is None:
            self._opening.acquire()
        try:
            if self._state != state or self._opened is None:
                self._opened = self._read(self._folder / state[0])
                self._state = state
        finally:
            self._opening.release()

    def _read(self, made: Path) -> Snapshot:
        # A search under way keeps the old state; its files close when the last one is done.
        for tries in range(TRIES):
            try:
                words = generations.read_words(made)
                opened = index.open_dir(made)
                state = f"{made.name}:{opened.latest_generation()}"
                return Snapshot(opened.reader(), words, self._shelf, state)
            except FileNotFoundError:
                if tries + 1 == TRIES:
                    raise
        raise EngineUnavailableError("no search index")


@contextmanager
def _damage() -> Iterator[None]:
    """Tell every failure as one: a damaged file can fail anywhere inside Whoosh."""
    try:
        yield
    except EngineUnavailableError:
        raise
    except Exception as error:
        raise EngineUnavailableError(repr(error)) from error


@contextmanager
def _writing(made: Path) -> Iterator[tuple[Any, Any]]:
    """Give the index and its one writer; commit at the end, leave all as it was on failure.

    Any: Whoosh has no types.
    """
    opened = index.open_dir(made)
    writer = opened.writer(timeout=WRITER_SECONDS, limitmb=LIMIT_MB)
    try:
        yield opened, writer
    except BaseException:
        writer.cancel()
        raise
    else:
        writer.commit()
    finally:
        opened.close()


def _add(writer: Any, entry: Entry) -> None:
    writer.add_document(
        code=entry.code,
        tokens=" ".join(entry.tokens),
        entry=snapshot.keep(entry.code, entry.title, len(entry.tokens), entry.traits),
    )


def _numbers(reader: Any, codes: Sequence[str]) -> list[int]:
    """Return the numbers of the documents with these codes that are not deleted yet."""
    found: list[int] = []
    for leaf, at in reader.leaf_readers():
        if not isinstance(leaf, SegmentReader):
            continue
        form = leaf.schema["code"].format
        for code in dict.fromkeys(codes):
            try:
                matcher = leaf._terms.matcher("code", code.encode(), form)  # noqa: SLF001
            except (KeyError, TermNotFound):
                continue
            found.extend(at + row for row in matcher.all_ids() if not leaf.is_deleted(row))
    return found
