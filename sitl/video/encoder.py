"""The simulated camera's encoder: pictures in, H.264 access units out, one for one."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Final

import av
import numpy as np
from av.video.codeccontext import VideoCodecContext
from numpy.typing import NDArray

from sitl.video.nal import AccessUnit
from sitl.world.video_plan import VideoPlan

Bytes = NDArray[np.uint8]

TIME_BASE: Final = Fraction(1, 90_000)
KEYFRAME_KBIT: Final = 500
"""Greatest burst: it fits a receiver's socket buffer, and one PES packet that states its length.

A receiver need not wait for the next picture to know that such a packet is whole: one frame less of latency.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamShape:
    """What a stream's pictures are."""

    width_px: int
    height_px: int
    fps: float
    """Nominal; a keyframe comes each second."""


class Encoder:
    """Encodes pictures with no look-ahead: each comes out as soon as it is in."""

    def __init__(self, shape: StreamShape, plan: VideoPlan) -> None:
        codec = av.CodecContext.create("libx264", "w")
        if not isinstance(codec, VideoCodecContext):
            raise TypeError("libx264 is no video codec")
        codec.width, codec.height, codec.pix_fmt = shape.width_px, shape.height_px, "yuv420p"
        codec.time_base, codec.framerate = TIME_BASE, Fraction(shape.fps).limit_denominator(1000)
        codec.thread_count = 1
        rate = f"bitrate={plan.kbit_per_s}:vbv-maxrate={plan.kbit_per_s}:vbv-bufsize={KEYFRAME_KBIT}:crf={plan.crf}"
        interval = max(1, round(shape.fps))
        often = f"keyint={interval}:min-keyint={interval}:scenecut=0:repeat-headers=1"
        codec.options = {"preset": "ultrafast", "tune": "zerolatency", "x264-params": f"{rate}:{often}"}
        self._codec = codec

    def encoded(self, picture: Bytes, *, t_s: float) -> list[AccessUnit]:
        """Return one picture's access unit.

        Args:
            picture: uint8 (height, width, 3) BGR.
            t_s: capture, seconds since the world began.
        """
        frame = av.VideoFrame.from_ndarray(picture, format="bgr24")
        frame.pts, frame.time_base = round(t_s / TIME_BASE), TIME_BASE
        return [
            AccessUnit(data=bytes(packet), stamp=int(packet.pts or 0), is_keyframe=packet.is_keyframe)
            for packet in self._codec.encode(frame)
        ]


def parameter_sets(shape: StreamShape, plan: VideoPlan) -> bytes:
    """Return a stream's first access unit, which brings SPS and PPS: they hang on the shape and not on the picture."""
    black = np.zeros((shape.height_px, shape.width_px, 3), np.uint8)
    return Encoder(shape, plan).encoded(black, t_s=0.0)[0].data
