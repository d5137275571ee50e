"""The one writer of the search: carries what changed over to every engine.

Triggers note changed goods (`search_changes`), marks tell when the clock alone changes one.
Notes are taken, goods read and engines changed in one transaction: whoever is stopped midway
begins again with the same notes, and carrying out a change twice changes nothing.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

from catalog.search import documents, learning
from catalog.search.entries import Goods, entry_of, read_goods
from catalog.search.learning import Learned
from catalog.search.port import Batch, Engine, EngineUnavailableError, Entry

AT_ONCE = 500
LOCK = 0x5EA2C4
"""The advisory lock of the one writer."""


@dataclass(frozen=True, slots=True)
class Done:
    """What a run of the writer did."""

    changed: int = 0
    """Goods whose entries were replaced or removed."""
    rebuilt: tuple[str, ...] = ()
    """Engines that were built anew, because they could not answer."""
    is_more: bool = False
    """Whether more waits than one run takes."""


NOTHING = Done()
Watch = Callable[[str, int, int], None]
"""Hears how far a rebuild is: the engine, how many goods are done, and of how many."""


class Keeper:
    """Writes; remembers the words between two runs, so that a change costs little."""

    def __init__(self) -> None:
        """Know no words yet."""
        self._version = ""
        self._learned: Learned | None = None

    def keep(self, session: Session, engines: Sequence[Engine], *, at: datetime) -> Done:
        """Carry over what waits; build anew what cannot answer. Another writer does nothing."""
        if not session.scalar(_LOCK, {"key": LOCK}):
            return NOTHING
        broken = [engine for engine in engines if not engine.health().is_ready]
        if broken:
            return self._rebuild(session, engines, broken, at=at)
        rows = session.execute(_WAITING, {"limit": AT_ONCE, "at": at}).all()
        codes = sorted({row.product_code for row in rows})
        if not codes:
            return NOTHING
        changed = self._change(session, engines, codes, at=at)
        session.execute(_TAKEN, {"ids": [row.id for row in rows if row.id is not None]})
        return Done(changed, is_more=len(rows) == AT_ONCE)

    def rebuild(
        self,
        session: Session,
        engines: Sequence[Engine],
        *,
        at: datetime,
        watch: Watch = lambda *_: None,
    ) -> Done:
        """Build every engine anew; waits for another writer to end."""
        session.execute(_WAIT_FOR_LOCK, {"key": LOCK})
        return self._rebuild(session, engines, engines, at=at, watch=watch)

    def _rebuild(
        self,
        session: Session,
        engines: Sequence[Engine],
        broken: Sequence[Engine],
        *,
        at: datetime,
        watch: Watch = lambda *_: None,
    ) -> Done:
        """Build engines anew from one reading; the others take what differs as changes."""
        # An engine outside of the database may take minutes, in which nothing is asked of it.
        session.execute(_BE_PATIENT)
        seen = list(session.scalars(_SEEN))
        learned = learning.learn(documents.read_corpus(session, at=at))
        goods = read_goods(session, at=at)
        for engine in broken:
            seen_by = partial(watch, engine.name)
            engine.rebuild(_entries(goods, learned, seen_by), words=learned.body, at=at)
        if len(broken) == len(engines):
            session.execute(_FORGET)
            _mark(session, goods)
            session.execute(_TAKEN, {"ids": seen})
        self._learned = None
        return Done(len(goods), tuple(engine.name for engine in broken))

    def _change(
        self, session: Session, engines: Sequence[Engine], codes: Sequence[str], *, at: datetime
    ) -> int:
        goods = read_goods(session, at=at, codes=codes)
        marked = _marks(session, _MARKED, {"codes": list(codes)})
        fresh = [one for one in goods if marked.get(one.document.code) != one.digest]
        gone = sorted(set(codes) & marked.keys() - {one.document.code for one in goods})
        if fresh or gone:
            before = self._known(engines)
            learned = before
            if fresh:
                learned = learning.grow(
                    before,
                    [one.document for one in fresh],
                    documents.read_places(session, at=at),
                )
            batch = Batch(
                tuple(_entries(fresh, learned)),
                tuple(gone),
                None if learned is before else learned.body,
            )
            for engine in engines:
                self._apply(session, engine, batch, learned, at=at)
            self._learned = learned
        _mark(session, goods)
        session.execute(_UNMARK, {"codes": gone})
        return len(fresh) + len(gone)

    def _apply(
        self, session: Session, engine: Engine, batch: Batch, learned: Learned, *, at: datetime
    ) -> None:
        try:
            engine.apply(batch)
        except EngineUnavailableError:
            # What cannot be written is damaged or stuck; a new one stands beside it.
            goods = read_goods(session, at=at)
            engine.rebuild(_entries(goods, learned), words=learned.body, at=at)

    def _known(self, engines: Sequence[Engine]) -> Learned:
        words = engines[0].words()
        if self._learned is None or self._version != words.version:
            self._learned = learning.recall(words.body)
        self._version = words.version
        return self._learned


def compare(session: Session, *, at: datetime) -> int:
    """Note every product that differs from its mark; return how many there were."""
    marked = _marks(session, _ALL_MARKED, {})
    if not marked:
        return 0
    now = {one.document.code: one.digest for one in read_goods(session, at=at)}
    differing = sorted(
        code for code in marked.keys() | now.keys() if marked.get(code) != now.get(code)
    )
    session.execute(_NOTE, {"codes": differing})
    return len(differing)


def count_waiting(session: Session, *, at: datetime) -> int:
    """Return how many goods wait for the writer."""
    return session.scalar(_COUNT, {"at": at}) or 0


def _marks(
    session: Session, statement: TextClause, given: dict[str, list[str]]
) -> dict[str, str]:
    return {row.product_code: row.digest for row in session.execute(statement, given)}


def _entries(
    goods: Sequence[Goods],
    learned: Learned,
    watch: Callable[[int, int], None] = lambda *_: None,
) -> Iterator[Entry]:
    for done, one in enumerate(goods, start=1):
        yield entry_of(one, learned.analyser)
        watch(done, len(goods))


def _mark(session: Session, goods: Sequence[Goods]) -> None:
    session.execute(
        _MARK,
        {
            "codes": [one.document.code for one in goods],
            "digests": [one.digest for one in goods],
            "moments": [one.due_at for one in goods],
        },
    )


_LOCK = text("SELECT pg_try_advisory_xact_lock(:key)")
_BE_PATIENT = text("SET LOCAL idle_in_transaction_session_timeout = 0")
_WAIT_FOR_LOCK = text("SELECT pg_advisory_xact_lock(:key)")
_WAITING = text("""
    (SELECT id, product_code FROM search_changes ORDER BY id LIMIT :limit)
    UNION ALL
    (SELECT NULL, product_code FROM search_marks WHERE due_at <= :at LIMIT :limit)
""")
_SEEN = text("SELECT id FROM search_changes ORDER BY id")
# By their ids and not up to the last of them: one with a smaller id may be committed later.
_TAKEN = text("DELETE FROM search_changes WHERE id = ANY(:ids)")
_MARKED = text("SELECT product_code, digest FROM search_marks WHERE product_code = ANY(:codes)")
_ALL_MARKED = text("SELECT product_code, digest FROM search_marks")
_FORGET = text("DELETE FROM search_marks")
_UNMARK = text("DELETE FROM search_marks WHERE product_code = ANY(:codes)")
_MARK = text("""
    INSERT INTO search_marks (product_code, digest, due_at)
    SELECT * FROM unnest(CAST(:codes AS text[]), CAST(:digests AS text[]),
        CAST(:moments AS timestamptz[]))
    ON CONFLICT (product_code)
    DO UPDATE SET digest = excluded.digest, due_at = excluded.due_at
    WHERE (search_marks.digest, search_marks.due_at)
        IS DISTINCT FROM (excluded.digest, excluded.due_at)
""")
_NOTE = text("""
    INSERT INTO search_changes (product_code) SELECT unnest(CAST(:codes AS text[]))
""")
_COUNT = text("""
    SELECT count(DISTINCT product_code) FROM (
        SELECT product_code FROM search_changes
        UNION ALL
        SELECT product_code FROM search_marks WHERE due_at <= :at
    ) AS waiting
""")
