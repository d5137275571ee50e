"""Photos of goods that buyers complain of, as they are kept."""

from collections.abc import Iterable
from io import BytesIO
from typing import IO

from kernel import pictures
from kernel.errors import InvalidError
from orders.values import Photo

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

    Raises `InvalidError` as `kernel.pictures.read` does.
    """
    plain = pictures.read(file, edge=EDGE)
    target = BytesIO()
    plain.save(target, "JPEG", quality=QUALITY)
    return Photo(target.getvalue(), plain.width, plain.height)
