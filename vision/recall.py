"""How often the street-level detector finds a person who stands alone, by size; and from where it finds none. Pure.

Measured on 260 rendered pictures from 20 to 60 degrees of depression, and on street video (decision 0035). Seen more
steeply recall falls to a half at 65 degrees and a tenth straight down, so that ground seen so steeply is not observed:
a figure from there would be a wrong one, and 0 the worst of all.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from flightlink.pose import CameraPose

FloatArray = NDArray[np.float64]

STEEPEST_DEG: Final = 60.0
"""Depression from which the detector's people are too few to count."""
HEIGHTS_PX: Final = (20.0, 26.0, 31.0, 40.0)
RECALLS: Final = (0.7, 0.85, 0.94, 0.98)
"""Found people, false alarms included, over people, at these heights in the network's input: between rendered people,
of whom it finds less when they are small, and those of street video. Beyond the last it stays."""
HEIGHT_M: Final = 1.7
DEPTH_M: Final = 0.5
"""What a standing person shows from straight above."""


def alone_recall(pose: CameraPose, east_m: FloatArray, north_m: FloatArray, *, scale: float) -> FloatArray:
    """Return the recall (n,) of people alone at places from the camera's foot.

    Args:
        pose: The camera, with the intrinsics of the picture that was looked at.
        east_m: (n,) in the camera's local tangent plane; NaN for none.
        north_m: (n,).
        scale: Of the network's input to that picture.
    """
    along_m = np.nan_to_num(np.hypot(east_m, north_m), nan=1e6)
    slant_m = np.hypot(along_m, pose.alt_agl_m)
    span_m = (HEIGHT_M * along_m + DEPTH_M * max(pose.alt_agl_m, 0.0)) / slant_m
    height_px = scale * min(pose.intrinsics.fx_px, pose.intrinsics.fy_px) * span_m / slant_m
    return np.asarray(np.interp(height_px, HEIGHTS_PX, RECALLS), np.float64)
