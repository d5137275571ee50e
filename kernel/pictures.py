"""Pictures people send: read with suspicion, written anew, without what the camera noted."""

import warnings
from collections.abc import Iterable
from dataclasses import dataclass, replace
from io import BytesIO
from typing import IO

from PIL import Image, ImageOps

from kernel.errors import InvalidError

FORMATS = ("JPEG", "PNG", "WEBP")
MAX_BYTES = 8 * 1024 * 1024
MAX_PIXELS = 50_000_000
WEBP_QUALITY = 80
AVIF_QUALITY = 50
AVIF_SPEED = 6
"""How fast it is written, 0 to 10; slower ones are hardly smaller."""
WIDE = (5, 2)
"""Width and height of a banner."""


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
        upright = _opaque(ImageOps.exif_transpose(image))
    upright.thumbnail((edge, edge))
    plain = Image.new("RGB", upright.size)
    plain.paste(upright)
    return plain


@dataclass(frozen=True, slots=True)
class Copy:
    """A picture in one width, as browsers are sent it."""

    pixels: int
    webp: bytes
    avif: bytes | None = None
    """Only where it is the smaller of the two."""
    is_wide: bool = False


def _opaque(image: Image.Image) -> Image.Image:
    """Return a picture in colours alone; what one could see through is white."""
    if not image.has_transparency_data:
        return image.convert("RGB")
    layer = image.convert("RGBA")
    ground = Image.new("RGB", image.size, "white")
    ground.paste(layer, (0, 0), layer)
    return ground


def squares(
    image: Image.Image, widths: Iterable[int], *, larger: Iterable[int] = ()
) -> list[Copy]:
    """Return the middle of a picture as squares of so many pixels.

    Widths above what the picture has are made too, so that every address answers; `larger` ones
    only where the picture has so many pixels.
    """
    edge = min(image.size)
    left, top = (image.width - edge) // 2, (image.height - edge) // 2
    middle = image.crop((left, top, left + edge, top + edge))
    wanted = (*widths, *(width for width in larger if width <= edge))
    return [_copy(middle, (width, width)) for width in wanted]


def banners(image: Image.Image, widths: Iterable[int]) -> list[Copy]:
    """Return the middle of a picture cut five to two, in those widths it has, one at least."""
    width = min(image.width, image.height * WIDE[0] // WIDE[1])
    height = width * WIDE[1] // WIDE[0]
    left, top = (image.width - width) // 2, (image.height - height) // 2
    middle = image.crop((left, top, left + width, top + height))
    smallest, *more = sorted(widths)
    wanted = (smallest, *(one for one in more if one <= width))
    sizes = ((one, one * WIDE[1] // WIDE[0]) for one in wanted)
    return [replace(_copy(middle, size), is_wide=True) for size in sizes]


def _copy(image: Image.Image, size: tuple[int, int]) -> Copy:
    scaled = image.resize(size, Image.Resampling.LANCZOS)
    webp = _written(scaled, "WEBP", quality=WEBP_QUALITY, method=4)
    avif = _written(scaled, "AVIF", quality=AVIF_QUALITY, speed=AVIF_SPEED)
    return Copy(size[0], webp, avif if len(avif) < len(webp) else None)


def _written(image: Image.Image, kind: str, **how: int) -> bytes:
    target = BytesIO()
    image.save(target, kind, **how)
    return target.getvalue()
