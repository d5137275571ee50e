"""Counts the statements a page takes, in an application that remembers nothing."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from flask import Flask
from sqlalchemy import event

from kernel.db import db
from shop.app import create_app
from shop.settings import Environment, Settings

ROWS = (24, 48)
OK = 200


@contextmanager
def reading(settings: Settings) -> Iterator[Flask]:
    """Give an application, in its context, that asks for everything each time."""
    app = create_app(replace(settings, environment=Environment.TEST, redis_url=""))
    with app.app_context():
        try:
            yield app
        finally:
            db.session.remove()
            db.engine.dispose()


def count(app: Flask, paths: Sequence[str]) -> list[int]:
    """Return how many statements each page takes, lists with 24 and with 48 rows."""
    seen: list[str] = []

    def note(*arguments: object) -> None:
        seen.append(str(arguments[2]))

    counts = []
    client = app.test_client()
    # The foot of every page is read once in minutes, whichever page is first.
    client.get("/licences")
    event.listen(db.engine, "before_cursor_execute", note)
    for path in paths:
        for size in ROWS if not path.startswith("/products/") else ROWS[:1]:
            mark = "&" if "?" in path else "?"
            taken = []
            # What is looked up once in some seconds, such as an editor's words, is no page's.
            for _ in range(2):
                seen.clear()
                answer = client.get(f"{path}{mark}per={size}")
                if answer.status_code != OK:
                    raise RuntimeError(f"{path} answers {answer.status_code}")
                taken.append(len(seen))
            counts.append(min(taken))
    event.remove(db.engine, "before_cursor_execute", note)
    return counts
