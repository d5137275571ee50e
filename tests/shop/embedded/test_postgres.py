"""The embedded PostgreSQL survives whatever happens to the process that started it."""

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

import psutil
import psycopg
import pytest

from shop.embedded.errors import ServiceError
from shop.embedded.postgres import EmbeddedPostgres
from shop.embedded.sockets import LONGEST_NAME, SOCKET_PATH_MAX, socket_folder
from shop.services import create_database

LONG = "a folder with spaces, 中文 and more than the limit of a socket's path " * 3


@pytest.fixture
def server(tmp_path: Path) -> EmbeddedPostgres:
    return EmbeddedPostgres(tmp_path / "postgres", durable=False)


def test_the_last_user_stops_the_server(server: EmbeddedPostgres) -> None:
    first, second = server.start(), server.start()

    server.stop(first)
    assert _answers(server)
    server.stop(second)

    assert not (server.data / "postmaster.pid").exists()


def test_a_killed_server_starts_again_with_its_data(server: EmbeddedPostgres) -> None:
    share = server.start()
    create_database(server.url(), "kept")
    pid = int((server.data / "postmaster.pid").read_text().split()[0])
    os.kill(pid, signal.SIGKILL)
    _wait_until_gone(pid)

    again = server.start()

    assert _answers(server, "kept")
    server.stop(share)
    server.stop(again)


def test_a_stale_pid_of_somebody_else_does_no_harm(server: EmbeddedPostgres) -> None:
    server.stop(server.start())
    (server.data / "postmaster.pid").write_text(f"{os.getpid()}\n{server.data}\n")

    share = server.start()

    assert _answers(server)
    server.stop(share)


def test_a_long_path_with_spaces_works_and_leaves_nothing(tmp_path: Path) -> None:
    folder = tmp_path / LONG[:200] / LONG[:200]
    server = EmbeddedPostgres(folder, durable=False)

    share = server.start()
    sockets = socket_folder(folder, server.data.stat().st_uid)

    assert len(os.fsencode(sockets)) + LONGEST_NAME <= SOCKET_PATH_MAX
    assert _answers(server)
    server.stop(share)
    assert not sockets.exists()


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(ServiceError, match="Cannot make the folder"):
        EmbeddedPostgres(tmp_path / "file" / "postgres").start()


def _answers(server: EmbeddedPostgres, database: str = "postgres") -> bool:
    url = server.url(database).replace("postgresql+psycopg", "postgresql", 1)
    with psycopg.connect(url) as connection:
        return connection.execute("SELECT 1").fetchone() == (1,)


def _wait_until_gone(pid: int) -> None:
    deadline = time.monotonic() + 60
    with suppress(psutil.NoSuchProcess):
        while psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
            assert time.monotonic() < deadline, "the server outlives its death"
            time.sleep(0.02)
