"""Decodes a video into BGR pictures and encodes them again, nothing else: the floor below `redact`.

python -m groundstation.benchmarks.floor IN OUT.mp4

The same loop, with `--size`, makes the larger clips of the benchmark. It writes clear pictures: for recordings that are
public already, never for a flight.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Final

import av
from av.container import InputContainer
from av.video.frame import VideoFrame

Size = tuple[int, int]

BAD_INPUT: Final = 2
FALLBACK_FPS: Final = Fraction(25)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recoding:
    """How a video is encoded again."""

    size: Size | None = None
    """Width and height in px; None keeps the source's."""
    frames: int | None = None
    """Only the first so many; None takes all."""
    fps: int | None = None
    """None keeps the source's rate; another one plays the same frames faster or slower."""
    preset: str = "ultrafast"
    crf: int = 27


def recoded(source: Path, out: Path, recoding: Recoding) -> int:
    """Encode a video again as H.264 and return the number of its frames.

    Raises:
        av.FFmpegError: the source cannot be decoded, or `out` not be written.
    """
    with av.open(str(source)) as reader, av.open(str(out), "w") as writer:
        rate = recoding.fps or reader.streams.video[0].average_rate or FALLBACK_FPS
        options = {"preset": recoding.preset, "crf": str(recoding.crf)}
        stream = writer.add_stream("libx264", rate=rate, options=options)
        stream.width, stream.height = recoding.size or _even_size(reader)
        stream.pix_fmt = "yuv420p"
        number = -1
        for number, frame in enumerate(islice(_frames(reader, recoding.size), recoding.frames)):
            picture = VideoFrame.from_ndarray(frame.to_ndarray(format="bgr24"), format="bgr24")
            picture.pts, picture.time_base = number, Fraction(1) / rate
            writer.mux(stream.encode(picture))
        writer.mux(stream.encode(None))
    return number + 1


def _frames(reader: InputContainer, size: Size | None) -> Iterator[VideoFrame]:
    reader.streams.video[0].thread_type = "AUTO"
    for frame in reader.decode(video=0):
        yield frame if size is None else frame.reformat(width=size[0], height=size[1], interpolation="BICUBIC")


def _even_size(reader: InputContainer) -> Size:
    """Return the source's size without an odd last column or row, which H.264 cannot hold."""
    codec = reader.streams.video[0].codec_context
    return codec.width - codec.width % 2, codec.height - codec.height % 2


def _size(text: str) -> Size:
    width, _, height = text.partition("x")
    if not (width.isdigit() and height.isdigit()):
        raise argparse.ArgumentTypeError(f"{text!r} is no WIDTHxHEIGHT")
    return int(width), int(height)


def main() -> int:
    """Encode one video again and print its frames and CPU seconds; 2 where it cannot be read."""
    parser = argparse.ArgumentParser(prog="python -m groundstation.benchmarks.floor", description=__doc__)
    parser.add_argument("source", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--size", type=_size, help="WIDTHxHEIGHT")
    parser.add_argument("--frames", type=int)
    parser.add_argument("--fps", type=int)
    parser.add_argument("--preset", default="ultrafast", help="of x264")
    parser.add_argument("--crf", type=int, default=27)
    asked = parser.parse_args()
    recoding = Recoding(size=asked.size, frames=asked.frames, fps=asked.fps, preset=asked.preset, crf=asked.crf)
    began_s = time.process_time()
    try:
        frames = recoded(asked.source, asked.out, recoding)
    except (av.FFmpegError, IndexError) as error:
        sys.stderr.write(f"floor: {asked.source}: is no video that can be decoded ({error})\n")
        return BAD_INPUT
    sys.stdout.write(json.dumps({"frames": frames, "cpu_s": time.process_time() - began_s}) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
