"""Ground points of one photo's pixels: its metadata, checked against photos beside it, on level ground or a model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from flightlink.camera_file import CameraFile, load_camera
from flightlink.errors import PhotoError
from flightlink.photos.photo import UNVERIFIED_YAW_DEG, Photo, photo_from_file
from flightlink.pose import CameraPose, HeightDatum
from groundstation.files import closed_local_file
from groundstation.instants import text_from_utc_ns
from groundstation.telemetry.beside import ALONE, Beside, judged_beside, photos_beside
from groundstation.telemetry.pixels import refuse_outside
from maps.overlap.block import Shift, moved_pose
from maps.overlap.views import turned_half
from maps.overlap.yaw import YawVerdict
from maps.request import answer_for_pixel
from maps.terrain.files import TerrainFiles
from maps.terrain.grid import TerrainGrid
from maps.terrain.relief import relief_m

RELIEF_WITHIN_M: Final = 500.0
"""A pilot takes off within sight."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoQuestion:
    """What the user asks of one photo."""

    photo: Path
    pixels: tuple[tuple[float, float], ...]
    camera: Path | None = None
    dem: Path | None = None
    home: tuple[float, float] | None = None
    """Latitude and longitude of the take-off, where a height model knows its ground."""
    beside: tuple[Path, ...] = ()
    """Photos to compare with; none takes those of the same folder."""


def ground_points_from_photo(question: PhotoQuestion) -> list[dict[str, Any]]:
    """Return the answer for each pixel: a point with its `ce90_m`, or `error` and `detail`, with `utc` and `notes`.

    Raises:
        BadInputError: a file is missing, or a pixel lies outside the picture.
        FlightlinkError: photo or camera file do not tell enough.
        TerrainError: the height model cannot be read.
    """
    path = closed_local_file(question.photo, what="the photo")
    camera = None if question.camera is None else load_camera(question.camera)
    photo = photo_from_file(path, camera)
    if photo.needs_model and question.dem is None:
        raise PhotoError(
            f"{path.name}: tells its height above the sea alone; give a height model (--dem)", cause="no_height"
        )
    for pixel in question.pixels:
        refuse_outside(path.name, photo.pose.intrinsics, pixel)
    terrains = TerrainFiles()
    if question.dem is not None:  # a model that cannot be read is told before photos are compared, which takes long
        terrains.about(question.dem, lat_deg=photo.pose.lat_deg, lon_deg=photo.pose.lon_deg)
    judged = _judged(photo, [closed_local_file(other, what="a photo beside") for other in question.beside], camera)
    pose, notes = _checked(photo, judged)
    terrain = None
    if question.dem is not None:
        terrain = terrains.about(question.dem, lat_deg=pose.lat_deg, lon_deg=pose.lon_deg).grid
        pose, more = _on_model(photo, pose, terrain, question.home)
        notes = [*(note for note in notes if not note.startswith("ground taken")), *more]
    about = {"utc": None if photo.time.utc_ns is None else text_from_utc_ns(photo.time.utc_ns), "notes": notes}
    return [
        {"id": path.name, **answer_for_pixel(pose, u_px, v_px, terrain=terrain), **about}
        for u_px, v_px in question.pixels
    ]


def _judged(photo: Photo, named: Sequence[Path], camera: CameraFile | None) -> Beside:
    """Compare only where yaw can be half a turn off: obliquely, an upside-down picture would be seen at once."""
    comparable = photo.is_near_nadir and not photo.needs_model
    return judged_beside(photo, photos_beside(photo, named, camera)) if comparable else ALONE


def _checked(photo: Photo, judged: Beside) -> tuple[CameraPose, list[str]]:
    """Return the pose as the photos beside have it, and what the reader must know."""
    pose, notes = photo.pose, list(photo.notes)
    if not photo.is_near_nadir:
        return pose, notes
    if judged.verdict is YawVerdict.UNKNOWN:
        sigma = replace(pose.sigma, yaw_deg=max(pose.sigma.yaw_deg, UNVERIFIED_YAW_DEG))
        why = "no photo beside it shows the same ground" if not judged.photos else "the photos beside it do not tell"
        return replace(pose, sigma=sigma), [*notes, f"yaw unverified so near nadir ({why}): may be half a turn off"]
    flipped = judged.verdict is YawVerdict.FLIPPED
    verdict = "yaw_flipped: written half a turn off, corrected" if flipped else "yaw agrees"
    shift = Shift(east_m=judged.east_m, north_m=judged.north_m, yaw_deg=judged.yaw_deg)
    moved = f"moved {shift.east_m:+.1f} m east, {shift.north_m:+.1f} m north, turned {shift.yaw_deg:+.1f} deg onto them"
    notes += [f"{verdict} (by {judged.photos} photos beside)", moved]
    return moved_pose(turned_half(pose, flipped=flipped), shift), notes


def _on_model(
    photo: Photo, pose: CameraPose, terrain: TerrainGrid, home: tuple[float, float] | None
) -> tuple[CameraPose, list[str]]:
    """Say from where the height counts: the take-off on the model, RTK's ellipsoid, or the ground below the camera."""
    if photo.needs_model:
        return pose, []
    if home is not None:
        return replace(pose, home_lat_deg=home[0], home_lon_deg=home[1]), ["height above the take-off, on the model"]
    if photo.alt_hae_m is not None and (terrain.datum is HeightDatum.ELLIPSOID or terrain.geoid_m is not None):
        on_ellipsoid = replace(pose, alt_m=photo.alt_hae_m, height_datum=HeightDatum.ELLIPSOID)
        return on_ellipsoid, ["height by RTK above the ellipsoid"]
    relief = relief_m(terrain, pose.lat_deg, pose.lon_deg, within_m=RELIEF_WITHIN_M)
    sigma = replace(pose.sigma, vertical_m=(pose.sigma.vertical_m**2 + relief**2) ** 0.5)
    note = (
        f"take-off unknown: taken as high as the ground below, off by {relief:.1f} m (relief); --home LAT,LON mends it"
    )
    return replace(pose, height_datum=HeightDatum.SHARED, sigma=sigma), [note]
