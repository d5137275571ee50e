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
    for copy in made:
        with Image.open(BytesIO(copy.webp)) as one:
            assert (one.format, one.size) == ("WEBP", (copy.pixels, copy.pixels))
            assert not one.getexif()
        if copy.avif is not None:
            assert len(copy.avif) < len(copy.webp)
            with Image.open(BytesIO(copy.avif)) as one:
                assert (one.format, one.size) == ("AVIF", (copy.pixels, copy.pixels))
                assert not one.getexif()


def test_what_one_can_see_through_is_white() -> None:
    target = BytesIO()
    Image.new("RGBA", (20, 20), (10, 20, 30, 0)).save(target, "PNG")

    assert pictures.read(BytesIO(target.getvalue()), edge=20).getpixel((5, 5)) == (
        255,
        255,
        255,
    )


def test_larger_squares_are_made_only_of_pictures_that_have_the_pixels() -> None:
    image = pictures.read(a_photo(300, 120), edge=300)

    made = pictures.squares(image, (160,), larger=(100, 140))

    assert [copy.pixels for copy in made] == [160, 100]


@settings(max_examples=20, deadline=None)
@given(st.integers(20, 400), st.integers(20, 400))
def test_banners_are_five_to_two_and_never_wider_than_the_picture(
    width: int, height: int
) -> None:
    image = pictures.read(a_photo(width, height), edge=300)

    made = pictures.banners(image, (50, 100, 250))

    assert made[0].pixels == 50
    assert all(copy.is_wide for copy in made)
    assert all(copy.pixels <= image.width for copy in made[1:])
    for copy in made:
        with Image.open(BytesIO(copy.webp)) as one:
            assert one.size == (copy.pixels, copy.pixels * 2 // 5)
