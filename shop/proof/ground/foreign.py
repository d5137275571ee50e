"""Bookkeeping programs we did not write: what they make of a journal of ours."""

import csv
import importlib
import importlib.util
import io
import shutil
import subprocess
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

from ledger import journal
from ledger.values import Clock
from shop.embedded.errors import ServiceError

HLEDGER = "hledger"
BEANCOUNT = "beancount"
CHECKS = ("--strict", "balancednoautoconversion")
"""Every account and commodity declared, and every transaction exactly in balance."""


class JudgementError(Exception):
    """A foreign program refused the journal; the message is its own."""


def has_hledger() -> bool:
    """Say whether hledger is installed."""
    return shutil.which(HLEDGER) is not None


def has_beancount() -> bool:
    """Say whether the beancount package can be imported; the shop does not ask for it."""
    return importlib.util.find_spec(BEANCOUNT) is not None


def judge_with_hledger(
    path: Path, *, before: date | None = None, clock: Clock = Clock.EFFECTIVE
) -> dict[str, int]:
    """Let hledger check a journal and return the balance it gives every account, in fen.

    With `before`, only transactions before that day count, by either of their two dates, and
    nothing else is checked.
    Raises `JudgementError` when it refuses the journal, `ServiceError` when it is missing.
    """
    if not has_hledger():
        raise ServiceError(
            "本机没有 hledger，请安装：apt-get install hledger",
            "hledger is missing; install it: apt-get install hledger",
        )
    if before is None:
        _hledger(path, "check", *CHECKS)
    chosen = [f"--end={before}"] if before else []
    chosen += ["--date2"] if clock is Clock.RECORDED else []
    shown = _hledger(path, "bal", "--flat", "--empty", "--no-total", "-O", "csv", *chosen)
    return {row["account"]: _fen(row["balance"]) for row in csv.DictReader(io.StringIO(shown))}


def judge_with_beancount(path: Path) -> dict[str, int]:
    """Let beancount load a journal of its dialect; return balances by its account names.

    Raises `JudgementError` when it reports anything.
    """
    loader: Any = importlib.import_module("beancount.loader")
    entries, errors, _options = loader.load_file(str(path))
    if errors:
        raise JudgementError("; ".join(str(error.message) for error in errors[:5]))
    balances: Counter[str] = Counter()
    for entry in entries:
        for posting in getattr(entry, "postings", ()):
            balances[posting.account] += int(posting.units.number)
    return dict(balances)


def _hledger(path: Path, *arguments: str) -> str:
    done = subprocess.run(  # noqa: S603 -- a fixed program and our own words, no shell
        [str(shutil.which(HLEDGER)), "-f", str(path), *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise JudgementError(done.stderr.strip())
    return done.stdout


def _fen(balance: str) -> int:
    return int(balance.removesuffix(journal.COMMODITY))
