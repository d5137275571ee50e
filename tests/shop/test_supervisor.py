"""What is to last is started again when it ends unasked; nothing is left when all is over."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil

BOSS = """
import sys
from pathlib import Path
from shop.supervisor import supervise
folder = Path(sys.argv[1])
note = [sys.executable, "-c", "import os, sys, time;"
    "open(sys.argv[1], 'a').write(f'{os.getpid()} '); time.sleep(600)"]
sys.exit(supervise(
    {"web": ["sleep", "600"], "worker": [*note, str(folder / "pids")]},
    environment={}, folder=folder, workers=1, when_ready=print, lasting=("worker",),
))
"""
PATIENCE_SECONDS = 120


def until(folder: Path, starts: int) -> list[int]:
    """Wait until the worker was started so often; return its process numbers."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        noted = folder / "pids"
        pids = [int(one) for one in noted.read_text().split()] if noted.exists() else []
        if len(pids) >= starts:
            return pids
        time.sleep(0.1)
    raise AssertionError(f"not started {starts} times")


def test_a_worker_that_is_killed_comes_back_and_goes_when_asked(tmp_path: Path) -> None:
    command = [sys.executable, "-c", BOSS, str(tmp_path)]
    with subprocess.Popen(command) as boss:
        try:
            first = until(tmp_path, 1)[0]
            # Younger than that it counts as one that cannot start.
            born = psutil.Process(first).create_time()
            while time.time() - born < 5:
                time.sleep(0.1)
            psutil.Process(first).kill()
            second = until(tmp_path, 2)[1]
            family = psutil.Process(boss.pid).children(recursive=True)
            assert second in {one.pid for one in family}
        finally:
            boss.send_signal(signal.SIGTERM)
        assert boss.wait(PATIENCE_SECONDS) == 0
        assert not [one for one in family if one.is_running()]
