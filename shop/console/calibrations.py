"""Certificates of thermometers: how long each still speaks, and entering a new one."""

import re
from datetime import date, datetime, timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from cold_chain import queries
from cold_chain import service as cold_chain
from cold_chain.errors import CalibrationIncompleteError
from cold_chain.values import NewCalibration
from kernel import audit, clock
from kernel.access import requires
from kernel.clock import at_local_midnight
from kernel.db import unit_of_work
from kernel.errors import ConflictError, InvalidError
from parties.values import Role
from shop.console.acting import act, actor_code, asked_word
from shop.errors import sentence

pages = Blueprint("console_calibrations", __name__)

DEGREES = re.compile(r"[-−]?\d{1,2}(?:[.,]\d{1,2})?")
MAX_NUMBER = 64
MAX_LABORATORY = 120
SHOWN = 100
SOON = timedelta(days=30)


@pages.get("/calibrations")
@requires(Role.OPERATOR)
def index() -> str:
    """List thermometers, those whose certificate ends first on top."""
    return _page()


@pages.post("/calibrations")
@requires(Role.OPERATOR)
def enter() -> ResponseReturnValue:
    """Enter a certificate; journeys it speaks for are judged again."""
    at = clock.now()
    try:
        with unit_of_work() as session:
            paper = _typed(at)
            cold_chain.record_calibrations(session, paper)
            audit.record(
                session, act("calibration_entered", f"device:{paper.device_code}", at=at)
            )
    except (ConflictError, InvalidError) as refused:
        return _page(error=sentence(refused)), 422
    flash(_("已登记，相关运单会在一分钟内重新判定。"), "success")
    return redirect(url_for(".index"))


def _typed(at: datetime) -> NewCalibration:
    number, laboratory = _word("certificate", MAX_NUMBER), _word("laboratory", MAX_LABORATORY)
    uncertainty = _centi("uncertainty")
    if not number or not laboratory or uncertainty < 0:
        raise CalibrationIncompleteError
    return NewCalibration(
        device_code=_word("device", MAX_NUMBER),
        channel_code=_word("channel", MAX_NUMBER),
        certificate=number,
        laboratory=laboratory,
        valid_from=at_local_midnight(_day("valid_from")),
        # The last day counts as a whole.
        valid_to=at_local_midnight(_day("valid_to") + timedelta(days=1)),
        offset_centi=_centi("offset"),
        uncertainty_centi=uncertainty,
        at=at,
        actor=actor_code(),
    )


def _word(name: str, longest: int) -> str:
    return request.form.get(name, "").strip()[:longest]


def _day(name: str) -> date:
    try:
        given = date.fromisoformat(_word(name, MAX_NUMBER))
    except ValueError:
        raise CalibrationIncompleteError from None
    if not date(2000, 1, 1) <= given <= date(2100, 1, 1):
        raise CalibrationIncompleteError
    return given


def _centi(name: str) -> int:
    given = _word(name, MAX_NUMBER)
    if not DEGREES.fullmatch(given):
        raise CalibrationIncompleteError
    return round(float(given.replace("−", "-").replace(",", ".")) * 100)


def _page(error: str = "") -> str:
    at = clock.now()
    with unit_of_work() as session:
        rows = queries.list_calibrations(session, begins=asked_word("q"), limit=SHOWN)
    return render_template(
        "console/calibrations/index.html",
        rows=rows,
        at=at,
        soon=at + SOON,
        wanted=asked_word("q"),
        shown=SHOWN,
        error=error,
        typed=request.form,
    )
