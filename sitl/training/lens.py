"""What lens, shutter and codec do to training pictures: small blurs of random strength. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import av
import cv2
import numpy as np
from av.video.codeccontext import VideoCodecContext
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lens:
    """Blurs of one picture, and how hard it is compressed."""

    softness_px: float
    motion_px: float
    motion_deg: float
    jpeg_quality: int
    sharpened: float = 0.0
    """As cameras do: so much of what a small blur takes away is added."""
    contrast: float = 1.0
    saturation: float = 1.0
    video_crf: int | None = None
    """Of H.264, where the picture was in a video; None where it was not."""


def lens_from(rng: np.random.Generator, *, is_dark: bool) -> Lens:
    """Draw a lens; in the dark the shutter stays open longer."""
    longest_px = 3.0 if is_dark else 2.0
    return Lens(
        softness_px=float(rng.uniform(0.2, 1.0)),
        motion_px=float(longest_px * rng.random() ** 3),
        motion_deg=float(rng.uniform(0, 180)),
        jpeg_quality=int(rng.integers(55, 96)),
        sharpened=float(rng.choice([0.0, 1.0]) * rng.uniform(0.2, 1.3)),
        contrast=float(np.exp(rng.normal(0.03, 0.09))),
        saturation=float(np.exp(rng.normal(0.02, 0.16))),
        video_crf=int(rng.integers(18, 34)) if rng.random() < 0.4 else None,
    )


def developed(lens: Lens, picture: Bytes) -> Bytes:
    """Return a picture (h, w, 3) as the camera's own development, sharpening and video coding leave it."""
    out = _toned(lens, picture)
    if lens.sharpened:
        soft = cv2.GaussianBlur(out, (0, 0), 1.0)
        out = np.asarray(cv2.addWeighted(out, 1 + lens.sharpened, soft, -lens.sharpened, 0), np.uint8)
    return out if lens.video_crf is None else coded(out, lens.video_crf)


def _toned(lens: Lens, picture: Bytes) -> Bytes:
    if lens.contrast == lens.saturation == 1.0:
        return picture
    steps = (np.arange(256) - 118.0) * lens.contrast + 118
    firm = cv2.LUT(picture, np.clip(steps, 0, 255).round().astype(np.uint8))
    grey = cv2.cvtColor(cv2.cvtColor(firm, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
    return np.asarray(cv2.addWeighted(firm, lens.saturation, grey, 1 - lens.saturation, 0), np.uint8)


def coded(picture: Bytes, crf: int) -> Bytes:
    """Return a picture (h, w, 3) that went through H.264 at a constant rate factor; odd sides leave it as it is."""
    height, width = picture.shape[:2]
    if height % 2 or width % 2:
        return picture
    encoder = av.CodecContext.create("libx264", "w")
    decoder = av.CodecContext.create("h264", "r")
    if not isinstance(encoder, VideoCodecContext) or not isinstance(decoder, VideoCodecContext):
        raise TypeError("libx264 is no video codec")
    encoder.width, encoder.height, encoder.pix_fmt, encoder.time_base = width, height, "yuv420p", Fraction(1, 25)
    encoder.options = {"preset": "veryfast", "crf": str(crf), "threads": "1", "tune": "zerolatency"}
    frame = av.VideoFrame.from_ndarray(picture, format="bgr24").reformat(format="yuv420p")
    packets = [*encoder.encode(frame), *encoder.encode(None)]
    frames = [shown for packet in [*packets, None] for shown in decoder.decode(packet)]
    return np.asarray(frames[0].to_ndarray(format="bgr24"), np.uint8)


def through(lens: Lens, picture: Bytes) -> Bytes:
    """Return a picture (h, w, 3) as the lens lets it through."""
    soft = cv2.GaussianBlur(picture, (0, 0), lens.softness_px) if lens.softness_px > 0.3 else picture
    if lens.motion_px < 0.5:
        return np.asarray(soft, np.uint8)
    return np.asarray(cv2.filter2D(soft, -1, motion_kernel(lens.motion_px, lens.motion_deg)), np.uint8)


def motion_kernel(length_px: float, angle_deg: float) -> NDArray[np.float32]:
    """Return a kernel (n, n) of sum 1 that smears along a direction, about its middle."""
    reach = int(np.ceil(length_px / 2)) + 1
    kernel = np.zeros((2 * reach + 1, 2 * reach + 1), np.float32)
    angle = np.radians(angle_deg)
    for along in np.linspace(-length_px / 2, length_px / 2, 25):
        x, y = reach + along * np.cos(angle), reach + along * np.sin(angle)
        column, row = int(x), int(y)
        right, down = x - column, y - row
        kernel[row : row + 2, column : column + 2] += np.outer([1 - down, down], [1 - right, right])
    return np.asarray(kernel / kernel.sum(), np.float32)
