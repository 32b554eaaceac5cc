"""One line of `groundstation georeference`: a pose and a pixel as JSON in, a ground point or an error as JSON out.

Errors are values: every line gets an answer, and a line that cannot be answered never gets a point.
"""

from __future__ import annotations

import json
import math
from typing import Any, Final

import numpy as np

from flightlink.errors import PoseInvalidError
from flightlink.pose import CONSUMER_GIMBAL, NO_DISTORTION, CameraPose, Intrinsics, PoseSigma
from maps.georeference import DEFAULT_LIMIT_M, GroundCause, GroundPoints, ground_from_image

POSE_FIELDS: Final = ("lat_deg", "lon_deg", "alt_m", "ground_alt_m", "yaw_deg", "pitch_deg", "roll_deg")
FOCAL_FIELDS: Final = ("fx_px", "fy_px", "cx_px", "cy_px")
SIGMA_FIELDS: Final = ("horizontal_m", "vertical_m", "yaw_deg", "pitch_deg", "roll_deg")
EDGE_PX: Final = 1.0
"""A pixel may lie this far outside the picture, for callers who count edges instead of centres."""


class _RequestError(ValueError):
    """What is wrong with a line; its text becomes the answer's detail."""


def answer_from_line(line: str) -> dict[str, Any]:
    """Return the answer to one line: a point with its `ce90_m`, or `error` and `detail`.

    A line without `sigma` is answered with the error of a consumer drone that reports its gimbal.
    """
    try:
        request = json.loads(line)
    except (ValueError, RecursionError) as error:
        return _refusal(None, f"the line is not JSON: {error}")
    if not isinstance(request, dict):
        return _refusal(None, f"the line holds a {type(request).__name__}, it must be a JSON object")
    try:
        pose, u_px, v_px = _pose_and_pixel(request)
    except (_RequestError, PoseInvalidError) as error:
        return _refusal(request.get("id"), str(error))
    points = ground_from_image(pose, np.array([u_px]), np.array([v_px]))
    return {"id": request.get("id"), **_answer(points)}


def _refusal(identity: object, detail: str) -> dict[str, Any]:
    return {"id": identity, "error": "invalid", "detail": detail}


def _pose_and_pixel(request: dict[str, Any]) -> tuple[CameraPose, float, float]:
    if request.get("dem") is not None:
        raise _RequestError("dem: terrain models are not supported yet; leave the field out for flat ground")
    pose = CameraPose(
        utc_ns=0,
        intrinsics=_intrinsics(request),
        sigma=_sigma(request.get("sigma")),
        **{name: _number(request, name) for name in POSE_FIELDS},
    )
    if pose.alt_agl_m <= 0:
        raise _RequestError(f"alt_m {pose.alt_m} is not above ground_alt_m {pose.ground_alt_m}; both need one datum")
    u_px = _inside(_number(request, "u_px"), "u_px", pose.intrinsics.width_px)
    return pose, u_px, _inside(_number(request, "v_px"), "v_px", pose.intrinsics.height_px)


def _number(part: dict[str, Any], name: str) -> float:
    """Return a field as a finite number; JSON's booleans and strings are none."""
    if name not in part:
        raise _RequestError(f"{name} is missing")
    value = part[name]
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _RequestError(f"{name} is {json.dumps(value)[:40]}, it must be a number")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise _RequestError(f"{name} is not finite")
    return number


def _inside(value_px: float, name: str, size_px: int) -> float:
    if not -EDGE_PX <= value_px <= size_px - 1 + EDGE_PX:
        raise _RequestError(f"{name} {value_px} lies outside the picture, it must be within 0 and {size_px - 1}")
    return value_px


def _intrinsics(request: dict[str, Any]) -> Intrinsics:
    width, height = _number(request, "width_px"), _number(request, "height_px")
    if width != int(width) or height != int(height):
        raise _RequestError(f"width_px {width} and height_px {height} must be whole numbers")
    return Intrinsics(
        width_px=int(width),
        height_px=int(height),
        distortion=_distortion(request.get("distortion")),
        **{name: _number(request, name) for name in FOCAL_FIELDS},
    )


def _distortion(values: object) -> tuple[float, float, float, float, float]:
    if values is None:
        return NO_DISTORTION
    if not isinstance(values, list) or len(values) != 5:
        raise _RequestError("distortion must be a list of 5 numbers: k1, k2, p1, p2, k3")
    named = {f"distortion[{index}]": value for index, value in enumerate(values)}
    k1, k2, p1, p2, k3 = (_number(named, name) for name in named)
    return k1, k2, p1, p2, k3


def _sigma(part: object) -> PoseSigma:
    if part is None:
        return CONSUMER_GIMBAL
    if not isinstance(part, dict):
        raise _RequestError(f"sigma must be an object with {', '.join(SIGMA_FIELDS)}")
    named = {f"sigma.{name}": value for name, value in part.items()}
    return PoseSigma(**{name: _number(named, f"sigma.{name}") for name in SIGMA_FIELDS})


def _answer(points: GroundPoints) -> dict[str, Any]:
    cause = GroundCause(int(points.cause[0]))
    if cause is GroundCause.OK:
        return {
            "lat_deg": round(float(points.lat_deg[0]), 10),
            "lon_deg": round(float(points.lon_deg[0]), 10),
            "slant_range_m": round(float(points.slant_range_m[0]), 4),
            "ce90_m": round(float(points.ce90_m[0]), 4),
        }
    return {"error": cause.name.lower(), "detail": _detail(cause, float(points.ce90_m[0]))}


def _detail(cause: GroundCause, ce90_m: float) -> str:
    if cause is GroundCause.ABOVE_HORIZON:
        return "the ray through this pixel does not go down; it never meets the ground"
    if cause is GroundCause.BEYOND_LIMIT:
        stated = f"{ce90_m:.1f} m" if math.isfinite(ce90_m) else "without bound"
        return f"ce90 is {stated}, over the limit of {DEFAULT_LIMIT_M:.0f} m; look more steeply or give a smaller sigma"
    return "no ray belongs to this pixel: the distortion folds over before it; check the camera's distortion"
