"""The house's tools find nothing: style, types, contracts, templates, spelling, parts."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from shop.settings import CHECKOUT

BIN = Path(sys.executable).parent
CHECKS = {
    "format": ("ruff", "format", "--check", "--quiet", "."),
    "style": ("ruff", "check", "--quiet", "--no-fix", "."),
    "types": ("mypy", "--no-error-summary", "."),
    "import contracts": ("lint-imports", "--no-cache"),
    "templates": ("djlint", "--lint", "--quiet", "templates"),
    "spelling": ("codespell",),
    "parts": ("deptry", "."),
}


@pytest.mark.timeout(400)
@pytest.mark.parametrize("check", CHECKS)
def test_a_tool_finds_nothing(check: str) -> None:
    program, *arguments = CHECKS[check]
    done = subprocess.run(
        [BIN / program, *arguments],
        cwd=CHECKOUT,
        env={**os.environ, "NO_COLOR": "1", "PYTHONPATH": str(CHECKOUT)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
