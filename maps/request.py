"""One line of `groundstation georeference`: a pose and a pixel as JSON in, a ground point or an error as JSON out.

Errors are values: every line gets an answer, and a line that cannot be answered never gets a point.
"""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from flightlink.errors import PoseInvalidError
from flightlink.pose import NO_DISTORTION, UNSTATED, CameraPose, HeightDatum, Intrinsics, PoseRefusal, PoseSigma
from flightlink.spelling import misspelt
from maps.errors import NoTerrainError, TerrainError
from maps.georeference import DEFAULT_LIMIT_M, GroundCause, GroundPoints, ground_from_image
from maps.terrain.files import TerrainFiles
from maps.terrain.grid import TerrainGrid
from maps.terrain.heights import pose_on_terrain

POSE_FIELDS: Final = ("lat_deg", "lon_deg", "alt_m", "ground_alt_m", "yaw_deg", "pitch_deg", "roll_deg")
FOCAL_FIELDS: Final = ("fx_px", "fy_px", "cx_px", "cy_px")
SIGMA_FIELDS: Final = ("horizontal_m", "vertical_m", "yaw_deg", "pitch_deg", "roll_deg")
FIELDS: Final = (
    *POSE_FIELDS, *FOCAL_FIELDS, "id", "width_px", "height_px", "u_px", "v_px", "distortion", "dem", "sigma",
    "height_datum", "home_lat_deg", "home_lon_deg", "geoid_m",
)  # fmt: skip
"""Others are ignored, but for those that look like one of these that is missing."""
FAR_SHARE: Final = 0.03
"""Of the slant range: from more than a kilometre away a point that is known so well is answered, whatever the limit."""
EDGE_PX: Final = 1.0
"""A pixel may lie this far outside the picture, for callers who count edges instead of centres."""


class _RequestError(ValueError):
    """What is wrong with a line; its text becomes the answer's detail."""


def answer_from_line(line: str, terrains: TerrainFiles | None = None) -> dict[str, Any]:
    """Return the answer to one line: a point with its `ce90_m`, or `error` and `detail`.

    A line without `sigma` is answered with what consumer drones are off by in the field (`UNSTATED`). With `dem` the
    height `alt_m` is in the datum of that model, unless `height_datum` names another.

    Args:
        line: The question.
        terrains: Keeps the models that lines name; give one for many lines.
    """
    try:
        request = json.loads(line.removeprefix("\ufeff"))  # some editors and shells mark the first line so
    except (ValueError, RecursionError) as error:
        return _refusal(None, f"the line is not JSON: {error}")
    if not isinstance(request, dict):
        return _refusal(None, f"the line holds a {type(request).__name__}, it must be a JSON object")
    if not _is_written_again(request.get("id")):
        return _refusal(None, "the line's id is not finite or too deep; give a text or a number")
    try:
        answer = _answer_to(request, terrains or TerrainFiles())
    except NoTerrainError as error:
        return {"id": request.get("id"), **_refused(GroundCause.NO_TERRAIN, str(error))}
    except (_RequestError, PoseInvalidError, TerrainError) as error:
        return _refusal(request.get("id"), str(error))
    return {"id": request.get("id"), **answer}


def _is_written_again(identity: object) -> bool:
    """Say whether an answer can carry it: Python reads NaN and infinite numbers, JSON holds none."""
    try:
        json.dumps(identity, allow_nan=False)
    except (ValueError, RecursionError):
        return False
    return True


def answer_for_pixel(
    pose: CameraPose, u_px: float, v_px: float, *, terrain: TerrainGrid | None = None, far_share: float = 0.0
) -> dict[str, Any]:
    """Return the answer for one pixel of a pose: a point with its `ce90_m`, or `error` and `detail`.

    Args:
        pose: The camera, with heights in whichever datum it states.
        u_px: Column.
        v_px: Row.
        terrain: The ground; None for a level plane at `ground_alt_m`.
        far_share: Of the slant range: an error up to this share is answered even where it is over the limit.
    """
    if terrain is not None:
        raised = pose_on_terrain(pose, terrain)
        if isinstance(raised, PoseRefusal):
            return {"error": raised.cause, "detail": raised.detail}
        pose = raised
    if pose.alt_agl_m <= 0:
        return _refused(GroundCause.INVALID, _below_ground(pose, terrain))
    points = ground_from_image(pose, np.array([u_px]), np.array([v_px]), terrain=terrain)
    if far_share > 0 and points.cause[0] == GroundCause.BEYOND_LIMIT:
        limit_m = far_share * _slant_range_m(pose, u_px, v_px, terrain)
        points = ground_from_image(pose, np.array([u_px]), np.array([v_px]), terrain=terrain, limit_m=limit_m)
    answer = _answer(points, terrain)
    if terrain is not None and points.ok[0]:
        answer["ground_alt_m"] = round(pose.alt_m + float(points.up_m[0]), 4)
    return answer


def _slant_range_m(pose: CameraPose, u_px: float, v_px: float, terrain: TerrainGrid | None) -> float:
    points = ground_from_image(pose, np.array([u_px]), np.array([v_px]), terrain=terrain, limit_m=math.inf)
    return float(np.nan_to_num(points.slant_range_m[0]))


def _below_ground(pose: CameraPose, terrain: TerrainGrid | None) -> str:
    if terrain is None:
        return f"alt_m {pose.alt_m} is not above ground_alt_m {pose.ground_alt_m}; both need one datum"
    where = f"the ground of {terrain.name} there ({pose.ground_alt_m:.1f} m {terrain.datum})"
    mend = 'give alt_m in the datum of the model, or say what it is: "height_datum": "home" or "shared"'
    return f"alt_m {pose.alt_m:.1f} is not above {where}; {mend}"


def _refusal(identity: object, detail: str) -> dict[str, Any]:
    return {"id": identity, **_refused(GroundCause.INVALID, detail)}


def _refused(cause: GroundCause, detail: str) -> dict[str, Any]:
    return {"error": cause.name.lower(), "detail": detail}


def _answer_to(request: dict[str, Any], terrains: TerrainFiles) -> dict[str, Any]:
    if slip := misspelt(request, FIELDS):
        raise _RequestError(f"{json.dumps(slip[0])[:40]} is no field; {slip[1]} seems to be meant: mend its spelling")
    if request.get("dem") is None:
        pose, u_px, v_px = _pose_and_pixel(request, HeightDatum.SHARED)
        return answer_for_pixel(pose, u_px, v_px)
    dem = request["dem"]
    if not isinstance(dem, str) or not dem:
        raise _RequestError(f"dem is {json.dumps(dem)[:40]}, it must be the name of a GeoTIFF or SRTM file")
    told, request = _without_plane(request, dem)
    lat_deg, lon_deg = _number(request, "lat_deg"), _number(request, "lon_deg")
    pose, u_px, v_px = _pose_and_pixel(request, HeightDatum.AMSL)
    terrain = terrains.about(Path(dem), lat_deg=lat_deg, lon_deg=lon_deg).grid
    if "height_datum" not in request:
        pose = replace(pose, height_datum=terrain.datum)
    return {**answer_for_pixel(pose, u_px, v_px, terrain=terrain), **told}


def _without_plane(request: dict[str, Any], dem: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what is said of a line's plane, and the line with one: the ground is the model's.

    Only a height whose datum is shared with the plane counts from it.
    """
    ground_alt_m = _number_if_any(request, "ground_alt_m")
    if request.get("height_datum") == HeightDatum.SHARED:
        if ground_alt_m is None:
            raise _RequestError('ground_alt_m is missing; "height_datum": "shared" counts alt_m from it')
        return {}, request
    told = {} if ground_alt_m is None else {"note": f"ground_alt_m is not used, {dem} tells the ground"}
    return told, {**request, "ground_alt_m": ground_alt_m or 0.0}


def pose_from_request(request: dict[str, Any]) -> CameraPose:
    """Return the pose of a line; its pixel is not asked for.

    Raises:
        ValueError: what is wrong with it.
    """
    return _pose_and_pixel({"u_px": 0, "v_px": 0, **request}, HeightDatum.SHARED)[0]


def _pose_and_pixel(request: dict[str, Any], usual: HeightDatum) -> tuple[CameraPose, float, float]:
    lat, lon, alt, ground_alt, yaw, pitch, roll = (_number(request, name) for name in POSE_FIELDS)
    pose = CameraPose(
        utc_ns=0, lat_deg=lat, lon_deg=lon, alt_m=alt, ground_alt_m=ground_alt, yaw_deg=yaw, pitch_deg=pitch,
        roll_deg=roll, intrinsics=_intrinsics(request), sigma=_sigma(request.get("sigma")),
        height_datum=_datum(request, usual), home_lat_deg=_number_if_any(request, "home_lat_deg"),
        home_lon_deg=_number_if_any(request, "home_lon_deg"), geoid_m=_number_if_any(request, "geoid_m"),
    )  # fmt: skip
    u_px = _inside(_number(request, "u_px"), "u_px", pose.intrinsics.width_px)
    return pose, u_px, _inside(_number(request, "v_px"), "v_px", pose.intrinsics.height_px)


def _datum(request: dict[str, Any], usual: HeightDatum) -> HeightDatum:
    if "height_datum" not in request:
        return usual
    try:
        return HeightDatum(request["height_datum"])
    except ValueError as error:
        raise _RequestError(f"height_datum is none of {', '.join(HeightDatum)}") from error


def _number_if_any(request: dict[str, Any], name: str) -> float | None:
    return _number(request, name) if request.get(name) is not None else None


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
        return UNSTATED
    if not isinstance(part, dict):
        raise _RequestError(f"sigma must be an object with {', '.join(SIGMA_FIELDS)}")
    named = {f"sigma.{name}": value for name, value in part.items()}
    focal_share = _number_if_any(named, "sigma.focal_share") or 0.0
    return PoseSigma(**{name: _number(named, f"sigma.{name}") for name in SIGMA_FIELDS}, focal_share=focal_share)


def _answer(points: GroundPoints, terrain: TerrainGrid | None) -> dict[str, Any]:
    cause = GroundCause(int(points.cause[0]))
    if cause is GroundCause.OK:
        return {
            "lat_deg": round(float(points.lat_deg[0]), 10),
            "lon_deg": round(float(points.lon_deg[0]), 10),
            "slant_range_m": round(float(points.slant_range_m[0]), 4),
            "ce90_m": round(float(points.ce90_m[0]), 4),
        }
    return _refused(cause, _detail(cause, float(points.ce90_m[0]), terrain))


def _detail(cause: GroundCause, ce90_m: float, terrain: TerrainGrid | None) -> str:
    if cause is GroundCause.NO_TERRAIN and terrain is not None:
        return f"{terrain.name} knows no ground where the ray goes: it ends there, or its posts are empty"
    if cause is GroundCause.ABOVE_HORIZON:
        return "the ray through this pixel does not go down; it never meets the ground"
    if cause is GroundCause.BEYOND_LIMIT:
        stated = f"{ce90_m:.1f} m" if math.isfinite(ce90_m) else "without bound"
        return f"ce90 is {stated}, over the limit of {DEFAULT_LIMIT_M:.0f} m; look more steeply or give a smaller sigma"
    return "no ray belongs to this pixel: the distortion folds over before it; check the camera's distortion"
