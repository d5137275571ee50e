"""Pictures people send: read with suspicion, written anew, without what the camera noted."""

import warnings
from collections.abc import Iterable
from io import BytesIO
from typing import IO

from PIL import Image, ImageOps

from kernel.errors import InvalidError
from orders.values import Photo

FORMATS = ("JPEG", "PNG", "WEBP")
MAX_BYTES = 8 * 1024 * 1024
MAX_PIXELS = 50_000_000
EDGE = 1_600
QUALITY = 82


def clean_all(files: Iterable[IO[bytes]], *, at_most: int) -> tuple[Photo, ...]:
    """Return pictures as they are kept; raises `InvalidError`."""
    given = list(files)
    if len(given) > at_most:
        raise InvalidError("claim_photos_too_many", "too many photos", maximum=at_most)
    return tuple(clean(file) for file in given)


def clean(file: IO[bytes]) -> Photo:
    """Return a picture turned upright, at most 1,600 pixels long, as a plain JPEG.

    Raises `InvalidError` `photo_too_large`, `photo_unreadable`. The size is looked at before
    anything is unpacked.
    """
    with file:
        raw = file.read(MAX_BYTES + 1)
    if len(raw) > MAX_BYTES:
        raise InvalidError("photo_too_large", "a photo is too large")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return _written_anew(raw)
    except InvalidError:
        raise
    # What a broken or hostile file makes a decoder raise has no common class.
    except Exception as broken:
        raise InvalidError("photo_unreadable", "this is no photo") from broken


def _written_anew(raw: bytes) -> Photo:
    with Image.open(BytesIO(raw), formats=FORMATS) as image:
        if image.width * image.height > MAX_PIXELS:
            raise InvalidError("photo_too_large", "a photo is too large")
        image.draft("RGB", (EDGE, EDGE))
        upright = ImageOps.exif_transpose(image).convert("RGB")
    upright.thumbnail((EDGE, EDGE))
    plain = Image.new("RGB", upright.size)
    plain.paste(upright)
    target = BytesIO()
    plain.save(target, "JPEG", quality=QUALITY)
    return Photo(target.getvalue(), plain.width, plain.height)
