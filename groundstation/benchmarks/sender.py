"""Sends a video's own packets as MPEG-TS over UDP, at their pace and again from the beginning, until it is ended.

python -m groundstation.benchmarks.sender VIDEO udp://127.0.0.1:PORT
"""

from __future__ import annotations

import sys
import time
from fractions import Fraction
from itertools import count
from pathlib import Path
from typing import Any, Final

import av

DATAGRAM: Final = "pkt_size=1316"


def send_forever(video: Path, address: str) -> None:
    """Send until somebody ends this process; nothing is decoded.

    Raises:
        av.FFmpegError: the video cannot be read, or the address not be reached.
    """
    with av.open(f"{address}?{DATAGRAM}", "w", format="mpegts") as sink:
        stream: Any = None
        began_s, lasts_s = time.monotonic(), 0.0
        for turn in count():
            with av.open(str(video)) as reader:
                source = reader.streams.video[0]
                stream = stream or sink.add_stream_from_template(source)
                lasts_s = lasts_s or source.frames / float(source.average_rate or 25)
                _send(reader, source, sink, stream, began_s, turn * lasts_s)


def _send(reader: Any, source: Any, sink: Any, stream: Any, began_s: float, after_s: float) -> None:
    """Send one turn, each packet when it is due, its stamps moved on by the turns before it."""
    base: Fraction = source.time_base
    for packet in reader.demux(source):
        if packet.dts is None:
            continue
        moved = round(after_s / base)
        packet.pts, packet.dts, packet.stream = packet.pts + moved, packet.dts + moved, stream
        time.sleep(max(0.0, began_s + float(packet.dts * base) - time.monotonic()))
        sink.mux(packet)


if __name__ == "__main__":
    send_forever(Path(sys.argv[1]), sys.argv[2])
