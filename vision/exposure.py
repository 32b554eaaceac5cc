"""Does the picture show anything, and anything new? Of one that is black, blown out or frozen nobody may be counted.

The map then goes stale, which officers see, instead of empty or for ever full, which they would believe.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from vision.capped import CappedFrame

BLACK: Final = "picture_black"
OVEREXPOSED: Final = "picture_overexposed"
FROZEN: Final = "picture_frozen"

STEP_PX: Final = 4
"""Every so many pixels one is asked, each way."""
DARK, BRIGHT = 16, 246
"""Luma, of 0 to 255: below, and above, nothing can be told apart."""
DARK_SHARE: Final = 0.98
BRIGHT_SHARE: Final = 0.7
SAME_LEVELS: Final = 0.02
"""Mean difference up to which two pictures are one: hardly coded noise of a sensor is ten times as much."""
FROZEN_NS: Final = 10_000_000_000
"""Longer than from a key frame to the next: between them a coder may skip a still square altogether."""


class ExposureWatch:
    """Asked of each picture that is to be counted, in order of time; remembers a sample of the last that was new."""

    def __init__(self) -> None:
        self._last: NDArray[np.int16] | None = None
        self._since_ns = 0

    def doubt(self, frame: CappedFrame) -> str:
        """Return why nobody can be counted in a picture, empty for no reason."""
        sample = sample_of(frame.pixels)
        return exposure_doubt(sample) or self._frozen(sample, frame.utc_ns)

    def _frozen(self, sample: NDArray[np.int16], utc_ns: int) -> str:
        last = self._last
        if last is None or last.shape != sample.shape or np.abs(sample - last).mean() > SAME_LEVELS:
            self._last, self._since_ns = sample, utc_ns
        return FROZEN if utc_ns - self._since_ns >= FROZEN_NS else ""


def sample_of(pixels: NDArray[np.uint8]) -> NDArray[np.int16]:
    """Return the luma of every `STEP_PX`-th pixel, (h, w), of uint8 (h, w) or BGR (h, w, 3)."""
    some = pixels[::STEP_PX, ::STEP_PX].astype(np.int16)
    return some if some.ndim == 2 else (some @ np.array([29, 150, 77], np.int32) >> 8).astype(np.int16)


def exposure_doubt(sample: NDArray[np.int16]) -> str:
    """Return whether a picture is black or blown out, by its luma; empty for neither."""
    if (sample <= DARK).mean() >= DARK_SHARE:
        return BLACK
    return OVEREXPOSED if (sample >= BRIGHT).mean() >= BRIGHT_SHARE else ""
