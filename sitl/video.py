"""The simulated camera's video: H.264 in MPEG-TS over UDP, each frame sent on its own instant."""

from __future__ import annotations

from fractions import Fraction
from types import TracebackType
from typing import Any, Final, Self

import av
import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]

TIME_BASE: Final = Fraction(1, 90_000)
KBIT_PER_S: Final = 5000
KEYFRAME_KBIT: Final = 500
"""Greatest burst: it fits a receiver's socket buffer, and one PES packet that states its length.

A receiver need not wait for the next picture to know that such a packet is whole: one frame less of latency.
"""
PACKET_BYTES: Final = 1316
"""Seven MPEG-TS packets: the usual datagram."""


class VideoSender:
    """Encodes frames and sends each at once. Use it as a context.

    Args:
        address: FFmpeg address or file, for instance `udp://127.0.0.1:5600`.
        fps: nominal frames per second; a keyframe comes each second.
    """

    def __init__(self, address: str, *, width_px: int, height_px: int, fps: float) -> None:
        target = f"{address}?pkt_size={PACKET_BYTES}" if address.startswith("udp:") else address
        options = {"flush_packets": "1", "omit_video_pes_length": "0", "pat_period": "0.4"}
        self._output = av.open(target, "w", format="mpegts", options=options)
        stream = self._output.add_stream("libx264", rate=Fraction(fps).limit_denominator(1000))
        stream.width, stream.height, stream.pix_fmt = width_px, height_px, "yuv420p"
        stream.time_base = stream.codec_context.time_base = TIME_BASE
        stream.codec_context.thread_count = 1
        rate = f"bitrate={KBIT_PER_S}:vbv-maxrate={KBIT_PER_S}:vbv-bufsize={KEYFRAME_KBIT}"
        interval = max(1, round(fps))
        stream.options = {
            "preset": "ultrafast",
            "tune": "zerolatency",
            "x264-params": f"{rate}:keyint={interval}:min-keyint={interval}:scenecut=0:repeat-headers=1:crf=21",
        }
        self._stream = stream

    def send(self, picture: Bytes, *, t_s: float) -> None:
        """Encode and send one picture, uint8 (height, width, 3) BGR, with its time since the stream began."""
        self.mux(self.encoded(picture, t_s=t_s))

    def encoded(self, picture: Bytes, *, t_s: float) -> list[av.Packet[Any]]:
        """Return the packets of one picture, to be sent on their instant by `mux`."""
        frame = av.VideoFrame.from_ndarray(picture, format="bgr24")
        frame.pts, frame.time_base = round(t_s / TIME_BASE), TIME_BASE
        return self._stream.encode(frame)

    def mux(self, packets: list[av.Packet[Any]]) -> None:
        """Send packets now."""
        for packet in packets:
            self._output.mux(packet)

    def __enter__(self) -> Self:
        """Return the sender itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Send what the encoder still holds and close."""
        if kind is None:
            self.mux(self._stream.encode(None))
        self._output.close()
