"""The command that builds the search index anew."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from catalog.search.whoosh_engine import WhooshEngine
from shop.search_engines import index_folder
from shop.settings import CHECKOUT, Settings, environment_for


@pytest.mark.timeout(120)
def test_the_index_is_built_anew_each_time_it_is_asked_for(
    settings: Settings, fresh_database_url: str, redis_url: str, tmp_path: Path
) -> None:
    mine = replace(
        settings, database_url=fresh_database_url, redis_url=redis_url, data_dir=tmp_path
    )

    said = [
        subprocess.run(
            [sys.executable, "-m", "shop", "search", "rebuild"],
            cwd=CHECKOUT,
            env=environment_for(mine),
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for _ in range(2)
    ]

    assert said[0].startswith("search index ")
    assert said[0] != said[1]
    assert said[0].count("0 wrong") == 2, said[0]
    assert WhooshEngine(index_folder(mine)).stats().documents == 0
