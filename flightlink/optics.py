"""`Optics`: what is known of a camera beside its video, and its lens at the field of view that this tells. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from flightlink.pose import Intrinsics, PoseRefusal, PoseSigma

DEFAULT_PICTURE_PX: Final = (1920, 1080)
"""Of a recording that tells only its fields of view: pixels then count in a picture of this size."""
ZOOM_SHARE: Final = 0.05
"""A field of view that differs by more from the camera file's is another zoom."""
_FOV_DEG: Final = (0.05, 175.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Optics:
    """What is known of the camera beside its video."""

    picture_px: tuple[int, int] = DEFAULT_PICTURE_PX
    """Width and height of the picture that the fields of view cover."""
    calibrated: Intrinsics | None = None
    """Of the camera file; hold as long as the video's field of view agrees with them."""
    sigma: PoseSigma | None = None
    """As the camera file states it; None leaves it to the source of the pose."""
    may_zoom: bool = True
    """Whether another field of view than the camera file's is taken as another zoom, or refused."""


def lens_at(optics: Optics, *, hfov_deg: float | None, vfov_deg: float | None = None) -> Intrinsics | PoseRefusal:
    """Return the camera file's optics as long as the field of view agrees, else a centred pinhole of it.

    Causes: `no_intrinsics`, `fov_unlike_camera_file`.
    """
    file = optics.calibrated
    if file is not None and (
        hfov_deg is None or abs(_focal_px(file.width_px, hfov_deg) / file.fx_px - 1) <= ZOOM_SHARE
    ):
        return file
    if file is not None and not optics.may_zoom:
        detail = f"the video tells a field of view of {hfov_deg:.2f} deg, the camera file another; mend the file"
        return PoseRefusal(cause="fov_unlike_camera_file", detail=detail)
    if hfov_deg is None or not _is_field_of_view(hfov_deg):
        return PoseRefusal(cause="no_intrinsics", detail="the video tells no field of view; give a camera file")
    width_px, height_px = optics.picture_px if file is None else (file.width_px, file.height_px)
    fx_px = _focal_px(width_px, hfov_deg)
    is_told = vfov_deg is not None and _is_field_of_view(vfov_deg)
    return Intrinsics(
        width_px=width_px,
        height_px=height_px,
        fx_px=fx_px,
        fy_px=_focal_px(height_px, vfov_deg) if is_told and vfov_deg is not None else fx_px,
        cx_px=(width_px - 1) / 2,
        cy_px=(height_px - 1) / 2,
    )


def _is_field_of_view(fov_deg: float) -> bool:
    return _FOV_DEG[0] <= fov_deg <= _FOV_DEG[1]


def _focal_px(size_px: int, fov_deg: float) -> float:
    return size_px / 2 / math.tan(math.radians(min(max(fov_deg, _FOV_DEG[0]), _FOV_DEG[1])) / 2)
