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
SMALL = 700
EVEN = 24
"""Shades of grey by which an even margin may vary."""
PAPER = 200
"""Of 256 spots by shade: what most of a page is."""
MARGINS = range(5, 65, 5)
"""Permille of a page that may be cut off each side and still be recognised."""
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
    grey = _grey(picture)
    return None if grey is None else _bits(grey)


def looks_of(content: bytes, media_type: str) -> list[str]:
    """Return the looks a kept file and its like may have: with less or more of a margin.

    Whoever cuts the edges off a scan, or puts a frame around it, moves everything in it; one of
    these looks undoes that, as long as all four sides lost or won alike.
    """
    picture = _picture_of_pdf(content) if media_type == "application/pdf" else content
    grey = None if picture is None else _grey(picture)
    if grey is None:
        return []
    small = grey.copy()
    small.thumbnail((SMALL, SMALL), Image.Resampling.BOX)
    like = [grey, _trimmed(small)]
    for permille in MARGINS:
        like += [_cut(small, permille), _widened(small, permille)]
    return list(dict.fromkeys(look for one in like if (look := _bits(one)) is not None))


def _grey(picture: bytes) -> Image.Image | None:
    try:
        with Image.open(BytesIO(picture), formats=pictures.FORMATS) as image:
            if image.width * image.height > pictures.MAX_PIXELS:
                return None
            return image.convert("L")
    # What a broken picture makes a decoder raise has no common class.
    except Exception:  # noqa: BLE001
        return None


def _bits(grey: Image.Image) -> str | None:
    shades = grey.resize((SIDE + 1, SIDE), Image.Resampling.BOX).tobytes()
    bits = "".join(
        "1" if shades[row * (SIDE + 1) + at + 1] - shades[row * (SIDE + 1) + at] > FLAT else "0"
        for row in range(SIDE)
        for at in range(SIDE)
    )
    return bits if "1" in bits else None


def _trimmed(grey: Image.Image) -> Image.Image:
    """Return a picture without the even frame or margin around it."""
    (corner,) = grey.crop((0, 0, 1, 1)).tobytes()
    box = grey.point([255 * (abs(shade - corner) > EVEN) for shade in range(256)]).getbbox()
    return grey if box is None else grey.crop(box)


def _cut(grey: Image.Image, permille: int) -> Image.Image:
    across, down = grey.width * permille // 1_000, grey.height * permille // 1_000
    return grey.crop((across, down, grey.width - across, grey.height - down))


def _widened(grey: Image.Image, permille: int) -> Image.Image:
    """Return a picture with the margin back that a cut of so much took."""
    left = 1_000 - 2 * permille
    across, down = grey.width * permille // left, grey.height * permille // left
    paper = sorted(grey.resize((16, 16)).tobytes())[PAPER]
    whole = Image.new("L", (grey.width + 2 * across, grey.height + 2 * down), paper)
    whole.paste(grey, (across, down))
    return whole


def _look_of_pdf(raw: bytes) -> str | None:
    """Look through a PDF and return the look of the first photo in it, if there is one."""
    _refuse_active(raw)
    left = MAX_UNPACKED
    for found in STREAM.finditer(raw):
        body = found.group(1)
        if body.startswith(JPEG_BEGINS):
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
    picture = _picture_of_pdf(raw)
    return None if picture is None else look_of(picture)


def _picture_of_pdf(raw: bytes) -> bytes | None:
    """Return the first photo a PDF holds as such; text and drawn pages have none."""
    found = (one.group(1) for one in STREAM.finditer(raw))
    return next((body for body in found if body.startswith(JPEG_BEGINS)), None)


def _refuse_active(part: bytes) -> None:
    named = ESCAPED.sub(lambda found: bytes([int(found.group(1), 16)]), part)
    if ACTIVE.search(named):
        raise InvalidError("scan_active", "the file does more than show pages")
