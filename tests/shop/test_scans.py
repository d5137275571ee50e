"""Scans: nothing of the camera stays, nothing hostile gets in, and a copy is known again."""

import random
import struct
import zlib
from collections.abc import Callable
from io import BytesIO
from itertools import combinations

import pytest
from PIL import Image, ImageDraw, ImageOps

from catalog.values.papers import Scan
from kernel.errors import InvalidError
from shop import scans
from shop.sample import files

ALIKE = 28
"""Bits the dated policy of the sample lets two scans of one paper differ by."""
PAPER = (250, 248, 242)
SIZE = (1_240, 1_754)


def a_page(words: int, form: int = 0) -> Image.Image:
    """Draw a filled-in form: what is printed comes from one number, what is written another."""
    written, printed = random.Random(words), random.Random(1_000 + form)  # noqa: S311 -- drawing
    page = Image.new("RGB", SIZE, PAPER)
    pen = ImageDraw.Draw(page)
    pen.rectangle((60, 60, 1_180, 1_690), outline=(150, 20, 20), width=6)
    pen.ellipse((800, 1_330, 1_080, 1_610), outline=(200, 30, 30), width=10)
    for row in range(printed.randint(11, 15)):
        y = 240 + row * 75
        pen.rectangle((110, y, 110 + printed.randint(120, 260), y + 18), fill=(20, 20, 20))
        at = 420
        for _word in range(written.randint(2, 6)):
            wide = written.randint(30, 130)
            pen.rectangle((at, y, at + wide, y + 18), fill=(30, 30, 30))
            at += wide + 14
    return page


def saved(page: Image.Image, quality: int = 90, kind: str = "JPEG") -> bytes:
    """Return a page as a file."""
    target = BytesIO()
    page.save(target, kind, quality=quality)
    return target.getvalue()


def in_pdf(jpeg: bytes) -> bytes:
    """Return a PDF that holds a photo as such, as scanners write them."""
    return b"%PDF-1.4\n5 0 obj<</Filter/DCTDecode>>stream\n" + jpeg + b"\nendstream\n%%EOF"


def read(raw: bytes) -> Scan:
    """Hand a file in."""
    return scans.read(BytesIO(raw))


def cut(page: Image.Image, part: float) -> Image.Image:
    """Cut a part of its width and height off each side."""
    wide, high = page.size
    across, down = int(wide * part), int(high * part)
    return page.crop((across, down, wide - across, high - down))


def apart(first: bytes, second: bytes) -> int:
    """Return by how many bits the second is from the first, as the reviewer is told."""
    known, handed = read(first).look, read(second)
    assert known is not None
    looks = scans.looks_of(handed.content, handed.media_type)
    return min((int(known, 2) ^ int(look, 2)).bit_count() for look in looks)


COPIES: dict[str, Callable[[Image.Image], bytes]] = {
    "JPEG of quality 40": lambda page: saved(page, 40),
    "JPEG of quality 20": lambda page: saved(page, 20),
    "half the size": lambda page: saved(page.resize((620, 877))),
    "half the size, quality 40": lambda page: saved(page.resize((620, 877)), 40),
    "WebP": lambda page: saved(page, 70, "WEBP"),
    "grey": lambda page: saved(page.convert("L"), 60),
    "a dark frame": lambda page: saved(ImageOps.expand(page, 40, "black")),
    "in a PDF": lambda page: in_pdf(saved(page)),
    "in a PDF, quality 40": lambda page: in_pdf(saved(page, 40)),
    **{
        f"{percent} % cut off": lambda page, part=percent / 100: saved(cut(page, part))  # type: ignore[misc]
        for percent in (1, 2, 3, 4, 5)
    },
}


@pytest.mark.parametrize("copy", COPIES)
def test_a_copy_is_known_again(copy: str) -> None:
    for words in range(3):
        page = a_page(words)
        assert apart(saved(page), COPIES[copy](page)) <= ALIKE


def test_other_papers_of_one_form_are_no_copies() -> None:
    pages = [saved(a_page(words, form)) for form in range(2) for words in range(4)]

    assert min(apart(one, other) for one, other in combinations(pages, 2)) > ALIKE


def test_the_sample_s_limit_is_the_one_tried_here() -> None:
    params = files.read_all().platform
    limit = next(row for row in params if row.code == "certificate_alike_bits")
    assert limit.value == ALIKE


def test_a_page_without_anything_on_it_resembles_nothing() -> None:
    blank = read(saved(Image.new("RGB", SIZE, PAPER)))

    assert blank.look is None
    assert scans.looks_of(blank.content, blank.media_type) == []


def with_place() -> bytes:
    """Return a photo whose camera noted where it was taken, by whom and with what."""
    page, target = a_page(1), BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "secret place"
    exif.get_ifd(0x8825)[2] = (29.0, 19.0, 33.0)
    page.save(target, "JPEG", exif=exif, comment=b"secret place")
    return target.getvalue()


def test_what_the_camera_noted_is_not_kept() -> None:
    raw = with_place()
    assert b"secret place" in raw

    kept = read(raw)

    assert b"secret place" not in kept.content
    with Image.open(BytesIO(kept.content)) as image:
        assert not image.getexif()
        assert "comment" not in image.info


def a_bomb() -> bytes:
    """Return a PNG of a few bytes that says it has 400 million pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        crc = struct.pack(">I", zlib.crc32(kind + body))
        return struct.pack(">I", len(body)) + kind + body + crc

    head = struct.pack(">IIBBBBB", 20_000, 20_000, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 10_000_000, 9))
    return b"\x89PNG\r\n\x1a\n" + body + chunk(b"IEND", b"")


HOSTILE = {
    "nothing": b"",
    "50 MB": b"\xff\xd8\xff" + b"\0" * 50 * 1024 * 1024,
    "a bomb of pixels": a_bomb(),
    "a PDF that unpacks to too much": b"%PDF-1.4 stream\n"
    + zlib.compress(b"\0" * (65 * 1024 * 1024), 9)
    + b"\nendstream",
    "SVG": b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
    "HTML": b"<!doctype html><script>alert(1)</script>",
    "an archive": b"PK\x03\x04" + b"\0" * 200,
    "GIF": saved(Image.new("P", (40, 40)), kind="GIF"),
    "TIFF": saved(Image.new("RGB", (40, 40)), kind="TIFF"),
    "a broken picture": saved(a_page(1))[:400],
    "a script in a packed stream": b"%PDF-1.4 stream\n"
    + zlib.compress(b"<</S/JavaScript/JS(app.alert(1))>>")
    + b"\nendstream",
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_what_is_no_scan_is_refused(kind: str) -> None:
    with pytest.raises(InvalidError):
        read(HOSTILE[kind])


def test_a_picture_that_is_something_else_too_is_only_a_picture_afterwards() -> None:
    page = "<script>alert(1)</script>"
    both = saved(a_page(2)) + page.encode() + b"PK\x03\x04 archive"

    kept = read(both)

    assert kept.media_type == "image/jpeg"
    assert page.encode() not in kept.content
    assert b"PK\x03\x04" not in kept.content


def test_a_page_of_a_pdf_that_is_drawn_is_compared_byte_by_byte_only() -> None:
    drawn = b"%PDF-1.4 stream\n" + zlib.compress(b"BT (paper) Tj ET") + b"\nendstream"

    kept = read(drawn)

    assert kept.look is None
    assert scans.looks_of(kept.content, kept.media_type) == []
