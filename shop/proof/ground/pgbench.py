"""Runs pgbench, the load generator that comes with the embedded PostgreSQL."""

import importlib.util
import re
import resource
import subprocess
from dataclasses import dataclass
from pathlib import Path

from shop.embedded.errors import ServiceError
from shop.embedded.postgres import PACKAGE, PROGRAMS
from shop.proof.ground.databases import plain

DONE = re.compile(r"number of transactions actually processed: (\d+)")
RATE = re.compile(r"tps = ([\d.]+)")
FAILED = re.compile(r"number of failed transactions: (\d+)")


@dataclass(frozen=True, slots=True)
class Load:
    """What a run of pgbench did and cost."""

    transactions: int
    per_second: float
    client_cpu_s: float


def run(url: str, script: Path, *, clients: int, threads: int, seconds: int) -> Load:
    """Repeat the transaction of a script for so long; raises `ServiceError` when one fails."""
    before = _children_cpu_s()
    done = subprocess.run(  # noqa: S603 -- the package's own program, no shell
        [
            str(_program()),
            *("--no-vacuum", "--protocol=prepared", f"--file={script}"),
            *(f"--client={clients}", f"--jobs={threads}", f"--time={seconds}"),
            plain(url),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    failed = FAILED.search(done.stdout)
    count, rate = DONE.search(done.stdout), RATE.search(done.stdout)
    if done.returncode or not count or not rate or not failed or failed[1] != "0":
        raise ServiceError("pgbench 运行失败：" + done.stderr, "pgbench failed: " + done.stderr)
    return Load(int(count[1]), float(rate[1]), _children_cpu_s() - before)


def _children_cpu_s() -> float:
    """Return what the processes this one has waited for have spent."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _program() -> Path:
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise ServiceError(f"缺少 Python 包 {PACKAGE}。", f"{PACKAGE} is missing.")
    return Path(spec.submodule_search_locations[0]) / PROGRAMS / "pgbench"
