"""Clips made for the tests: an even grey scene, moving rectangles, and a rendered person who walks."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Final

import av
import cv2
import numpy as np
from av.video.stream import VideoStream

from sitl.picture.sprite_set import SpriteSet
from tests.vision.scene import Picture

FPS: Final = 10
WIDTH_PX, HEIGHT_PX = 480, 360
PERSON_PX: Final = 90


def person() -> Picture:
    """Return one rendered person, BGRA with premultiplied alpha, `PERSON_PX` high."""
    sprites = SpriteSet()
    cut = sprites.pixels(sprites.sprite_of(figure=0, phase=0, azimuth_deg=0, depression_deg=20), 0)
    size = (round(cut.shape[1] * PERSON_PX / cut.shape[0]), PERSON_PX)
    return np.asarray(cv2.resize(cut, size, interpolation=cv2.INTER_AREA), np.uint8)


def pictures(count: int, *, width_px: int = WIDTH_PX, height_px: int = HEIGHT_PX) -> Iterator[Picture]:
    """Yield BGR pictures: a wall with a grain, two rectangles that move, and a person who walks to the right."""
    grain = np.random.default_rng(1).integers(110, 150, (height_px, width_px, 1), np.uint8)
    body = person().astype(np.int32)
    for index in range(count):
        picture = np.repeat(grain, 3, axis=2)
        cv2.rectangle(picture, (20 + 4 * index, 20), (60 + 4 * index, 50), (40, 60, 200), cv2.FILLED)
        cv2.rectangle(
            picture, (width_px - 90, 30 + 2 * index), (width_px - 60, 70 + 2 * index), (200, 80, 40), cv2.FILLED
        )
        top, left = height_px // 2, width_px // 3 + 3 * index
        part = picture[top : top + body.shape[0], left : left + body.shape[1]]
        visible = body[: part.shape[0], : part.shape[1]]
        part[...] = part * (255 - visible[..., 3:]) // 255 + visible[..., :3]
        yield picture


def written(path: Path, frames: Iterator[Picture], *, codec: str = "libx264", fps: int = FPS) -> Path:
    """Write a clip; the name's ending says in which container."""
    with av.open(str(path), "w") as container:
        stream: VideoStream | None = None
        for picture in frames:
            if stream is None:
                stream = video_stream(container, codec, fps, picture.shape[1], picture.shape[0])
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
        assert stream is not None
        container.mux(stream.encode(None))
    return path


def video_stream(
    container: av.container.OutputContainer, codec: str, fps: int, width_px: int, height_px: int
) -> VideoStream:
    stream = container.add_stream(codec, rate=fps)
    assert isinstance(stream, VideoStream)
    stream.width, stream.height, stream.pix_fmt = width_px, height_px, "yuv420p"
    stream.codec_context.gop_size = fps
    if codec == "libx264":
        stream.codec_context.options = {"preset": "ultrafast", "tune": "zerolatency"}
    return stream


def decoded(data: bytes) -> list[Picture]:
    """Return the pictures of a fragmented MP4 as RGB."""
    with av.open(BytesIO(data), "r") as container:
        return [frame.to_ndarray(format="rgb24").astype(np.uint8) for frame in container.decode(video=0)]
