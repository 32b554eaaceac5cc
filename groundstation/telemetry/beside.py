"""Photos taken beside one: which they are, and what their common ground says. The pixels are the sealed process's."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from flightlink.camera_file import CameraFile
from flightlink.errors import PhotoError
from flightlink.geodesy import distance_m
from flightlink.photos.photo import Photo, photo_from_file
from groundstation.errors import SourceFailedError, WorkerLostError
from groundstation.sealed_figures import EVALUATION_COMMAND, line_of, sealed_figures
from maps.overlap.yaw import YawVerdict

MOST_PHOTOS: Final = 10
"""The photo itself and those nearest to it."""
MOST_NAMES: Final = 40
"""Files looked at on each side of the photo, in the order of their names, as cameras number them."""
WITHIN_S: Final = 120.0
"""Two lines of a survey flight lie half a minute apart; later, receivers have drifted by some metres."""
REACH_SHARE: Final = 0.8
_SUFFIXES: Final = frozenset((".jpg", ".jpeg"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What the photos beside one say of it."""

    verdict: YawVerdict
    photos: int
    """How many others were compared."""
    east_m: float = 0.0
    """By so much the photo is moved to lie on the others."""
    north_m: float = 0.0
    yaw_deg: float = 0.0


ALONE: Final = Beside(verdict=YawVerdict.UNKNOWN, photos=0)


def photos_beside(photo: Photo, named: Sequence[Path], camera: CameraFile | None) -> list[Photo]:
    """Return the photos that overlap with one, the nearest first.

    Args:
        photo: the photo.
        named: photos that the user names, whatever their time; none looks into the photo's folder.
        camera: as for the photo.
    """
    paths = named or _numbered_beside(photo.path)
    candidates = [other for path in paths if (other := _read(path, camera)) is not None and other.path != photo.path]
    apart_m = {other.path: _apart_m(photo, other) for other in candidates}
    near = [
        other
        for other in candidates
        if other.camera == photo.camera
        and other.is_near_nadir
        and not other.needs_model
        and apart_m[other.path] < REACH_SHARE * (_width_m(photo) + _width_m(other)) / 2
        and (named or _is_soon(photo, other))
    ]
    return sorted(near, key=lambda other: apart_m[other.path])[: MOST_PHOTOS - 1]


def judged_beside(photo: Photo, others: Sequence[Photo], *, command: Sequence[str] = EVALUATION_COMMAND) -> Beside:
    """Return what the others say of the photo; where the comparison fails, that nothing is known."""
    if not others:
        return ALONE
    photos = sorted([photo, *others], key=lambda one: str(one.path))
    told = {"kind": "overlap", "photos": [{"path": str(one.path), "pose": asdict(one.pose)} for one in photos]}
    try:
        figures = asyncio.run(
            sealed_figures(line_of(told), name="photos", what="comparison of photos", command=command)
        )
    except (SourceFailedError, WorkerLostError):
        return ALONE
    own = figures["photos"][photos.index(photo)]
    return Beside(
        verdict=YawVerdict(own["verdict"]), photos=len(others), east_m=own["east_m"], north_m=own["north_m"],
        yaw_deg=own["yaw_deg"],
    )  # fmt: skip


def _numbered_beside(path: Path) -> Iterable[Path]:
    names = sorted(other for other in path.parent.iterdir() if other.suffix.lower() in _SUFFIXES and other.is_file())
    at = names.index(path) if path in names else 0
    return names[max(0, at - MOST_NAMES) : at + MOST_NAMES + 1]


def _read(path: Path, camera: CameraFile | None) -> Photo | None:
    try:
        return photo_from_file(path.resolve(), camera)
    except PhotoError:
        return None


def _is_soon(photo: Photo, other: Photo) -> bool:
    if photo.time.local_s is None or other.time.local_s is None:
        return False
    return abs(photo.time.local_s - other.time.local_s) <= WITHIN_S


def _apart_m(photo: Photo, other: Photo) -> float:
    return distance_m(photo.pose.lat_deg, photo.pose.lon_deg, other.pose.lat_deg, other.pose.lon_deg)


def _width_m(photo: Photo) -> float:
    """Return the longer side of the ground in a photo that looks down."""
    lens = photo.pose.intrinsics
    return photo.pose.alt_agl_m * max(lens.width_px / lens.fx_px, lens.height_px / lens.fy_px)
