"""Reads what processes and the database server have spent of the processors."""

import psutil
from psycopg import connect

from shop.embedded.errors import ServiceError
from shop.proof.ground.databases import plain


def spent(process: psutil.Process) -> float:
    """Return the processor time of a process and its children so far, in seconds.

    Children that have ended count, as soon as their parent knows.
    """
    with process.oneshot():
        family = [process, *process.children(recursive=True)]
    return sum(_own(one) for one in family)


def _own(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system + times.children_user + times.children_system)


def database_server(url: str) -> psutil.Process:
    """Return the main process of the database server behind an address.

    Raises `ServiceError` when it runs on another machine, where its time cannot be read.
    """
    with connect(plain(url)) as connection:
        row = connection.execute("SELECT pg_backend_pid()").fetchone()
        try:
            backend = psutil.Process(int(row[0]) if row else 0)
            server = backend.parent()
            is_ours = "postgres" in backend.name()
        except psutil.Error:
            server, is_ours = None, False
    if server is None or not is_ours:
        raise ServiceError(
            "数据库不在本机，无法读取其处理器时间；请不设 DATABASE_URL 再运行。",
            "The database runs elsewhere and its processor time cannot be read; "
            "run without DATABASE_URL.",
        )
    return server
