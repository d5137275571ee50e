"""Draws an address as a QR code."""

import io

import segno
from flask import Response

DAY_SECONDS = 86_400
ERROR_LEVEL = "m"


def answer(address: str, *, title: str) -> Response:
    """Answer with the QR code of an address as a drawing that may be kept for a day."""
    drawing = io.BytesIO()
    segno.make(address, error=ERROR_LEVEL, micro=False).save(
        drawing, kind="svg", scale=4, border=4, light="#fff", xmldecl=False, title=title
    )
    response = Response(drawing.getvalue(), mimetype="image/svg+xml")
    response.cache_control.public = True
    response.cache_control.max_age = DAY_SECONDS
    return response
