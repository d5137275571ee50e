"""Photos of goods that buyers complain of, as they are kept."""

from collections.abc import Iterable
from io import BytesIO
from typing import IO

from PIL import Image

from catalog.values.reviews import ReviewPicture
from kernel import pictures
from kernel.errors import InvalidError
from orders.values import Photo

EDGE = 1_600
QUALITY = 82
SHOWN_EDGE, THUMB_EDGE = 1_200, 320
SHOWN_QUALITY = 78


def clean_all(files: Iterable[IO[bytes]], *, at_most: int) -> tuple[Photo, ...]:
    """Return pictures as they are kept; raises `InvalidError`."""
    given = list(files)
    if len(given) > at_most:
        raise InvalidError("claim_photos_too_many", "too many photos", maximum=at_most)
    return tuple(clean(file) for file in given)


def clean(file: IO[bytes]) -> Photo:
    """Return a picture turned upright, at most 1,600 pixels long, as a plain JPEG.

    Raises `InvalidError` as `kernel.pictures.read` does.
    """
    plain = pictures.read(file, edge=EDGE)
    target = BytesIO()
    plain.save(target, "JPEG", quality=QUALITY)
    return Photo(target.getvalue(), plain.width, plain.height)


def in_two_sizes(photo: Photo) -> ReviewPicture:
    """Return a cleaned picture as everybody sees it: WebP, large and small."""
    with Image.open(BytesIO(photo.jpeg), formats=("JPEG",)) as image:
        large, small = image.copy(), image.copy()
    large.thumbnail((SHOWN_EDGE, SHOWN_EDGE))
    small.thumbnail((THUMB_EDGE, THUMB_EDGE))
    return ReviewPicture(_webp(large), _webp(small), large.width, large.height)


def _webp(image: Image.Image) -> bytes:
    target = BytesIO()
    image.save(target, "WEBP", quality=SHOWN_QUALITY)
    return target.getvalue()
