"""JT/T 808 frames: the published frame, both headers, signs, batches and broken bytes."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cold_chain.rules.formats import jt808
from kernel.errors import InvalidError
from tests.cold_chain.formats import a_sender

PUBLISHED = bytes.fromhex(
    "7e0200003a019172511329001300000000000000020158df7206c960700037000000842405131120180104"
    "0000000030010d31011d5708000000000000000082020092510201230b7e"
)
BASE = bytes(8) + bytes.fromhex("0158df7206c96070003700000084")
TERMINAL = "013912345678"


def a_position(tenths: str, *, at: str = "260601120000", more: str = "") -> bytes:
    words = bytes.fromhex(tenths)
    return (
        BASE
        + bytes.fromhex(at)
        + bytes.fromhex(more)
        + bytes([jt808.TEMPERATURES, len(words)])
        + words
    )


def a_frame(content: bytes, *, message: int = jt808.POSITION, is_2019: bool = False) -> bytes:
    return jt808.pack(message, TERMINAL, 7, content, is_2019=is_2019)


def test_the_published_frame_is_29_1_degrees_at_20_past_11() -> None:
    found = jt808.decode(PUBLISHED, a_sender())

    (reading,) = found.readings
    assert (reading.channel_code, reading.centi) == ("t1", 2910)
    assert reading.at == datetime(2024, 5, 13, 3, 20, 18, tzinfo=UTC)
    assert (found.rows, found.ignored, found.refused) == (1, 5, [])


@pytest.mark.parametrize("is_2019", [False, True])
def test_signs_and_absent_probes_of_sixteen_bytes(is_2019: bool) -> None:  # noqa: FBT001
    frame = a_frame(a_position("80170017" + "ffff" * 6), is_2019=is_2019)

    found = jt808.decode(frame, a_sender())

    assert [(one.channel_code, one.centi) for one in found.readings] == [
        ("t1", -230),
        ("t2", 230),
    ]
    assert found.refused == []


def test_a_known_probe_that_is_gone_is_a_sentinel_and_no_temperature() -> None:
    (reading,) = jt808.decode(a_frame(a_position("ffff")), a_sender()).readings

    assert reading.centi == 655_350


def test_a_probe_nobody_registered_is_told() -> None:
    found = jt808.decode(a_frame(a_position("ffffffff00b4")), a_sender())

    assert [(one.code, one.text) for one in found.refused] == [("channel_unknown", "t3")]


def test_a_batch_holds_many_positions() -> None:
    positions = [a_position("00b4", at=f"2606011200{second:02}") for second in range(0, 50, 10)]
    content = (5).to_bytes(2) + b"\x01"
    content += b"".join(len(one).to_bytes(2) + one for one in positions)

    found = jt808.decode(a_frame(content, message=jt808.POSITIONS), a_sender())

    assert [one.at.second for one in found.readings] == [0, 10, 20, 30, 40]


def test_flags_inside_a_frame_are_escaped() -> None:
    frame = a_frame(a_position("007e", more="30017d"))

    assert frame.count(b"\x7e") == 2
    assert [one.centi for one in jt808.decode(frame, a_sender()).readings] == [1260]


def test_other_messages_say_nothing_of_temperatures() -> None:
    found = jt808.decode(a_frame(b"\x00\x01", message=0x0002), a_sender())

    assert (found.rows, found.readings, found.refused) == (1, [], [])


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (PUBLISHED[:-2] + b"\x0c\x7e", "frame_checksum_wrong"),
        (b"\x7e\x01\x02\x7e", "frame_too_short"),
        (PUBLISHED[:-3] + b"\x7d\x09\x7e", "frame_escape_wrong"),
        (a_frame(a_position("00b4")[:-1]), "frame_length_wrong"),
        (a_frame(BASE), "frame_length_wrong"),
        (a_frame(a_position("00b400")), "frame_length_wrong"),
        (a_frame(a_position("00b4", at="261301120000")), "moment_unreadable"),
        (a_frame(a_position("00b4", at="2606011200aa")), "moment_unreadable"),
        (a_frame(b"\x00\x02\x00\x00\x1c", message=jt808.POSITIONS), "frame_length_wrong"),
    ],
)
def test_a_broken_frame_is_told_and_the_next_one_is_read(frame: bytes, code: str) -> None:
    found = jt808.decode(frame + PUBLISHED, a_sender())

    assert [one.code for one in found.refused] == [code]
    assert [one.centi for one in found.readings] == [2910]


def test_frames_of_another_terminal_are_refused() -> None:
    with pytest.raises(InvalidError, match="another terminal"):
        jt808.decode(PUBLISHED, a_sender(serial="13912345678"))

    assert jt808.decode(PUBLISHED, a_sender(serial="19172511329")).readings


def test_bytes_without_a_frame_are_refused() -> None:
    with pytest.raises(InvalidError, match="no frame"):
        jt808.decode(b"\x7e\x7e", a_sender())


@given(st.lists(st.integers(-3000, 3000), min_size=1, max_size=8), st.booleans())
def test_what_was_packed_is_read(tenths: list[int], is_2019: bool) -> None:  # noqa: FBT001
    words = "".join(f"{abs(one) | (0x8000 if one < 0 else 0):04x}" for one in tenths)

    found = jt808.decode(a_frame(a_position(words), is_2019=is_2019), a_sender())

    assert [one.centi for one in found.readings] == [one * 10 for one in tenths[:2]]
