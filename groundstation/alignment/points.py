"""Tie points of a file: CSV or JSON lines, of a recorded flight or with their poses beside them."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from flightlink.pose import CameraPose, PoseRefusal
from groundstation.errors import BadInputError
from groundstation.instants import utc_ns_from_text
from maps.alignment.points import TiePoint
from maps.request import pose_from_request
from maps.terrain.files import TerrainFiles
from maps.terrain.grid import TerrainGrid
from maps.terrain.heights import pose_on_terrain


class PointError(BadInputError, ValueError):
    """A tie point that is none; its text says what is wrong with it."""


MOST_LINES: Final = 1000
PoseAt = Callable[[int], CameraPose | PoseRefusal]
_MEND: Final = "a point is utc, u_px, v_px, lat_deg, lon_deg and perhaps alt_m"


def points_from_file(path: Path, pose_at: PoseAt | None, dem: Path | None = None) -> list[TiePoint]:
    """Return the tie points of a file, in its order.

    Args:
        path: CSV with a header line, or one JSON object a line.
        pose_at: the poses of the flight, as reported; None where each line brings its own under `pose`, as a line
            of `groundstation georeference`.

        dem: the height model on which the points lie; None for the plane below each pose.

    Raises:
        BadInputError: one line with file, line and how to mend it.
        TerrainError: the height model cannot be read.
    """
    points: list[TiePoint] = []
    terrains = TerrainFiles()
    for number, row in enumerate(_rows(path), start=1):
        try:
            point = _point(row, pose_at)
            if dem is not None:
                about = terrains.about(dem, lat_deg=point.pose.lat_deg, lon_deg=point.pose.lon_deg)
                point = on_model(point, about.grid) if not _has_height(row) else _refuse_height()
            points.append(point)
        except ValueError as error:
            raise BadInputError(f"{path}: point {number}: {error}") from error
    return points


def _rows(path: Path) -> Iterator[Mapping[str, Any]]:
    try:
        lines = [line for line in path.read_text(encoding="utf-8-sig").splitlines() if line.strip()][:MOST_LINES]
    except OSError as error:
        raise BadInputError(f"{path}: cannot be read ({error.strerror}); check the path") from error
    except UnicodeDecodeError as error:
        raise BadInputError(f"{path}: is no text; {_MEND}, as CSV or JSON lines") from error
    if lines and lines[0].lstrip().startswith("{"):
        yield from (_json_row(path, number, line) for number, line in enumerate(lines, start=1))
    else:
        try:
            yield from csv.DictReader(lines, skipinitialspace=True)
        except csv.Error as error:
            raise BadInputError(f"{path}: is no CSV ({error}); {_MEND}") from error


def _json_row(path: Path, number: int, line: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise BadInputError(f"{path}: point {number}: is not JSON: {error}") from error
    if not isinstance(row, dict):
        raise BadInputError(f"{path}: point {number}: is no JSON object; {_MEND}")
    return row


def _point(row: Mapping[str, Any], pose_at: PoseAt | None) -> TiePoint:
    pose = _pose_beside(row) if pose_at is None else _pose_then(row, pose_at)
    height_m = number_of(row, "alt_m") - pose.ground_alt_m if _has_height(row) else 0.0
    u_px, v_px, lat_deg, lon_deg = (number_of(row, name) for name in ("u_px", "v_px", "lat_deg", "lon_deg"))
    return TiePoint(pose=pose, u_px=u_px, v_px=v_px, lat_deg=lat_deg, lon_deg=lon_deg, height_m=height_m)


def _has_height(row: Mapping[str, Any]) -> bool:
    return row.get("alt_m") not in (None, "")


def _refuse_height() -> TiePoint:
    raise PointError("alt_m is given and a height model too; keep one of them")


def on_model(point: TiePoint, terrain: TerrainGrid) -> TiePoint:
    """Return the point on the ground of a height model, seen from a pose in the model's datum.

    Raises:
        PointError: the pose cannot be brought to the datum, or the model knows no ground at the point.
    """
    pose = pose_on_terrain(point.pose, terrain)
    if isinstance(pose, PoseRefusal):
        raise PointError(f"{pose.cause}: {pose.detail}")
    ground_m = float(terrain.at(np.array(point.lat_deg), np.array(point.lon_deg)))
    if not math.isfinite(ground_m):
        raise PointError(f"no_terrain: {terrain.name} knows no ground there; take another place")
    return replace(point, pose=pose, height_m=point.height_m + ground_m - pose.ground_alt_m)


def _pose_then(row: Mapping[str, Any], pose_at: PoseAt) -> CameraPose:
    """Return the pose of a line's instant; a camera that stands still needs none."""
    text = row.get("utc")
    has_time = isinstance(text, str) and text.strip() != ""
    pose = pose_at(utc_ns_from_text(str(text).strip()) if has_time else 0)
    if isinstance(pose, PoseRefusal):
        raise PointError(f"no pose then: {pose.cause}: {pose.detail}" if has_time else f"utc is missing; {_MEND}")
    return pose


def _pose_beside(row: Mapping[str, Any]) -> CameraPose:
    """Return the pose that a line brings itself; without `utc` it is taken as of one moment with the others."""
    request = row.get("pose")
    if not isinstance(request, dict):
        raise PointError("pose is missing; give it as in a line of `georeference`, or --telemetry FILE")
    text = row.get("utc")
    return replace(pose_from_request(request), utc_ns=utc_ns_from_text(text) if isinstance(text, str) else 0)


def number_of(row: Mapping[str, Any], name: str) -> float:
    """Return a field as a finite number.

    Raises:
        PointError: it is missing or none; says which.
    """
    found = row.get(name)
    if found is None or isinstance(found, bool):
        raise PointError(f"{name} is missing; {_MEND}")
    try:
        number = float(found)
    except (TypeError, ValueError, OverflowError):
        raise PointError(f"{name} is {str(found)[:40]!r}, not a number") from None
    if not math.isfinite(number):
        raise PointError(f"{name} is not finite")
    return number
