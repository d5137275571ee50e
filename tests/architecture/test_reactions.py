"""Every fact has its row of consequences, every task a queue, every queue a worker."""

import importlib
import pkgutil

from celery import Celery

import shop.tasks
from kernel.facts import Fact
from shop.queues import QUEUES, SCHEDULE, TASK_MODULES, configuration, worker_command
from shop.reactions import REACTIONS
from shop.settings import Settings
from tests.architecture.source import modules


def test_every_fact_has_a_row() -> None:
    _import_events()

    assert set(Fact.registered) == set(REACTIONS)


def test_every_reaction_names_a_task_that_exists() -> None:
    named = {task for tasks in REACTIONS.values() for task in tasks}

    assert named <= _task_names()


def test_every_chore_by_the_clock_names_a_task_that_exists() -> None:
    assert {task for task, _seconds in SCHEDULE.values()} <= _task_names()


def test_every_module_with_tasks_has_a_queue() -> None:
    with_tasks = {name.rpartition(".")[0] for name in _task_names()}

    assert with_tasks == set(TASK_MODULES)
    assert set(TASK_MODULES.values()) <= set(QUEUES)


def test_a_worker_serves_every_queue() -> None:
    command = worker_command("celery")

    assert command[command.index("--queues") + 1].split(",") == list(QUEUES)


def test_a_message_reaches_one_queue_only() -> None:
    queues = configuration(Settings())["task_queues"]

    assert len({queue.routing_key for queue in queues}) == len(QUEUES)


def _import_events() -> None:
    for source in modules():
        if source.path.stem == "events":
            importlib.import_module(source.name.removesuffix(".py").replace("/", "."))


def _task_names() -> set[str]:
    for module in pkgutil.iter_modules(shop.tasks.__path__, "shop.tasks."):
        importlib.import_module(module.name)
    app = Celery("architecture", set_as_current=False)
    app.finalize()
    return {name for name in app.tasks if name.startswith("shop.")}
