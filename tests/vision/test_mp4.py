"""The walkers of boxes and segments see what should not be there."""

from __future__ import annotations

import re
import struct
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.vision.mp4 import jpeg_faults, mp4_faults, unit_faults
from vision.encode import LIVE_LASTS_S, FragmentEncoder, jpeg
from vision.fmp4 import picture_units

PICTURE = np.full((48, 64), 90, np.uint8)
PHOTO = jpeg(PICTURE)


def box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(content), kind) + content


@pytest.fixture(scope="module")
def stream() -> tuple[bytes, bytes]:
    """The init segment and the first fragment."""
    encoder = FragmentEncoder(width_px=64, height_px=48, fps=10.0, live=True)
    (fragment,) = encoder.fragments(PICTURE, utc_ns=0)
    return encoder.init_segment, fragment.data


def test_what_the_encoder_writes_is_no_fault(stream: tuple[bytes, bytes]) -> None:
    init, fragment = stream
    assert list(mp4_faults(init, "fmp4_init")) == []
    assert list(mp4_faults(fragment, "fmp4_fragment")) == []
    assert list(jpeg_faults(PHOTO)) == []


@pytest.mark.parametrize("kind", [b"uuid", b"free", b"meta", b"emsg", b"udta"])
def test_a_box_more_is_seen(stream: tuple[bytes, bytes], kind: bytes) -> None:
    init, fragment = stream
    assert list(mp4_faults(init + box(kind, b""), "fmp4_init"))
    assert list(mp4_faults(box(kind, b"") + fragment, "fmp4_fragment"))


def test_a_name_or_a_time_is_seen(stream: tuple[bytes, bytes]) -> None:
    init, _ = stream
    assert list(mp4_faults(init.replace(b"VideoHandler", b"Camera no 12"), "fmp4_init"))
    start = init.index(b"mvhd") + 4
    assert list(mp4_faults(init[: start + 4] + b"\1\2\3\4" + init[start + 8 :], "fmp4_init"))


@pytest.mark.parametrize("unit", [b"\x06\x05\x04here\x80", b"\x0c\xff", b"\x1f1"])
def test_a_unit_that_is_no_picture_is_seen(unit: bytes) -> None:
    assert list(unit_faults(struct.pack(">I", len(unit)) + unit))


@pytest.mark.parametrize(
    "data",
    [
        PHOTO + b"more",
        PHOTO[:2] + b"\xff\xe1\x00\x08Exif\0\0" + PHOTO[2:],
        PHOTO[:2] + b"\xff\xfe\x00\x06said" + PHOTO[2:],
        b"\x89PNG",
    ],
)
def test_a_segment_more_is_seen(data: bytes) -> None:
    assert list(jpeg_faults(data))


def test_a_live_picture_leaves_at_once_and_is_shown_when_it_was_seen(tmp_path: Path) -> None:
    encoder = FragmentEncoder(width_px=64, height_px=48, fps=10.0, live=True)
    seen_s = [0.0, 0.1, 0.2, 0.55, 0.65]
    greys = [40, 90, 140, 190, 240]
    fragments = [
        encoder.fragments(np.full((48, 64), grey, np.uint8), utc_ns=round(at_s * 1e9))
        for at_s, grey in zip(seen_s, greys, strict=True)
    ]
    assert [len(one) for one in fragments] == [1] * 5
    (tmp_path / "out.mp4").write_bytes(encoder.init_segment + b"".join(one.data for (one,) in fragments))
    with av.open(str(tmp_path / "out.mp4")) as container:
        shown = [(frame.time, float(frame.to_ndarray(format="rgb24").mean())) for frame in container.decode(video=0)]
    assert [at_s for at_s, _ in shown] == pytest.approx(seen_s, abs=1e-4)
    assert [grey for _, grey in shown] == pytest.approx(greys, abs=2)


def test_a_live_picture_after_a_gap_needs_no_other() -> None:
    encoder = FragmentEncoder(width_px=64, height_px=48, fps=10.0, live=True)
    seen_s = [0.0, 0.1, 0.1 + 1.9 * LIVE_LASTS_S, 0.1 + 4 * LIVE_LASTS_S]
    fragments = [encoder.fragments(PICTURE, utc_ns=round(at_s * 1e9))[0] for at_s in seen_s]
    assert [one.keyframe for one in fragments] == [True, False, False, True]


def test_nothing_of_a_fragment_but_slices(stream: tuple[bytes, bytes]) -> None:
    body = stream[1][stream[1].index(b"mdat") + 4 :]
    (size,) = struct.unpack_from(">I", body)
    assert body[4] & 31 == 5
    assert size == len(body) - 4, "x264 tells its settings beside the first picture; they stay in the room"


@given(st.lists(st.binary(min_size=1, max_size=40).filter(lambda unit: b"\0\0" not in unit and unit[-1]), max_size=8))
def test_units_are_found_whatever_they_hold(units: list[bytes]) -> None:
    starts = [b"\0\0\0\1" if n % 2 else b"\0\0\1" for n in range(len(units))]
    found = picture_units(b"".join(start + unit for start, unit in zip(starts, units, strict=True)))
    slices = [unit for unit in units if unit[0] & 31 in (1, 5)]
    assert found == b"".join(struct.pack(">I", len(unit)) + unit for unit in slices)


def test_the_player_knows_how_long_a_picture_says_it_lasts() -> None:
    player = Path(__file__).parents[2] / "static" / "player.js"
    (told,) = re.findall(r"^const LASTS_S = ([\d.]+);$", player.read_text(encoding="utf-8"), re.MULTILINE)
    assert float(told) == LIVE_LASTS_S
