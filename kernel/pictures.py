"""Pictures people send: read with suspicion, written anew, without what the camera noted."""

import warnings
from collections.abc import Iterable
from io import BytesIO
from typing import IO

from PIL import Image, ImageOps

from kernel.errors import InvalidError

FORMATS = ("JPEG", "PNG", "WEBP")
MAX_BYTES = 8 * 1024 * 1024
MAX_PIXELS = 50_000_000
WEBP_QUALITY = 80


def read(file: IO[bytes], *, edge: int) -> Image.Image:
    """Return a picture upright, at most `edge` pixels long, with nothing but its pixels.

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
            return _plain(raw, edge)
    except InvalidError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as bomb:
        raise InvalidError("photo_too_large", "a photo is too large") from bomb
    # What a broken or hostile file makes a decoder raise has no common class.
    except Exception as broken:
        raise InvalidError("photo_unreadable", "this is no photo") from broken


def _plain(raw: bytes, edge: int) -> Image.Image:
    with Image.open(BytesIO(raw), formats=FORMATS) as image:
        if image.width * image.height > MAX_PIXELS:
            raise InvalidError("photo_too_large", "a photo is too large")
        image.draft("RGB", (edge, edge))
        upright = ImageOps.exif_transpose(image).convert("RGB")
    upright.thumbnail((edge, edge))
    plain = Image.new("RGB", upright.size)
    plain.paste(upright)
    return plain


def squares(image: Image.Image, widths: Iterable[int]) -> dict[int, bytes]:
    """Return the middle of a picture as squares of so many pixels, each as WebP.

    Widths above what the picture has are made too, so that every address answers.
    """
    edge = min(image.size)
    left, top = (image.width - edge) // 2, (image.height - edge) // 2
    middle = image.crop((left, top, left + edge, top + edge))
    made = {}
    for width in widths:
        target = BytesIO()
        middle.resize((width, width), Image.Resampling.LANCZOS).save(
            target, "WEBP", quality=WEBP_QUALITY, method=4
        )
        made[width] = target.getvalue()
    return made
