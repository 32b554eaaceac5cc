"""A camera on paper: plays a clip's pictures at its pace with the time of now drawn into each, and sends them as H.264.

python -m proofs.web.clock_camera CLIP udp://127.0.0.1:PORT --fps 25

The clock is drawn before the picture is encoded, as late as that can be: what a camera's encoder takes is counted.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from fractions import Fraction
from itertools import count
from pathlib import Path
from typing import Any, Final

import av
import numpy as np
from numpy.typing import NDArray

from proofs.web.clock import draw, take_colour_off

DATAGRAM: Final = "pkt_size=1316"
KEPT: Final = 80
"""Pictures of the clip, played to and fro."""
LIKE_A_CAMERA: Final = {"preset": "ultrafast", "tune": "zerolatency", "crf": "23"}


def pictures_in(clip: Path) -> list[NDArray[np.uint8]]:
    """Return the first pictures of a clip as planes of YUV 4:2:0, uint8 (height * 3 / 2, width), grey below the clock.

    Raises:
        av.FFmpegError: it cannot be decoded.
    """
    with av.open(str(clip)) as reader:
        frames = zip(reader.decode(video=0), range(KEPT), strict=False)
        pictures = [frame.to_ndarray(format="yuv420p").astype(np.uint8) for frame, _ in frames]
    for picture in pictures:
        height_px, width_px = picture.shape[0] * 2 // 3, picture.shape[1]
        for chroma in picture[height_px:].reshape(2, height_px // 2, width_px // 2):
            take_colour_off(chroma)
    return pictures


def stamped_pictures(clip: Path, fps: int) -> Iterator[av.VideoFrame]:
    """Yield pictures for ever, each when it is due, with the time of that instant in it."""
    pictures = pictures_in(clip)
    height_px = pictures[0].shape[0] * 2 // 3
    there_and_back = [*pictures, *pictures[-2:0:-1]]
    began_s = time.monotonic()
    for number in count():
        picture = there_and_back[number % len(there_and_back)].copy()
        time.sleep(max(0.0, began_s + number / fps - time.monotonic()))
        draw(picture[:height_px], time.time_ns() // 1_000_000)
        frame = av.VideoFrame.from_ndarray(picture, format="yuv420p")
        frame.pts, frame.time_base = number, Fraction(1, fps)
        yield frame


def encoder(sink: Any, fps: int, frame: av.VideoFrame) -> Any:
    """Return a stream of a container that encodes as a camera does."""
    stream = sink.add_stream("libx264", rate=fps, options={**LIKE_A_CAMERA, "g": str(fps)})
    stream.width, stream.height, stream.pix_fmt = frame.width, frame.height, "yuv420p"
    return stream


def send_forever(clip: Path, address: str, fps: int) -> None:
    """Send until somebody ends this process.

    Raises:
        av.FFmpegError: the clip cannot be read, or the address not be reached.
    """
    frames = stamped_pictures(clip, fps)
    first = next(frames)
    with av.open(f"{address}?{DATAGRAM}", "w", format="mpegts", options={"flush_packets": "1"}) as sink:
        stream = encoder(sink, fps, first)
        sink.mux(stream.encode(first))
        for frame in frames:
            sink.mux(stream.encode(frame))


def main() -> int:
    """Send for ever."""
    parser = argparse.ArgumentParser(prog="python -m proofs.web.clock_camera", description="a camera with a clock")
    parser.add_argument("clip", type=Path)
    parser.add_argument("address")
    parser.add_argument("--fps", type=int, required=True)
    asked = parser.parse_args()
    send_forever(asked.clip, asked.address, asked.fps)
    return 0


if __name__ == "__main__":
    sys.exit(main())
