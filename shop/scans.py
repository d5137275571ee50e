"""Scans of papers people hand in: pictures written anew, PDF looked through, both compared."""

import hashlib
import re
import zlib
from io import BytesIO
from typing import IO

from flask import Response, request
from PIL import Image

from catalog.values.papers import Scan
from kernel import pictures
from kernel.errors import InvalidError
from shop import photos

MAX_BYTES = pictures.MAX_BYTES
MAX_UNPACKED = 64 * 1024 * 1024
SIDE = 32
FLAT = 6
"""Shades of grey that are no edge: saving a picture again changes that much."""
PDF = b"%PDF-"
PDF_HEAD = 1024
JPEG_BEGINS = b"\xff\xd8\xff"
ACTIVE = re.compile(
    rb"/(?:JavaScript|JS|Launch|EmbeddedFiles?|OpenAction|AA|RichMedia|XFA|Encrypt|SubmitForm"
    rb"|ImportData|GoToR|GoToE)(?![A-Za-z0-9])"
)
"""What a scan never needs and what a reader of it may be led away by."""
ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
STREAM = re.compile(rb"stream\r?\n(.*?)endstream", re.DOTALL)


def handed_in(name: str = "scan") -> Scan | None:
    """Return the file of the form, cleaned, or None where there is none."""
    given = request.files.get(name)
    return None if given is None or not given.filename else read(given.stream)


def answer(content: bytes, media_type: str, name: str) -> Response:
    """Answer a kept file so that a browser never runs anything in it."""
    ending = "pdf" if media_type == "application/pdf" else "jpg"
    response = Response(content, mimetype=media_type)
    kind = "attachment" if ending == "pdf" else "inline"
    response.headers["Content-Disposition"] = f'{kind}; filename="{name}.{ending}"'
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-store"
    return response


def read(file: IO[bytes]) -> Scan:
    """Return a scan as it is kept; raises `InvalidError` for what is none.

    Pictures are turned upright and written anew without what the camera noted. A PDF is kept
    as it is, and refused when it does anything but show pages.
    """
    with file:
        raw = file.read(MAX_BYTES + 1)
    if not raw:
        raise InvalidError("scan_unreadable", "the file is empty")
    if len(raw) > MAX_BYTES:
        raise InvalidError(
            "file_too_large", "the file is too large", megabytes=MAX_BYTES // 1024 // 1024
        )
    digest = hashlib.sha256(raw).hexdigest()
    if raw[:PDF_HEAD].lstrip().startswith(PDF):
        return Scan(raw, "application/pdf", digest, _look_of_pdf(raw))
    photo = photos.clean(BytesIO(raw))
    return Scan(photo.jpeg, "image/jpeg", digest, look_of(photo.jpeg))


def look_of(picture: bytes) -> str | None:
    """Return where a picture grows lighter from left to right, as 1,024 bits.

    Made small, a picture saved again with more loss or in another size stays nearly the same;
    an empty page says nothing and has no look.
    """
    try:
        with Image.open(BytesIO(picture), formats=pictures.FORMATS) as image:
            if image.width * image.height > pictures.MAX_PIXELS:
                return None
            grey = image.convert("L").resize((SIDE + 1, SIDE), Image.Resampling.BOX)
    # What a broken picture makes a decoder raise has no common class.
    except Exception:  # noqa: BLE001
        return None
    shades = grey.tobytes()
    bits = "".join(
        "1" if shades[row * (SIDE + 1) + at + 1] - shades[row * (SIDE + 1) + at] > FLAT else "0"
        for row in range(SIDE)
        for at in range(SIDE)
    )
    return bits if "1" in bits else None


def _look_of_pdf(raw: bytes) -> str | None:
    """Look through a PDF and return the look of the first photo in it, if there is one."""
    _refuse_active(raw)
    left, look = MAX_UNPACKED, None
    for found in STREAM.finditer(raw):
        body = found.group(1)
        if body.startswith(JPEG_BEGINS):
            look = look or look_of(body)
            continue
        unpacking = zlib.decompressobj()
        try:
            plain = unpacking.decompress(body, left)
        except zlib.error:
            continue
        left -= len(plain)
        if left <= 0:
            raise InvalidError("scan_unreadable", "the file unpacks to too much")
        _refuse_active(plain)
    return look


def _refuse_active(part: bytes) -> None:
    named = ESCAPED.sub(lambda found: bytes([int(found.group(1), 16)]), part)
    if ACTIVE.search(named):
        raise InvalidError("scan_active", "the file does more than show pages")
