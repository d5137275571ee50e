"""django-oscar beside the shop: installed apart, filled with goods, served as it usually is."""

import shutil
import subprocess
import sys
import time
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
from sqlalchemy.engine import make_url

from shop.embedded.errors import ServiceError
from shop.proof.ground import clients
from shop.proof.ground.databases import folder, scratch_name
from shop.proof.ground.servers import free_port, program
from shop.services import create_database, drop_database
from shop.settings import CHECKOUT, Settings, environment_for

REQUIREMENTS = CHECKOUT / "requirements" / "peer.txt"
PROJECT = CHECKOUT / "shop" / "proof" / "peer"
WORKERS = 2
START_SECONDS = 60
OK = 200


@dataclass(frozen=True, slots=True)
class Peer:
    """A running peer."""

    process: psutil.Process
    port: int
    python: Path
    environment: dict[str, str]

    def statements(self, addresses: Sequence[str]) -> list[int]:
        """Return how many statements each address takes."""
        done = _run([str(self.python), "count.py", *addresses], self.environment)
        return [int(line) for line in done.split()]


@contextmanager
def peer(settings: Settings, goods: int) -> Iterator[Peer]:
    """Serve a peer with so many goods by gunicorn's plain workers, its database beside ours."""
    python = _interpreter(settings)
    with folder() as place:
        url = create_database(settings.database_url, scratch_name("peer"))
        try:
            environment = _environment(settings, url, place)
            _run([str(python), "fill.py", str(goods)], environment)
            port = free_port()
            command = [
                *(str(python), "-m", "gunicorn", "-w", str(WORKERS)),
                *("-b", f"127.0.0.1:{port}", "storefront.wsgi"),
            ]
            log = place / "log"
            with program(command, log=log, environment=environment, folder=PROJECT) as process:
                _wait_until_ready(port, process, log)
                yield Peer(process, port, python, environment)
        finally:
            drop_database(settings.database_url, str(make_url(url).database))


def _interpreter(settings: Settings) -> Path:
    """Return the peer's interpreter; its environment is made when its requirements are new."""
    mark = f"{zlib.crc32(REQUIREMENTS.read_bytes()):08x}"
    place = settings.data_dir / f"peer-{mark}"
    python = place / "bin" / "python"
    done = place / "ready"
    if not done.exists():
        print("installing the peer …", flush=True)
        shutil.rmtree(place, ignore_errors=True)
        own = environment_for(settings)
        _run([sys.executable, "-m", "venv", str(place)], own)
        install = ("-m", "pip", "install", "-q", "--require-hashes", "-r", str(REQUIREMENTS))
        _run([str(python), *install], own)
        done.touch()
    return python


def _environment(settings: Settings, url: str, place: Path) -> dict[str, str]:
    address = make_url(url)
    host = address.host or address.query.get("host", "")
    return {
        **environment_for(settings),
        "PEER_DATA": str(place),
        "PEER_DATABASE": str(address.database),
        "PEER_HOST": str(host),
        "PEER_PORT": str(address.port or ""),
        "PEER_USER": str(address.username or ""),
        "PEER_PASSWORD": str(address.password or ""),
    }


def _run(arguments: Sequence[str], environment: dict[str, str]) -> str:
    """Run a program of the peer to its end; raises `ServiceError` with what it said."""
    done = subprocess.run(  # noqa: S603 -- our own programs, no shell
        arguments, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = (done.stderr or done.stdout)[-2000:]
        raise ServiceError(f"对照商城无法准备：{said}", f"The peer cannot be made: {said}")
    return done.stdout


def _wait_until_ready(port: int, process: psutil.Process, log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.status() != psutil.STATUS_ZOMBIE:
        line = clients.Line(port)
        try:
            if line.ask(clients.get(port, "/catalogue/"))[0] == OK:
                return
        except OSError:
            time.sleep(0.2)
        finally:
            line.close()
    said = log.read_text()[-2000:]
    raise ServiceError(f"对照商城没有应答：{said}", f"The peer does not answer: {said}")
