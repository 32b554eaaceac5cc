"""Pixels that a user names: inside the picture, or an error."""

from __future__ import annotations

from flightlink.pose import Intrinsics
from groundstation.errors import BadInputError
from maps.request import EDGE_PX


def refuse_outside(name: str, lens: Intrinsics, pixel: tuple[float, float]) -> None:
    """Raise for a pixel that lies outside the picture, or is none.

    Raises:
        BadInputError: as it says.
    """
    for value_px, size_px in zip(pixel, (lens.width_px, lens.height_px), strict=True):
        if not -EDGE_PX <= value_px <= size_px - 1 + EDGE_PX:
            size = f"{lens.width_px} x {lens.height_px} px"
            raise BadInputError(f"{name}: pixel {pixel[0]:g},{pixel[1]:g} lies outside the picture of {size}")
