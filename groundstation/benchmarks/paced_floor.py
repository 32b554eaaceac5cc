"""Decodes and encodes a video at its own pace, nothing else: the floor below `latency`.

python -m groundstation.benchmarks.paced_floor IN

It prints one JSON object: milliseconds, frame by frame, from when a frame is due until it is encoded, and of those what
decoding took.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any, Final

import av
from av.video.frame import VideoFrame

from groundstation.benchmarks.floor import BAD_INPUT, FALLBACK_FPS

OPTIONS: Final = {"preset": "ultrafast", "tune": "zerolatency", "crf": "27", "threads": "1"}
"""As the station encodes."""


def paced(source: Path) -> dict[str, list[float]]:
    """Return for each frame the time from when it is due to its encoded bytes, and that of decoding, in ms.

    Raises:
        av.FFmpegError: the source cannot be decoded.
        IndexError: it holds no video.
    """
    lasted_ms: list[float] = []
    decoding_ms: list[float] = []
    with av.open(str(source)) as reader, av.open("/dev/null", "w", format="null") as sink:
        video = reader.streams.video[0]
        video.thread_type = "SLICE"
        rate = video.average_rate or FALLBACK_FPS
        stream: Any = sink.add_stream("libx264", rate=rate, options=dict(OPTIONS))
        stream.width, stream.height, stream.pix_fmt = video.width, video.height, "yuv420p"
        began_s = time.perf_counter()
        for number, packet in enumerate(reader.demux(video)):
            due_s = began_s + number / float(rate)
            time.sleep(max(0.0, due_s - time.perf_counter()))
            due_s = time.perf_counter()
            for frame in packet.decode():
                decoded_s = time.perf_counter()
                stream.encode(_again(frame))
                lasted_ms.append(1e3 * (time.perf_counter() - due_s))
                decoding_ms.append(1e3 * (decoded_s - due_s))
    return {"lasted_ms": lasted_ms, "decoding_ms": decoding_ms}


def _again(frame: VideoFrame) -> VideoFrame:
    picture = VideoFrame.from_ndarray(frame.to_ndarray(format="bgr24"), format="bgr24")
    picture.pts, picture.time_base = frame.pts, frame.time_base
    return picture


def main() -> int:
    """Measure one video; 2 where it cannot be read."""
    parser = argparse.ArgumentParser(prog="python -m groundstation.benchmarks.paced_floor", description=__doc__)
    parser.add_argument("source", type=Path)
    asked = parser.parse_args()
    try:
        figures = paced(asked.source)
    except (av.FFmpegError, IndexError) as error:
        sys.stderr.write(f"paced_floor: {asked.source}: is no video that can be decoded ({error})\n")
        return BAD_INPUT
    sys.stdout.write(json.dumps(figures) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
