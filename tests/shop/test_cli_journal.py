"""The command that writes the money book for foreign bookkeeping programs."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from shop.settings import CHECKOUT, Settings, environment_for


def written(settings: Settings, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "shop", "journal", *arguments],
        cwd=CHECKOUT,
        env=environment_for(settings),
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.timeout(400)
def test_the_journal_goes_to_a_file_or_to_standard_output(
    settings: Settings, stocked_database_url: str, redis_url: str, tmp_path: Path
) -> None:
    mine = replace(settings, database_url=stocked_database_url, redis_url=redis_url)
    path = tmp_path / "money.journal"

    shown = written(mine)
    kept = written(mine, "--out", str(path))
    bean = written(mine, "--dialect", "beancount")
    nowhere = written(mine, "--out", str(tmp_path / "missing" / "money.journal"))

    assert (shown.returncode, kept.returncode, bean.returncode) == (0, 0, 0)
    assert shown.stdout == path.read_text()
    assert shown.stdout.startswith("commodity 1000. FEN\naccount A\n")
    assert "payment_captured | pi:" in shown.stdout
    assert bean.stdout.startswith('option "operating_currency" "FEN"\n1970-01-01 open Assets:')
    assert nowhere.returncode == 1
    assert "Cannot write" in nowhere.stderr
    assert "Traceback" not in nowhere.stderr
