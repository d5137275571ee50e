"""A program we did not write reads our journal: it balances, account by account, as ours."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.orm import Session

from kernel.clock import at_local_midnight
from ledger import journal, queries
from ledger.journal import Dialect
from ledger.values import Book, Clock
from shop import money_journal
from shop.proof.ground import foreign
from shop.proof.ground.databases import folder, laid
from shop.proof.ground.foreign import JudgementError
from shop.proof.runner import Kind, Outcome, run_named
from shop.settings import Settings

GOAL = "0 differences, every planted error seen"
ORDERS, ORDERS_FULL = 300, 3_000
"""Orders of an own sample, where the shop itself has sold nothing, or with `SIZE=full`."""

DAYS = 5
"""At how many days between the first and the last the books are compared by either clock."""

SPAN = text(
    """
    SELECT CAST(min(moment) AT TIME ZONE 'Asia/Shanghai' AS date) AS first,
        CAST(max(moment) AT TIME ZONE 'Asia/Shanghai' AS date) AS last
    FROM (SELECT CASE :clock WHEN 'recorded' THEN recorded_at ELSE effective_at END AS moment
        FROM ledger_txs WHERE book = 'CNY') AS tx
    """
)
TRANSACTIONS = text("SELECT count(*) FROM ledger_txs WHERE book = 'CNY'")

Judge = Callable[[Path], dict[str, int]]


@run_named(Kind.EXPERIMENT, "foreign-judge")
def foreign_judge(settings: Settings) -> Outcome:
    """Export the running data's journal, or a sample's, and let hledger judge the books."""
    if not settings.full_size and _count(settings.database_url):
        return judge(settings.database_url, "the running data")
    orders = ORDERS_FULL if settings.full_size else ORDERS
    with laid(settings, orders=orders) as ground:
        return judge(ground.settings.database_url, f"a sample of {orders:,} orders")


def judge(url: str, subject: str) -> Outcome:
    """Let every foreign program that is here judge the money book behind an address."""
    judges: dict[Dialect, Judge] = {Dialect.HLEDGER: foreign.judge_with_hledger}
    if foreign.has_beancount():
        judges[Dialect.BEANCOUNT] = foreign.judge_with_beancount
    details = [f"the money book of {subject}; the trace book stays out"]
    with folder() as place, _books(url) as books:
        differences = 0
        for dialect, ask in judges.items():
            path = place / f"money.{dialect}"
            lines = money_journal.write_file(books.session, path, dialect=dialect)
            found = _compare(ask(path), books.named(dialect))
            differences += len(found)
            details += [f"  {dialect}: {lines:,} lines read, {len(found)} differences"]
            details += [f"    {one}" for one in found[:20]]
        path = place / f"money.{Dialect.HLEDGER}"
        for clock in Clock:
            found = _compare_on(books, path, clock)
            differences += len(found)
            details.append(f"  by {clock} date, day by day: {len(found)} differences")
            details += [f"    {one}" for one in found[:20]]
        planted, seen = _plant(path, books.ours)
    figure = (
        f"{differences} differences in {len(books.ours):,} accounts of {books.count:,} "
        f"transactions, {seen} of {planted} planted errors seen"
    )
    return Outcome(
        "foreign-judge",
        figure,
        GOAL,
        holds=differences == 0 and seen == planted and books.count > 0,
        details=tuple(details),
    )


@dataclass(frozen=True, slots=True)
class _Books:
    """One moment of the money book: its size and our own trial balance of it."""

    session: Session
    count: int
    ours: Mapping[str, int]

    def named(self, dialect: Dialect) -> dict[str, int]:
        """Return the trial balance under the names of a dialect."""
        return {journal.account_name(code, dialect): minor for code, minor in self.ours.items()}


@contextmanager
def _books(url: str) -> Iterator[_Books]:
    with money_journal.snapshot(url) as session:
        count = int(session.execute(TRANSACTIONS).scalar_one())
        rows = queries.trial_balance(session, Book.MONEY)
        yield _Books(session, count, {row.code: row.minor for row in rows})


def _count(url: str) -> int:
    with money_journal.snapshot(url) as session:
        return int(session.execute(TRANSACTIONS).scalar_one())


def _compare(judged: Mapping[str, int], ours: Mapping[str, int]) -> list[str]:
    """Return a sentence for each account the two sides do not agree about."""
    return [
        f"{name}: {judged.get(name)} there, {ours.get(name)} here"
        for name in sorted(judged.keys() | ours.keys())
        if judged.get(name) != ours.get(name)
    ]


def _compare_on(books: _Books, path: Path, clock: Clock) -> list[str]:
    """Compare the books as they stood before some days, by one of their two clocks."""
    first, last = books.session.execute(SPAN, {"clock": clock}).one()
    found = []
    for step in range(1, DAYS + 1):
        day = first + (last - first) * step // DAYS + timedelta(days=1)
        rows = queries.trial_balance(
            books.session, Book.MONEY, before=at_local_midnight(day), clock=clock
        )
        ours = {row.code: row.minor for row in rows}
        judged = foreign.judge_with_hledger(path, before=day, clock=clock)
        found += [f"before {day}: {one}" for one in _compare(_moved(judged), _moved(ours))]
    return found


def _moved(balances: Mapping[str, int]) -> dict[str, int]:
    return {code: minor for code, minor in balances.items() if minor}


def _plant(path: Path, ours: Mapping[str, int]) -> tuple[int, int]:
    """Spoil copies of the journal, each in one way; return how many and how many were seen."""
    written = path.read_text(encoding="utf-8").splitlines()
    entries = [place for place, line in enumerate(written) if line.endswith(journal.COMMODITY)]
    entries = [place for place in entries if written[place].startswith("    ")]
    middle = entries[len(entries) // 2]
    account, minor = written[middle].split()[:2]
    other = next(code for code in ours if code != account)
    spoilt = {
        middle: f"    {account}  {int(minor) + 1} {journal.COMMODITY}",
        entries[0]: f"    {written[entries[0]].split()[0]}:unknown  1 {journal.COMMODITY}",
        entries[-1]: "",
    }
    copies = [[*written[:at], line, *written[at + 1 :]] for at, line in spoilt.items()]
    # Balanced and well-formed, so that only the comparison can find it.
    moved = f"    {other}  {minor} {journal.COMMODITY}"
    copies.append([*written[:middle], moved, *written[middle + 1 :]])
    seen = 0
    for copy in copies:
        path.write_text("\n".join(copy), encoding="utf-8")
        seen += _is_seen(path, ours)
    return len(copies), seen


def _is_seen(path: Path, ours: Mapping[str, int]) -> bool:
    try:
        judged = foreign.judge_with_hledger(path)
    except JudgementError:
        return True
    return bool(_compare(judged, ours))
