"""`CappedFrame`: a picture in which nothing is finer than the cap. It never leaves the sealed process."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from flightlink.pose import CameraPose
from maps.terrain.grid import TerrainGrid
from vision.scale import DensityBound


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class CappedFrame:
    """One picture after the cap, made by `vision.raw.cap` alone."""

    pixels: NDArray[np.uint8]
    """uint8 (height, width) luma or (height, width, 3) BGR, at the working size: the source's or smaller."""
    index: int
    utc_ns: int
    """Capture time."""
    pose: CameraPose | None
    """The camera at that instant, with intrinsics of the working size; None where there is none."""
    bound: DensityBound | None
    """px/m of the optics over the working picture, before the cap; None without a pose."""
    cap_px_per_m: float | None
    """Nothing finer than this survives in `pixels`; None without a pose."""
    unbounded: NDArray[np.uint8] | None
    """uint8 (height, width), 255 where no bound is known; None where all is bounded."""
    refusal: str
    """Why there is no pose; empty with one."""
    refusal_closes: bool
    """Whether a frame without a pose is closed; False for closed local files, which pass without a bound."""
    source_width_px: int
    source_height_px: int
    terrain: TerrainGrid | None = None
    """The ground, in whose datum the pose's heights are then; None for a plane at the pose's `ground_alt_m`."""

    def __post_init__(self) -> None:
        """Refuse an array that is no picture."""
        if self.pixels.dtype != np.uint8 or self.pixels.ndim not in (2, 3):
            raise ValueError(
                f"a capped frame is uint8 (height, width[, 3]), not {self.pixels.dtype} {self.pixels.shape}"
            )

    @property
    def width_px(self) -> int:
        """Width of the working picture."""
        return int(self.pixels.shape[1])

    @property
    def height_px(self) -> int:
        """Height of the working picture."""
        return int(self.pixels.shape[0])

    def __repr__(self) -> str:
        """Show everything but the picture."""
        return f"CappedFrame(#{self.index}, {self.width_px} x {self.height_px}, cap {self.cap_px_per_m} px/m)"

    def __reduce__(self) -> NoReturn:
        """Refuse to be pickled or copied."""
        raise TypeError("a capped frame cannot be serialised")

    def __array__(self, *_: Any, **__: Any) -> NoReturn:
        """Refuse to become an array behind the gate's back."""
        raise TypeError("a capped frame is no array")
