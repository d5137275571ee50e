"""Which queues there are, which task goes where, and what is done by the clock."""

from datetime import timedelta
from typing import Any

from kombu import Exchange, Queue

from shop.settings import Environment, Settings

# Queue → what goes there. `worker_command` starts a worker for every one of them.
QUEUES = {
    "clock": "short chores by the clock",
    "reactions": "consequences of facts",
    "reports": "long counting",
}
DEFAULT_QUEUE = "reactions"
EXCHANGE = Exchange("shanji", type="direct")

# Task module → its queue.
TASK_MODULES: dict[str, str] = {
    "shop.tasks.allotments": "clock",
    "shop.tasks.bank": "clock",
    "shop.tasks.certificates": "reactions",
    "shop.tasks.claims": "clock",
    "shop.tasks.listings": "clock",
    "shop.tasks.cold_chain": "clock",
    "shop.tasks.demo_loggers": "clock",
    "shop.tasks.epcis": "clock",
    "shop.tasks.expiry": "clock",
    "shop.tasks.intake": "reports",
    "shop.tasks.invoices": "reactions",
    "shop.tasks.ledger": "clock",
    "shop.tasks.mail": "reactions",
    "shop.tasks.offers": "clock",
    "shop.tasks.outbox": "reactions",
    "shop.tasks.payments": "reactions",
    "shop.tasks.payouts": "reactions",
    "shop.tasks.presales": "clock",
    "shop.tasks.privacy": "reports",
    "shop.tasks.refunds": "reactions",
    "shop.tasks.register": "clock",
    "shop.tasks.search": "clock",
    "shop.tasks.terms": "reactions",
}

# Name → (task, seconds between two runs).
SCHEDULE: dict[str, tuple[str, float]] = {
    "tell facts": ("shop.tasks.outbox.relay", 1),
    "seal the ledger": ("shop.tasks.ledger.seal", 5),
    "make allotments final": ("shop.tasks.allotments.finalise_due", 600),
    "measure campaigns": ("shop.tasks.offers.measure", 2),
    "expire unpaid orders": ("shop.tasks.expiry.expire_unpaid", 15),
    "decide due claims": ("shop.tasks.claims.run_out", 60),
    "drop unused pictures": ("shop.tasks.claims.forget_uploads", 3600),
    "forget photos nobody uses": ("shop.tasks.listings.forget_photos", 3600),
    "tell of late presales": ("shop.tasks.presales.tell_late", 600),
    "judge new readings": ("shop.tasks.cold_chain.judge_changed", 15),
    "read documents of partners": ("shop.tasks.epcis.take_captures", 2),
    "tell partners of shipments": ("shop.tasks.epcis.tell_shipments", 30),
    "judge live shipments": ("shop.tasks.cold_chain.judge_live", 60),
    "refresh the search index": ("shop.tasks.search.refresh", 1),
    "compare the search index": ("shop.tasks.search.compare", 600),
    "build the search index anew": ("shop.tasks.search.rebuild", 86_400),
    "match bank rows": ("shop.tasks.bank.match_unseen", 60),
    "apply parked payments": ("shop.tasks.payments.apply_parked", 60),
    "ask for unheard payments": ("shop.tasks.payments.recheck", 60),
    "catch up with providers": ("shop.tasks.payments.catch_up", 3600),
    "remind of certificates": ("shop.tasks.certificates.remind", 3600),
    "remind of bills": ("shop.tasks.terms.remind", 3600),
    "read files of loggers": ("shop.tasks.intake.read_files", 5),
    "roll readings up": ("shop.tasks.intake.roll_up", 60),
    "look at clocks of loggers": ("shop.tasks.intake.look_at_clocks", 3600),
    "seal days of readings": ("shop.tasks.intake.seal_days", 3600),
    "forget nonces": ("shop.tasks.cold_chain.forget_nonces", 600),
    "carry out deletions": ("shop.tasks.privacy.carry_out_requests", 60),
    "sweep what is past its term": ("shop.tasks.privacy.sweep", 3600),
    "watch prices": ("shop.tasks.register.watch_prices", 3600),
    # Daily would do, but a demo or a server that is started anew should not wait for a day.
    "prepare days": ("shop.tasks.cold_chain.prepare_days", 3600),
}

# What only a demo does by the clock: its loggers are made up and must be made to speak.
DEMO_SCHEDULE: dict[str, tuple[str, float]] = {
    "let demo loggers speak": ("shop.tasks.demo_loggers.speak", 20),
}

# Longer than any task runs; a message not acknowledged by then is delivered once more.
VISIBILITY_SECONDS = 900
TASK_SECONDS = 300


def configuration(settings: Settings) -> dict[str, Any]:
    """Return Celery's configuration: JSON only, acknowledged when done, repeated when lost."""
    broker = settings.redis_url.replace("unix://", "redis+socket://", 1)
    return {
        "broker_url": broker or "memory://",
        "broker_connection_retry_on_startup": True,
        "broker_transport_options": {
            "visibility_timeout": VISIBILITY_SECONDS,
            "socket_timeout": 1,
            "socket_connect_timeout": 1,
        },
        "result_backend": None,
        "task_ignore_result": True,
        "task_serializer": "json",
        "accept_content": ["json"],
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        "task_time_limit": TASK_SECONDS,
        "task_soft_time_limit": TASK_SECONDS - 30,
        "task_default_queue": DEFAULT_QUEUE,
        "task_queues": [Queue(name, EXCHANGE, routing_key=name) for name in QUEUES],
        "task_default_exchange": EXCHANGE.name,
        "task_default_routing_key": DEFAULT_QUEUE,
        "task_routes": {
            f"{module}.*": {"queue": name} for module, name in TASK_MODULES.items()
        },
        "task_create_missing_queues": False,
        "imports": tuple(TASK_MODULES),
        "beat_schedule": {
            name: {
                "task": task,
                "schedule": timedelta(seconds=seconds),
                # A chore nobody picked up before the next one is due is not worth doing.
                "options": {"expires": max(seconds, 1)},
            }
            for name, (task, seconds) in _schedule(settings).items()
        },
        "beat_schedule_filename": str(settings.data_dir / "beat-schedule"),
        "worker_prefetch_multiplier": 1,
        "worker_hijack_root_logger": False,
        "worker_enable_remote_control": False,
        "worker_send_task_events": False,
        "timezone": "UTC",
        "enable_utc": True,
    }


def _schedule(settings: Settings) -> dict[str, tuple[str, float]]:
    return SCHEDULE | (DEMO_SCHEDULE if settings.environment is Environment.DEMO else {})


def worker_command(program: str) -> list[str]:
    """Return the command line of a worker for every queue there is."""
    return [
        *(program, "--quiet", "-A", "shop.worker:celery", "worker"),
        *("--queues", ",".join(QUEUES), "--concurrency", "2"),
        *("--loglevel", "WARNING", "--without-gossip", "--without-mingle"),
        "--without-heartbeat",
    ]


def beat_command(program: str) -> list[str]:
    """Return the command line of the one process that sends chores by the clock."""
    return [
        *(program, "--quiet", "-A", "shop.worker:celery", "beat"),
        *("--loglevel", "WARNING", "--pidfile="),
    ]
