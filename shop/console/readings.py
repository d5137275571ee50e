"""Files of loggers: handed in, read by a task, told line by line; and what was set aside."""

import csv
from datetime import timedelta
from io import StringIO
from pathlib import PurePath

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from cold_chain import service as cold_chain
from cold_chain.queries import files as queries
from cold_chain.queries import list_devices
from cold_chain.queries.aside import list_aside
from cold_chain.queries.clocks import list_corrections
from cold_chain.values import CorrectionState, IntakeFormat
from cold_chain.values.files import NewFile
from kernel import audit, clock
from kernel.access import requires
from kernel.db import unit_of_work
from kernel.errors import InvalidError
from kernel.paging import encode_key
from parties.values import Role
from shop.console.acting import act, actor_code, asked_id
from shop.console.readings_words import format_words, problem_words, refusal_words
from shop.spreadsheets import BOM, harmless

pages = Blueprint("console_readings", __name__)

SHOWN = 20
REFUSALS_SHOWN = 50
ASIDE = timedelta(days=30)
LONGEST_NAME = 120


@pages.get("/readings")
@requires(Role.OPERATOR)
def index() -> str:
    """List the files that were handed in, and take another one."""
    at = clock.now()
    with unit_of_work() as session:
        found = queries.list_files(session, before=asked_id(), limit=SHOWN + 1)
        templates = queries.list_templates(session)
        devices = list_devices(session, at=at)
    rows = found[:SHOWN]
    return render_template(
        "console/readings/index.html",
        rows=rows,
        next_key=encode_key(rows[-1].file_id) if len(found) > SHOWN else None,
        is_first="after" not in request.args,
        templates=templates,
        devices=[one.code for one in devices if one.revoked_at is None],
        formats=format_words(),
        problems=problem_words(),
    )


@pages.post("/readings/files")
@requires(Role.OPERATOR)
def take() -> ResponseReturnValue:
    """Keep a file as it is; a task reads it."""
    at = clock.now()
    upload = request.files.get("file")
    if upload is None or not upload.filename:
        raise InvalidError("file_missing", "choose a file")
    form, template_id = _asked_format()
    new = NewFile(
        device_code=request.form.get("device", "").strip()[:64],
        body=upload.read(),
        file_name=PurePath(upload.filename).name[:LONGEST_NAME],
        format=form,
        template_id=template_id,
        zone=request.form.get("zone", "").strip()[:64],
        actor=actor_code(),
        at=at,
    )
    if not new.body:
        raise InvalidError("file_missing", "the file is empty")
    with unit_of_work() as session:
        taken = cold_chain.keep_file(session, new)
        audit.record(
            session,
            act(
                "readings_file_taken",
                f"readings-file:{taken.file_id}",
                at=at,
                detail={"device": new.device_code, "repeated": str(taken.is_repeated)},
            ),
        )
    if taken.is_repeated:
        flash(_("这份文件以前已经交过，没有重复读取。"), "info")
    else:
        flash(_("文件已收下，正在后台读取。"), "success")
    return redirect(url_for(".show", file_id=taken.file_id))


def _asked_format() -> tuple[IntakeFormat, int | None]:
    """Return what the file is read as: a format, or a table by one of the templates."""
    asked = request.form.get("form", "")
    kind, _sign, number = asked.partition(":")
    if kind not in set(IntakeFormat):
        raise InvalidError("report_filter_invalid", "no such format", field="form")
    form = IntakeFormat(kind)
    if form is not IntakeFormat.TABLE:
        return form, None
    with unit_of_work() as session:
        known = {str(one.template_id) for one in queries.list_templates(session)}
    if number not in known:
        raise InvalidError("template_missing", "a table needs a template")
    return form, int(number)


@pages.get("/readings/files/<int:file_id>")
@requires(Role.OPERATOR)
def show(file_id: int) -> str:
    """Show what became of a file, and the rows that were refused."""
    with unit_of_work() as session:
        file = queries.get_file(session, file_id)
        refusals = queries.list_refusals(session, file_id)
    return render_template(
        "console/readings/show.html",
        file=file,
        refusals=refusals[:REFUSALS_SHOWN],
        words=refusal_words(),
        formats=format_words(),
        problems=problem_words(),
    )


@pages.get("/readings/files/<int:file_id>/refused.csv")
@requires(Role.OPERATOR)
def refused(file_id: int) -> Response:
    """Hand out the refused rows of a file."""
    with unit_of_work() as session:
        rows = queries.list_refusals(session, file_id)
    words = refusal_words()
    target = StringIO(newline="")
    writer = csv.writer(target, lineterminator="\r\n")
    writer.writerow([_("行"), _("原因"), _("内容")])
    for line, code, content in rows:
        writer.writerow([line, words.get(code, code), harmless(content)])
    return _attachment((BOM + target.getvalue()).encode(), f"refused-{file_id}.csv", "text/csv")


@pages.get("/readings/files/<int:file_id>/original")
@requires(Role.OPERATOR)
def original(file_id: int) -> Response:
    """Hand out a file as it was handed in."""
    with unit_of_work() as session:
        body = queries.get_bytes(session, file_id)
    return _attachment(body, f"readings-{file_id}.bin", "application/octet-stream")


@pages.get("/readings/aside")
@requires(Role.OPERATOR)
def aside() -> str:
    """Show values, moments and contradictions that are kept and not used."""
    with unit_of_work() as session:
        found = list_aside(session, since=clock.now() - ASIDE)
        corrections = list_corrections(session)
    return render_template(
        "console/readings/aside.html", aside=found, corrections=corrections, days=ASIDE.days
    )


@pages.post("/readings/corrections/<int:correction_id>")
@requires(Role.OPERATOR)
def decide(correction_id: int) -> ResponseReturnValue:
    """Accept, reject or withdraw the correction of a clock."""
    at = clock.now()
    asked = request.form.get("state", "")
    if asked not in set(CorrectionState):
        raise InvalidError("report_filter_invalid", "no such state", field="state")
    with unit_of_work() as session:
        cold_chain.decide_correction(
            session,
            correction_id,
            state=CorrectionState(asked),
            actor=actor_code(),
            at=at,
            note=request.form.get("note", ""),
        )
        audit.record(
            session,
            act(f"clock_{asked}", f"clock-correction:{correction_id}", at=at),
        )
    flash(_("已记录决定。"), "success")
    return redirect(url_for(".aside"))


def _attachment(content: bytes, name: str, content_type: str) -> Response:
    response = Response(content, content_type=content_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response
