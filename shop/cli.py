"""The commands of the shop: start it, migrate it, prove what it claims."""

import errno
import json
import shutil
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Never, Self

import click
from flask import Flask
from psycopg.errors import DiskFull
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table
from sqlalchemy import create_engine
from sqlalchemy.exc import DBAPIError

import shop.proof
from kernel import clock, vault
from kernel.db import unit_of_work
from ledger.journal import Dialect
from reporting.desk.search import find_state
from shop import money_journal, queues, supervisor, vault_rotation
from shop.app import create_app
from shop.embedded.errors import ServiceError
from shop.migrations import runner as migrations
from shop.proof import runner
from shop.proof.runner import Kind
from shop.sample import loader
from shop.sample.reading import DataFilesError
from shop.sample.signins import SIGN_INS
from shop.search_engines import writers
from shop.services import running
from shop.settings import CHECKOUT, Settings, SettingsError, environment_for, from_environment
from shop.tasks.search import rebuild_index, refresh

console = Console()
failures = Console(stderr=True, soft_wrap=True)


@click.group()
@click.pass_context
def shanji(context: click.Context) -> None:
    """Run 山集: the whole shop for a look, its schema, and the proofs of what it claims."""
    try:
        context.obj = from_environment()
    except SettingsError as error:
        _give_up("设置有误。", str(error))


@shanji.command()
@click.pass_obj
def demo(settings: Settings) -> None:
    """Start everything, load the sample data once, and serve until Ctrl-C."""
    _check_startable(settings)
    with _reported(), running(settings) as ready:
        with ProgressBars(console) as bars:
            outcome = loader.load(ready, bars.show, at=clock.now())
        if outcome is loader.Outcome.REFUSED:
            _give_up(
                "数据库中已有其他数据，未载入样例。请用 make run 启动。",
                "The database holds other data; no sample was loaded. Start it with make run.",
            )
        _index(ready)
        sys.exit(_serve(ready, when_ready=lambda: _announce(ready)))


@shanji.command()
@click.pass_obj
def run(settings: Settings) -> None:
    """Serve what is in the database, with the settings of the environment."""
    _check_startable(settings)
    with _reported():
        settings.check()
        with running(settings) as ready:
            migrations.upgrade(ready.database_url)
            _index(ready)
            address = f"http://{ready.host}:{ready.port}"
            sys.exit(_serve(ready, when_ready=lambda: console.print(address)))


@shanji.command()
@click.pass_obj
def migrate(settings: Settings) -> None:
    """Bring the schema up to date; repeating changes nothing."""
    with _reported(), running(settings) as ready:
        revision = migrations.upgrade(ready.database_url)
        print(f"schema at {revision or 'nothing'}")


@shanji.command()
@click.pass_obj
def reference(settings: Settings) -> None:
    """Bring regions, channels, policy numbers, shelves and limits into line with the files."""
    with _reported(), running(settings) as ready:
        migrations.upgrade(ready.database_url)
        for change in loader.load_reference(ready):
            print(change)


@shanji.command("rotate-vault-key")
@click.pass_obj
def rotate_vault_key(settings: Settings) -> None:
    """Seal every personal value anew with the first key of VAULT_KEY; others may then go."""
    with _reported(), running(settings) as ready:
        migrations.upgrade(ready.database_url)
        vault.use_key(*ready.vault_keys)
        engine = create_engine(ready.database_url, hide_parameters=True)
        for resealed in vault_rotation.rotate(engine):
            print(f"{resealed.column:40} {resealed.values}")
        engine.dispose()
    print(f"sealed with key {vault.newest_key_id()}")


@shanji.group()
def search() -> None:
    """Look after the search index."""


@search.command()
@click.pass_obj
def rebuild(settings: Settings) -> None:
    """Build the search indexes anew from the database; searches go on meanwhile."""
    with _reported(), running(settings) as ready:
        migrations.upgrade(ready.database_url)
        with create_app(ready).app_context(), ProgressBars(failures) as bars:
            rebuild_index(at=clock.now(), watch=bars.show)
        _print_indexes(ready)


@search.command()
@click.pass_obj
def status(settings: Settings) -> None:
    """Compare every search index with what is on sale; 1 if one cannot answer or differs."""
    with _reported(), running(settings) as ready:
        migrations.upgrade(ready.database_url)
        sys.exit(_print_indexes(ready))


@shanji.command()
@click.argument("message")
@click.pass_obj
def revise(settings: Settings, message: str) -> None:
    """Write the next numbered migration from what the models say and the schema does not."""
    with _reported(), running(settings) as ready:
        migrations.upgrade(ready.database_url)
        migrations.revise(ready.database_url, message)


@shanji.command()
@click.argument("name", default="")
@click.pass_obj
def verify(settings: Settings, name: str) -> None:
    """Check every invariant on the running data, or the one that is named."""
    runner.load(shop.proof)
    chosen = [run.name for run in runner.list_runs(Kind.VERIFY) if name in {"", run.name}]
    _prove(settings, Kind.VERIFY, chosen or [name])


@shanji.command()
@click.argument("name", default="")
@click.option("--seed", type=click.IntRange(min=1), help="The one seed to replay.")
@click.pass_obj
def experiment(settings: Settings, name: str, seed: int | None) -> None:
    """Run a counted experiment; without a name, list them."""
    runner.load(shop.proof)
    settings = replace(settings, seed=seed or settings.seed)
    _prove(settings, Kind.EXPERIMENT, [name] if name else [])


@shanji.command()
@click.argument("name", default="")
@click.pass_obj
def bench(settings: Settings, name: str) -> None:
    """Measure a ratio side by side in one run; without a name, list them."""
    runner.load(shop.proof)
    _prove(settings, Kind.BENCH, [name] if name else [])


@shanji.command()
@click.option(
    "--dialect",
    type=click.Choice([one.value for one in Dialect]),
    default=Dialect.HLEDGER.value,
    help="The program it is written for; hledger's also suits ledger.",
)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file to write; standard output without it.",
)
@click.pass_obj
def journal(settings: Settings, dialect: str, out: Path | None) -> None:
    """Write the money book as a journal in whole fen that foreign programs can judge."""
    spoken = Dialect(dialect)
    with _reported(), running(settings) as ready:
        migrations.upgrade(ready.database_url)
        with money_journal.snapshot(ready.database_url) as session:
            if out is None:
                money_journal.write(session, sys.stdout, dialect=spoken)
                return
            try:
                count = money_journal.write_file(session, out, dialect=spoken)
            except OSError as error:
                _give_up(f"无法写入 {out}。", f"Cannot write {out}: {error.strerror}")
        print(f"{out}: {count:,} lines")


@shanji.command()
@click.option("--check", is_flag=True, help="Only compare with the committed document.")
@click.pass_obj
def openapi(settings: Settings, *, check: bool) -> None:
    """Write docs/openapi.json from the schemas of the API."""
    # The document comes from the schemas alone; no server is asked.
    nowhere = replace(settings, database_url="postgresql+psycopg:///nowhere")
    app = create_app(nowhere)
    text = json.dumps(_document(app), ensure_ascii=False, indent=2) + "\n"
    path = CHECKOUT / "docs" / "openapi.json"
    if not check:
        path.write_text(text, encoding="utf-8")
    elif not path.exists() or path.read_text(encoding="utf-8") != text:
        _give_up("接口文档已过期，请运行 make openapi。", "docs/openapi.json is out of date.")


def _document(app: Flask) -> object:
    answer = app.test_client().get("/api/v1/openapi.json")
    return answer.get_json()


def _prove(settings: Settings, kind: Kind, names: list[str]) -> None:
    if not names:
        for run in runner.list_runs(kind):
            print(f"{run.name:28} {run.about}")
        return
    unknown = [name for name in names if runner.find_run(kind, name) is None]
    if unknown:
        _give_up(f"没有名为 {unknown[0]} 的项目。", f"There is no {kind} named {unknown[0]}.")
    with _reported(), running(settings) as ready:
        migrations.upgrade(ready.database_url)
        results = [
            runner.carry_out(named, ready)
            for name in names
            if (named := runner.find_run(kind, name)) is not None
        ]
    sys.exit(0 if all(results) else 1)


def _index(settings: Settings) -> None:
    """Bring the search indexes into step with what is on sale."""
    with create_app(settings).app_context():
        refresh()


def _print_indexes(settings: Settings) -> int:
    """Say how each index stands; return how many cannot answer or differ."""
    wrong = 0
    with create_app(settings).app_context(), unit_of_work() as session:
        for engine in writers(settings, session):
            state = find_state(session, engine, at=clock.now())
            wrong += state.name is None or state.wrong > 0
            print(
                f"search index {state.engine} {state.name or 'missing'}:"
                f" {state.indexed:,} of {state.on_sale:,} products on sale,"
                f" {state.wrong:,} wrong, {state.waiting:,} waiting,"
                f" {state.size_bytes / 1_000_000:.1f} MB"
            )
    return min(wrong, 1)


def _serve(settings: Settings, *, when_ready: Callable[[], None]) -> int:
    folder = settings.data_dir / "metrics"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    settings = replace(settings, metrics_dir=str(folder))
    commands = {
        "web": [_program("gunicorn"), "-c", "python:shop.gunicorn_conf", "shop.wsgi:app"],
        "worker": queues.worker_command(_program("celery")),
        "clock": queues.beat_command(_program("celery")),
    }
    return supervisor.supervise(
        commands,
        environment=environment_for(settings),
        folder=settings.data_dir,
        workers=settings.workers,
        when_ready=when_ready,
        lasting=("worker", "clock"),
    )


def _program(name: str) -> str:
    path = Path(sys.executable).parent / name
    if not path.exists():
        _give_up(f"缺少程序 {name}，请重新安装依赖。", f"{name} is missing; install it again.")
    return str(path)


def _announce(settings: Settings) -> None:
    address = f"http://{settings.host}:{settings.port}"
    table = Table(title=f"山集 Shanji  {address}", title_justify="left")
    table.add_column("角色 / role", overflow="fold")
    for heading in ("登录 / login", "密码 / password", "页面 / page"):
        table.add_column(heading, no_wrap=True, overflow="fold")
    for row in SIGN_INS:
        table.add_row(*row)
    console.print(table)
    console.print("按 Ctrl-C 停止。Press Ctrl-C to stop.")


def _check_startable(settings: Settings) -> None:
    if supervisor.is_supervised(settings.data_dir):
        _give_up("演示已经在运行。", "The demo is already running.")
    supervisor.end_orphans(settings.data_dir)
    try:
        with socket.create_server((settings.host, settings.port)):
            pass
    except DataFilesError as error:
        _give_up("数据文件有误，没有载入任何数据：", error.message)
    except DBAPIError as error:
        if not isinstance(error.orig, DiskFull):
            raise
        _give_up("磁盘已满，请腾出空间后重试。", "The disk is full; free some space.")
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            _give_up(
                f"端口 {settings.port} 已被占用，请换一个：make demo PORT=8080",
                f"Port {settings.port} is busy; choose another: make demo PORT=8080",
            )
        _give_up(f"无法监听端口：{error.strerror}", f"Cannot listen: {error.strerror}")


class ProgressBars:
    """One bar per stage of a long load, shown while it runs."""

    def __init__(self, output: Console) -> None:
        """Prepare the bars; nothing is drawn before the first stage."""
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=output,
        )
        self._stages: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        """Begin to draw."""
        self._progress.start()
        return self

    def __exit__(self, *_error: object) -> None:
        """Stop drawing and leave the bars as they are."""
        self._progress.stop()

    def show(self, stage: str, done: int, total: int) -> None:
        """Draw how far one stage is."""
        if stage not in self._stages:
            self._stages[stage] = self._progress.add_task(stage)
        self._progress.update(self._stages[stage], completed=done, total=total)


@contextmanager
def _reported() -> Iterator[None]:
    """Turn what can go wrong on a machine into one sentence per language."""
    try:
        yield
    except SettingsError as error:
        _give_up("设置有误。", str(error))
    except ServiceError as error:
        _give_up(error.chinese, error.english)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        _give_up("磁盘已满，请腾出空间后重试。", "The disk is full; free some space.")


def _give_up(chinese: str, english: str) -> Never:
    for line in (chinese, english):
        failures.print(line, markup=False, highlight=False)
    raise SystemExit(1)
