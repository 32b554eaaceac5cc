"""The walkers of boxes and segments see what should not be there."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from tests.vision.mp4 import jpeg_faults, mp4_faults, unit_faults
from vision.encode import FragmentEncoder, jpeg

PICTURE = np.full((48, 64), 90, np.uint8)
PHOTO = jpeg(PICTURE)


def box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(content), kind) + content


@pytest.fixture(scope="module")
def stream() -> tuple[bytes, bytes]:
    """The init segment and the first fragment."""
    encoder = FragmentEncoder(width_px=64, height_px=48, fps=10.0)
    encoder.fragments(PICTURE, utc_ns=0)
    (fragment,) = encoder.fragments(PICTURE, utc_ns=10**8)
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
