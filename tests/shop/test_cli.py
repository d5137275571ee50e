"""The commands as a stranger uses them: they start, they stop, they leave nothing behind."""

import signal
import socket
import subprocess
import sys
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from shop.settings import CHECKOUT, Settings, environment_for
from tests.builders.ports import a_free_port

PATIENCE = 100


pytestmark = pytest.mark.timeout(300)


@dataclass(frozen=True)
class Place:
    """A folder and a port of one's own."""

    folder: Path
    port: int

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        settings = Settings(data_dir=self.folder, port=self.port)
        return subprocess.Popen(
            [sys.executable, "-m", "shop", *arguments],
            cwd=CHECKOUT,
            env={**environment_for(settings), "DATABASE_URL": "", "REDIS_URL": ""},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def start_and_wait(self) -> subprocess.Popen[str]:
        """Start the shop and return once it has printed its address and answers there."""
        shop = self.start("run")
        assert shop.stdout is not None
        address = f"http://127.0.0.1:{self.port}"
        line = next((line for line in shop.stdout if line.startswith(address)), None)
        assert line is not None, "the shop ended before it was ready"
        with urllib.request.urlopen(f"{address}/healthz", timeout=PATIENCE) as answer:
            assert answer.status == 200
        return shop

    def processes(self) -> list[str]:
        found = []
        for process in psutil.process_iter():
            try:
                words = [*process.cmdline(), *process.environ().values()]
                if any(str(self.folder) in word for word in words):
                    found.append(" ".join(process.cmdline()))
            except psutil.Error:
                continue
        return found


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path / "var", a_free_port())


def test_ctrl_c_leaves_no_process(place: Place) -> None:
    shop = place.start_and_wait()
    running = place.processes()

    shop.send_signal(signal.SIGINT)
    output, _ = shop.communicate(timeout=PATIENCE)

    assert shop.returncode == 0, output
    assert len(running) >= 5, running
    assert place.processes() == []


def test_a_second_start_is_refused_and_sigterm_ends_the_first(place: Place) -> None:
    first = place.start_and_wait()

    output, _ = place.start("run").communicate(timeout=PATIENCE)
    first.send_signal(signal.SIGTERM)
    first.communicate(timeout=PATIENCE)

    assert output.splitlines() == ["演示已经在运行。", "The demo is already running."]
    assert first.returncode == 0
    assert place.processes() == []


def test_a_killed_shop_starts_again_and_ends_with_its_terminal(place: Place) -> None:
    first = place.start_and_wait()
    first.kill()
    first.wait()

    second = place.start_and_wait()
    second.send_signal(signal.SIGHUP)
    output, _ = second.communicate(timeout=PATIENCE)
    first.communicate(timeout=PATIENCE)

    assert second.returncode == 0, output
    assert place.processes() == []


def test_a_busy_port_is_one_sentence(place: Place) -> None:
    with socket.create_server(("127.0.0.1", place.port)):
        output, _ = place.start("run").communicate(timeout=PATIENCE)

    assert f"Port {place.port} is busy" in output
    assert len(output.splitlines()) == 2


def test_migrating_starts_and_stops_what_it_needs(place: Place) -> None:
    output, _ = place.start("migrate").communicate(timeout=PATIENCE)

    assert output.startswith("schema at 0")
    assert place.processes() == []


def test_proofs_are_listed_without_a_name(place: Place) -> None:
    shop = place.start("experiment")
    shop.communicate(timeout=PATIENCE)

    assert shop.returncode == 0
    assert not place.folder.exists()


def test_an_unknown_proof_is_one_sentence(place: Place) -> None:
    output, _ = place.start("bench", "no-such-bench").communicate(timeout=PATIENCE)

    assert "There is no bench named no-such-bench." in output
