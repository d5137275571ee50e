"""The Celery application a worker loads: `celery -A shop.worker:celery worker`.

Redis only carries messages. What must not be lost stands in the outbox table, from which the
relay sends again whatever a dead broker or worker lost.
"""

import warnings
from typing import Any

from celery import Celery, Task
from celery.exceptions import SecurityWarning
from celery.signals import worker_process_init

from kernel import vault
from kernel.db import db
from shop import broker
from shop.app import create_app
from shop.queues import configuration
from shop.settings import from_environment

# It warns of root because of pickled messages; ours are JSON and nothing else is accepted.
warnings.filterwarnings("ignore", category=SecurityWarning)

broker.mend()
settings = from_environment()
flask = create_app(settings)


class ContextTask(Task):  # type: ignore[type-arg]  # generic in the stubs only
    """A task that runs inside the application's context."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the task's body."""
        vault.watch()
        with flask.app_context():
            return self.run(*args, **kwargs)


celery = Celery("shanji", task_cls=ContextTask)
celery.conf.update(configuration(settings))
celery.set_default()


@worker_process_init.connect
def _drop_inherited_connections(**_signal: object) -> None:
    """Let each worker process open database connections of its own."""
    with flask.app_context():
        db.engine.dispose(close=False)
