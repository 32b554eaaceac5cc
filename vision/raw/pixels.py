"""The pixels of a decoded frame: in colour, or its luma alone. Luma is read off its own plane where there is one.

FFmpeg's conversion to grey spreads limited-range luma (16 to 235) over 0 to 255 and leaves full-range luma as it is.
The same by a table is several times quicker, and gives the same bytes.
"""

from __future__ import annotations

from typing import Any, Final

import cv2
import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

Picture = NDArray[np.uint8]

LIMITED_FORMATS: Final = ("yuv420p", "yuv422p", "yuv444p", "nv12")
"""With 8 bits of luma in a plane of its own, of limited range unless the frame says otherwise."""
FULL_FORMATS: Final = ("yuvj420p", "yuvj422p", "yuvj444p")
FULL_RANGE: Final = 2
SPREAD: Final = np.clip((np.arange(256) - 16) * (255 / 219), 0, 255).round().astype(np.uint8)
"""No value lies in the middle between two, so that nobody rounds it another way."""


def colour_of(frame: VideoFrame) -> Picture:
    """Return uint8 (height, width, 3) BGR."""
    return frame.to_ndarray(format="bgr24").astype(np.uint8, copy=False)


def grey_of(frame: VideoFrame) -> Picture:
    """Return uint8 (height, width), black 0 and white 255."""
    name, plane = frame.format.name, frame.planes[0]
    if name not in LIMITED_FORMATS + FULL_FORMATS or plane.line_size < frame.width:
        return frame.to_ndarray(format="gray").astype(np.uint8, copy=False)
    held: Any = plane  # its stubs do not say that it is a buffer
    luma: Picture = np.frombuffer(held, np.uint8).reshape(-1, plane.line_size)[: frame.height, : frame.width]
    if name in FULL_FORMATS or frame.color_range == FULL_RANGE:
        return luma.copy()
    return np.asarray(cv2.LUT(luma, SPREAD), np.uint8)
