"""How gunicorn serves the shop: threads for waiting, processes for the cores."""

from pathlib import Path
from typing import Any

from prometheus_client import multiprocess

from shop.settings import from_environment
from shop.supervisor import READY

settings = from_environment()

bind = f"{settings.host}:{settings.port}"
worker_class = "gthread"
workers = settings.workers
threads = settings.threads
preload_app = True
timeout = 60
graceful_timeout = 3
keepalive = 5
max_requests = 20_000
max_requests_jitter = 2_000
limit_request_line = 8190
accesslog = None
errorlog = "-"
loglevel = "warning"
control_socket_disable = True
proc_name = "shanji"


def post_worker_init(worker: Any) -> None:
    """Say that this worker answers; the demo waits for the line."""
    del worker
    print(READY, flush=True)  # noqa: T201 -- read by the supervisor


def child_exit(server: Any, worker: Any) -> None:
    """Forget the figures of a worker that ended."""
    del server
    if settings.metrics_dir and Path(settings.metrics_dir).is_dir():
        multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]  # untyped
