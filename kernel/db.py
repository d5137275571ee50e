"""The Flask-SQLAlchemy object and the unit of work, for faces, tasks and commands only."""

from collections.abc import Iterator
from contextlib import contextmanager

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import event
from sqlalchemy.orm import Session

from kernel.orm import Base

db = SQLAlchemy(metadata=Base.metadata, session_options={"expire_on_commit": False})


class UnitOfWorkError(RuntimeError):
    """Somebody nested a unit of work or committed outside of one: a mistake in the code."""


@contextmanager
def unit_of_work() -> Iterator[Session]:
    """Give one session, commit it at the end, roll back on any exception; nesting is refused.

    Rendering and network calls happen after the block. The session is thrown away with it, so
    a mapped object that leaks out of the block cannot load anything any more.
    """
    session: Session = db.session()
    if session.info.get("unit_of_work"):
        raise UnitOfWorkError("a unit of work is already open")
    session.info["unit_of_work"] = True
    try:
        yield session
        session.info["may_commit"] = True
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        session.info.pop("unit_of_work", None)
        session.info.pop("may_commit", None)
        db.session.remove()


def _refuse_stray_commit(session: Session) -> None:
    nested = session.get_nested_transaction() is not None
    if session.info.get("unit_of_work") and not nested and not session.info.get("may_commit"):
        raise UnitOfWorkError("only unit_of_work() commits")


event.listen(Session, "before_commit", _refuse_stray_commit)
