"""The operator's licences: dated rows, shown in every footer and in full on a page."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import or_, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from kernel import clock
from kernel.db import unit_of_work
from kernel.policy import PolicyParam
from shop.storefront.memory import Memory

EXTENSION = "storefront_licences"
KEY = "licences"
SECONDS = 300.0
CODES = ("licence_business", "licence_food", "licence_icp", "licence_police")


@dataclass(frozen=True, slots=True)
class Licence:
    """One licence in force."""

    code: str
    number: str
    holder: str
    issuer: str
    valid_from: date
    valid_to: date | None
    is_sample: bool


def list_licences(session: Session, *, on: date) -> list[Licence]:
    """Return the licences in force on a day, in the order they are shown."""
    rows = session.execute(
        select(
            PolicyParam.code, PolicyParam.value, PolicyParam.valid_from, PolicyParam.valid_to
        ).where(
            PolicyParam.code.in_(CODES),
            PolicyParam.valid_from <= on,
            or_(PolicyParam.valid_to.is_(None), PolicyParam.valid_to >= on),
        )
    )
    found = {row.code: _read(row.code, row.value, row.valid_from, row.valid_to) for row in rows}
    return [found[code] for code in CODES if code in found]


def shown() -> list[Licence]:
    """Return the licences for the foot of a page; remembered, because every page has one."""
    memory: Memory | None = current_app.extensions.get(EXTENSION)
    if memory is None:
        memory = current_app.extensions.setdefault(EXTENSION, Memory(SECONDS))
    try:
        return memory.recall(KEY, _ask)
    except SQLAlchemyError:
        # The foot of a page that says what is wrong must not go wrong itself.
        return []


def _ask() -> list[Licence]:
    with unit_of_work() as session:
        return list_licences(session, on=clock.local_date(clock.now()))


def names() -> Mapping[str, str]:
    """Return what each kind of licence is called."""
    return {
        "licence_business": _("营业执照"),
        "licence_food": _("食品经营许可证"),
        "licence_icp": _("ICP 备案"),
        "licence_police": _("公安联网备案"),
    }


def _read(code: str, value: Any, valid_from: date, valid_to: date | None) -> Licence:
    told: Mapping[str, Any] = value[0] if isinstance(value, list) and value else {}
    return Licence(
        code,
        str(told.get("number", "")),
        str(told.get("holder", "")),
        str(told.get("issuer", "")),
        valid_from,
        valid_to,
        bool(told.get("is_sample", False)),
    )
