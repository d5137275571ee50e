"""Pictures are written anew: upright, small enough, without what the camera noted."""

from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from kernel import pictures
from kernel.errors import InvalidError

ORIENTATION, TURNED = 0x0112, 6
GPS, MAKE = 0x8825, 0x010F


def a_photo(width: int, height: int, *, orientation: int = 1) -> BytesIO:
    """A JPEG as a phone takes it, with where it was taken and by what."""
    noted = Image.Exif()
    noted[ORIENTATION] = orientation
    noted[MAKE] = "phone"
    noted.get_ifd(GPS)[2] = (29.0, 19.0, 30.0)
    target = BytesIO()
    Image.new("RGB", (width, height), "green").save(target, "JPEG", exif=noted)
    return BytesIO(target.getvalue())


def test_what_the_camera_noted_is_gone() -> None:
    kept = pictures.read(a_photo(80, 60), edge=100)
    assert not kept.getexif()
    assert not kept.info
    assert kept.size == (80, 60)


def test_a_turned_photo_is_kept_upright() -> None:
    assert pictures.read(a_photo(80, 60, orientation=TURNED), edge=100).size == (60, 80)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 900), st.integers(1, 900))
def test_no_side_is_longer_than_asked(width: int, height: int) -> None:
    kept = pictures.read(a_photo(width, height), edge=300)
    assert max(kept.size) == min(300, max(width, height))


@given(st.binary(max_size=200))
def test_bytes_that_are_no_picture_are_refused(raw: bytes) -> None:
    with pytest.raises(InvalidError, match="no photo"):
        pictures.read(BytesIO(raw), edge=100)


@pytest.mark.parametrize("edge", [9_000, 15_000])
def test_a_huge_picture_is_refused_before_it_is_unpacked(edge: int) -> None:
    target = BytesIO()
    Image.new("1", (edge, edge)).save(target, "PNG")
    with pytest.raises(InvalidError, match="too large"):
        pictures.read(BytesIO(target.getvalue()), edge=100)


def test_a_huge_file_is_refused() -> None:
    with pytest.raises(InvalidError, match="too large"):
        pictures.read(BytesIO(b"\xff" * (pictures.MAX_BYTES + 1)), edge=100)


@settings(max_examples=20, deadline=None)
@given(st.integers(20, 400), st.integers(20, 400))
def test_squares_are_as_wide_as_asked(width: int, height: int) -> None:
    made = pictures.squares(pictures.read(a_photo(width, height), edge=300), (40, 80))
    for pixels, webp in made.items():
        with Image.open(BytesIO(webp)) as one:
            assert (one.format, one.size) == ("WEBP", (pixels, pixels))
            assert not one.getexif()
