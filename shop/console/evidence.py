"""A journey's report on paper, and with everything that lets others check it."""

import hashlib
import io
import json
import zipfile
from datetime import datetime
from importlib import resources

from flask import Blueprint, Response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from cold_chain import queries
from cold_chain import service as cold_chain
from cold_chain.queries.evidence import Evidence, get_evidence
from kernel import clock
from kernel.access import requires
from kernel.db import unit_of_work
from parties.values import Role
from shop import curves
from shop.typesetting import is_offered, typeset

pages = Blueprint("console_evidence", __name__)

VERIFIER = "verify_report.py"
EPOCH = (1980, 1, 1, 0, 0, 0)
"""The moment of every file in an archive, so that the same evidence is the same bytes."""


@pages.get("/journeys/<int:shipment_id>/evidence.zip")
@requires(Role.OPERATOR)
def archive(shipment_id: int) -> Response:
    """Answer the newest report with raw blocks, seals, signature and a verifier."""
    at = clock.now()
    with unit_of_work() as session:
        evidence = get_evidence(session, shipment_id, at=at)
        written = _written(evidence)
        key, signature = cold_chain.sign_report(
            session, hashlib.sha256(written).digest(), at=at
        )
    signed = {"public_key": key.hex(), "signature": signature.hex()}
    name = f"evidence-{evidence.order_number}-{evidence.version}.zip"
    return _handed(_packed(evidence, written, signed), "application/zip", name)


@pages.get("/journeys/<int:shipment_id>/report.pdf")
@requires(Role.OPERATOR)
def paper(shipment_id: int) -> ResponseReturnValue:
    """Answer the newest report as a PDF, or lead to the page that prints."""
    if not is_offered():
        return redirect(url_for("console_excursions.report", shipment_id=shipment_id))
    at = clock.now()
    with unit_of_work() as session:
        evidence = get_evidence(session, shipment_id, at=at)
        digest = hashlib.sha256(_written(evidence))
        key, signature = cold_chain.sign_report(session, digest.digest(), at=at)
        shipment = queries.get_shipment(session, shipment_id)
        report = queries.get_report(session, shipment_id)
        [chart] = queries.list_charts(session, [shipment_id], at=at)
    html = render_template(
        "console/evidence/paper.html",
        shipment=shipment,
        report=report,
        newest=report.versions[0],
        evidence=evidence,
        curve=curves.draw(chart),
        digest=digest.hexdigest(),
        key=key.hex(),
        signature=signature.hex(),
        at=at,
        moment=datetime.fromisoformat,
    )
    name = f"report-{evidence.order_number}-{evidence.version}.pdf"
    return _handed(typeset(html), "application/pdf", name)


def _handed(body: bytes, media_type: str, name: str) -> Response:
    response = Response(body, content_type=media_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _written(evidence: Evidence) -> bytes:
    """Return the report as bytes that are always the same."""
    return json.dumps(
        evidence.report, ensure_ascii=False, sort_keys=True, separators=(",", ":")
    ).encode()


def _packed(evidence: Evidence, written: bytes, signed: dict[str, str]) -> bytes:
    verifier = resources.files("shop.proof").joinpath(VERIFIER).read_bytes()
    files = {
        "report.json": written,
        "signature.json": json.dumps(signed, sort_keys=True).encode(),
        VERIFIER: verifier,
        **{f"blocks/{name}": body for name, body in sorted(evidence.bodies.items())},
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as packing:
        for name, body in files.items():
            packing.writestr(zipfile.ZipInfo(name, EPOCH), body, zipfile.ZIP_DEFLATED)
    return packed.getvalue()
