"""How often a detector finds a person who stands alone, by size and angle; and from where it finds too few. Pure.

The street-level detector was measured on 260 rendered pictures from 20 to 60 degrees of depression, and on street
video (decision 0035). Seen more steeply its recall falls to a half at 65 degrees and a tenth straight down, so that it
does not observe ground seen so steeply: a figure from there would be a wrong one, and 0 the worst of all. What a second
detector finds there, the manifest of the weights says (decision 0065).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from flightlink.pose import CameraPose

FloatArray = NDArray[np.float64]

STEEPEST_DEG: Final = 60.0
"""Depression from which the street-level detector's people are too few to count."""
HEIGHTS_PX: Final = (20.0, 26.0, 31.0, 40.0)
RECALLS: Final = (0.7, 0.85, 0.94, 0.98)
"""Found people, false alarms included, over people, at these heights in the network's input: between rendered people,
of whom it finds less when they are small, and those of street video. Beyond the last it stays."""
STREET_DEPRESSIONS_DEG: Final = (STEEPEST_DEG, 65.0, 80.0)
STREET_SHARES: Final = (1.0, 0.52, 0.1)
"""Of that recall, at these depressions; less steeply seen it is whole."""
HEIGHT_M: Final = 1.7
DEPTH_M: Final = 0.5
"""What a standing person shows from straight above."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RecallTable:
    """Recall of people alone, in (0, 1]; between its entries linear, beyond them as at the nearest."""

    depressions_deg: tuple[float, ...]
    """Rising, (a,)."""
    heights_px: tuple[float, ...]
    """Of a standing person in the network's input (`span_m`), rising, (h,)."""
    recalls: tuple[tuple[float, ...], ...]
    """(a, h)."""

    def at(self, depression_deg: FloatArray, height_px: FloatArray) -> FloatArray:
        """Return the recall (n,) at depressions (n,) and heights (n,)."""
        rows = np.stack([np.interp(height_px, self.heights_px, row) for row in self.recalls])
        place = np.interp(depression_deg, self.depressions_deg, np.arange(len(self.depressions_deg)))
        lower = np.floor(place).astype(np.int64)
        upper, each = np.minimum(lower + 1, len(rows) - 1), np.arange(len(place))
        mixed = rows[lower, each] + (place - lower) * (rows[upper, each] - rows[lower, each])
        return np.asarray(mixed, np.float64)

    def least_height_px(self, recall: float, *, from_deg: float) -> float:
        """Return the least height of the table from which it says `recall` or more; infinite where it never does.

        Args:
            recall: wanted.
            from_deg: at this depression and every steeper one of the table.
        """
        steep = [from_deg, *(deg for deg in self.depressions_deg if deg > from_deg)]
        for height_px in self.heights_px:
            if (self.at(np.array(steep), np.full(len(steep), height_px)) >= recall).all():
                return height_px
        return float("inf")


STREET_RECALL: Final = RecallTable(
    depressions_deg=STREET_DEPRESSIONS_DEG,
    heights_px=HEIGHTS_PX,
    recalls=tuple(tuple(share * recall for recall in RECALLS) for share in STREET_SHARES),
)


def span_m(depression_rad: FloatArray) -> FloatArray:
    """Return how much of a standing person shows, metres across the line of sight."""
    return np.asarray(HEIGHT_M * np.cos(depression_rad) + DEPTH_M * np.sin(depression_rad), np.float64)


def depressions_deg(pose: CameraPose, east_m: FloatArray, north_m: FloatArray) -> FloatArray:
    """Return how steeply places (n,) of level ground are seen; a place that is NaN lies at the horizon."""
    along_m = np.nan_to_num(np.hypot(east_m, north_m), nan=1e6)
    return np.asarray(np.degrees(np.arctan2(max(pose.alt_agl_m, 0.0), along_m)), np.float64)


def alone_recall(
    pose: CameraPose, east_m: FloatArray, north_m: FloatArray, *, scale: float, table: RecallTable = STREET_RECALL
) -> FloatArray:
    """Return the recall (n,) of people alone at places from the camera's foot.

    Args:
        pose: The camera, with the intrinsics of the picture that was looked at.
        east_m: (n,) in the camera's local tangent plane; NaN for none.
        north_m: (n,).
        scale: Of the network's input to that picture.
        table: Of the network.
    """
    depression_deg = depressions_deg(pose, east_m, north_m)
    slant_m = np.hypot(np.nan_to_num(np.hypot(east_m, north_m), nan=1e6), pose.alt_agl_m)
    focal_px = scale * min(pose.intrinsics.fx_px, pose.intrinsics.fy_px)
    return table.at(depression_deg, focal_px * span_m(np.radians(depression_deg)) / slant_m)
