"""Luma read off its plane is byte for byte what FFmpeg's own conversion gives, whatever the decoder hands over."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from av.video.frame import VideoFrame
from hypothesis import given
from hypothesis import strategies as st

from tests.vision.clips import pictures
from vision.raw.pixels import FULL_FORMATS, LIMITED_FORMATS, SPREAD, grey_of

OTHERS = ("gray", "rgb24", "bgr24", "yuv420p10le", "gray16le", "yuyv422", "pal8")


def frame_of(name: str, width_px: int, height_px: int, seed: int) -> VideoFrame:
    """A frame of noise in which every value occurs."""
    frame = VideoFrame(width_px, height_px, name)
    rng = np.random.default_rng(seed)
    for plane in frame.planes:
        plane.update(rng.integers(0, 256, plane.buffer_size, np.uint8).tobytes())
    return frame


@given(
    name=st.sampled_from([*LIMITED_FORMATS, *FULL_FORMATS, *OTHERS]), width_px=st.integers(2, 90),
    height_px=st.integers(2, 40), color_range=st.sampled_from([0, 1, 2]), seed=st.integers(0, 99),
)  # fmt: skip
def test_grey_is_as_ffmpeg_makes_it(name: str, width_px: int, height_px: int, color_range: int, seed: int) -> None:
    frame = frame_of(name, width_px, height_px, seed)
    frame.color_range = color_range
    expected = frame.to_ndarray(format="gray")
    found = grey_of(frame)
    assert found.dtype == np.uint8
    assert np.array_equal(found, expected)


@pytest.mark.parametrize("name", LIMITED_FORMATS)
def test_every_value_is_spread_as_ffmpeg_spreads_it(name: str) -> None:
    frame = VideoFrame(256, 4, name)
    luma = np.zeros((4, frame.planes[0].line_size), np.uint8)
    luma[:, :256] = np.arange(256)
    frame.planes[0].update(luma.tobytes())
    for plane in frame.planes[1:]:
        plane.update(bytes([128]) * plane.buffer_size)
    assert frame.to_ndarray(format="gray")[0].tolist() == SPREAD.tolist() == grey_of(frame)[0].tolist()


def test_the_pixels_are_no_longer_the_decoder_s() -> None:
    frame = frame_of("yuvj420p", 64, 32, 1)
    grey = grey_of(frame)
    before = grey.copy()
    frame.planes[0].update(bytes(frame.planes[0].buffer_size))
    assert np.array_equal(grey, before)


@pytest.mark.parametrize(("codec", "pix_fmt"), [("libx264", "yuv420p"), ("mpeg4", "yuv420p"), ("mjpeg", "yuvj420p")])
def test_of_decoded_videos_too(tmp_path: Path, codec: str, pix_fmt: str) -> None:
    path = tmp_path / "clip.mkv"
    with av.open(str(path), "w") as output:
        made = list(pictures(3))
        stream: Any = output.add_stream(codec, rate=10)
        stream.height, stream.width = made[0].shape[:2]
        stream.pix_fmt = pix_fmt
        for picture in made:
            output.mux(stream.encode(VideoFrame.from_ndarray(picture, format="bgr24")))
        output.mux(stream.encode(None))
    with av.open(str(path)) as reader:
        frames = list(reader.decode(video=0))
    assert len(frames) == 3
    assert all(np.array_equal(grey_of(frame), frame.to_ndarray(format="gray")) for frame in frames)
