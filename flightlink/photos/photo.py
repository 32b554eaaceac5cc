"""`Photo`: the pose of the camera that took one photo, of the picture as it is shown."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from flightlink.alignment import aligned
from flightlink.attitude import Attitude
from flightlink.camera_file import CameraFile
from flightlink.errors import PhotoError
from flightlink.photos.attitude import camera_attitude, roll_as_shown_deg, shown_turn_deg
from flightlink.photos.clock import PhotoTime, photo_time
from flightlink.photos.lens import Lens, lens_of_photo
from flightlink.photos.place import PhotoPlace, photo_place
from flightlink.photos.tags import PhotoTags, tags_from_file
from flightlink.pose import UNSTATED, CameraPose, HeightDatum, Intrinsics, PoseSigma

NEAR_NADIR_DEG: Final = -75.0
"""Looking more steeply than this, yaw and roll are almost one axis: gimbals were seen to write yaw half a turn off."""
UNVERIFIED_YAW_DEG: Final = 70.0
"""Sigma of a yaw that may be half a turn off: 90 % of it moves a point by twice its distance from the nadir."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Photo:
    """One photo, by its metadata."""

    path: Path
    pose: CameraPose
    """Of the picture as shown; yaw as written, with the sigma of a yaw that is right."""
    time: PhotoTime
    alt_hae_m: float | None
    """Above the ellipsoid, where RTK measured it."""
    camera: tuple[str, str, int, int]
    """Maker, model and size: photos are compared with those of the same camera."""
    notes: tuple[str, ...]

    @property
    def needs_model(self) -> bool:
        """Whether its height counts from the sea or the ellipsoid, so that only a height model tells the ground."""
        return self.pose.height_datum is not HeightDatum.HOME

    @property
    def is_near_nadir(self) -> bool:
        """Whether it looks down so steeply that its yaw is not to be trusted alone."""
        return self.pose.pitch_deg < NEAR_NADIR_DEG


def photo_from_file(path: Path, camera: CameraFile | None = None) -> Photo:
    """Return a photo's pose out of its metadata.

    Args:
        path: the photo.
        camera: intrinsics, and perhaps sigmas, in place of the photo's own.

    Raises:
        PhotoError: the photo cannot be read, or does not tell enough; `cause` says what is missing.
    """
    tags = tags_from_file(path)
    place, attitude, turn_deg = photo_place(tags), camera_attitude(tags), shown_turn_deg(tags)
    lens = lens_of_photo(tags) if camera is None else _lens_of_file(tags, camera)
    time = photo_time(tags)
    if place.height_datum is HeightDatum.HOME and place.alt_m <= 0:
        raise PhotoError(
            f"{tags.name}: was taken {place.alt_m:g} m above the take-off, not above it; it sees no ground below",
            cause="no_height",
        )
    intrinsics = _as_shown(lens.intrinsics, turn_deg)
    pose = _pose(place, attitude, intrinsics, _sigma(place, lens, camera), time, turn_deg)
    return Photo(
        path=path,
        pose=aligned(pose, None if camera is None else camera.alignment),
        time=time,
        alt_hae_m=place.alt_hae_m,
        camera=(tags.text(0x010F), tags.text(0x0110), tags.width_px, tags.height_px),
        notes=_notes(tags, place, lens, time, turn_deg),
    )


def _pose(
    place: PhotoPlace, attitude: Attitude, intrinsics: Intrinsics, sigma: PoseSigma, time: PhotoTime, turn_deg: int
) -> CameraPose:
    return CameraPose(
        utc_ns=time.utc_ns or 0,
        lat_deg=place.lat_deg,
        lon_deg=place.lon_deg,
        alt_m=place.alt_m,
        ground_alt_m=0.0,
        yaw_deg=attitude.yaw_deg,
        pitch_deg=attitude.pitch_deg,
        roll_deg=roll_as_shown_deg(attitude.roll_deg, turn_deg),
        intrinsics=intrinsics,
        sigma=sigma,
        height_datum=place.height_datum,
    )


def _lens_of_file(tags: PhotoTags, camera: CameraFile) -> Lens:
    told = camera.intrinsics
    if abs(told.width_px * tags.height_px / (told.height_px * tags.width_px) - 1) > 0.01:
        raise PhotoError(
            f"{tags.name}: has {tags.width_px} x {tags.height_px} px, the camera file is for {told.width_px} x "
            f"{told.height_px}; a cropped picture needs a camera file of its own",
            cause="no_intrinsics",
        )
    return Lens(told.scaled_to(width_px=tags.width_px, height_px=tags.height_px), 0.0, "lens from the camera file")


def _sigma(place: PhotoPlace, lens: Lens, camera: CameraFile | None) -> PoseSigma:
    """Return the errors that the metadata state, else those of the field; a camera file's angles go first."""
    usual = camera.sigma if camera is not None and camera.sigma is not None else UNSTATED
    return replace(
        usual,
        horizontal_m=place.horizontal_sigma_m,
        vertical_m=place.vertical_sigma_m,
        focal_share=max(usual.focal_share, lens.focal_share),
    )


def _as_shown(stored: Intrinsics, turn_deg: int) -> Intrinsics:
    """Return the intrinsics of the picture turned clockwise; radial distortion stays, tangential terms turn along."""
    k1, k2, p1, p2, k3 = stored.distortion
    last_u, last_v = stored.width_px - 1, stored.height_px - 1
    if turn_deg == 180:
        centre, tangential = (last_u - stored.cx_px, last_v - stored.cy_px), (-p1, -p2)
        return replace(stored, cx_px=centre[0], cy_px=centre[1], distortion=(k1, k2, *tangential, k3))
    if turn_deg == 0:
        return stored
    clockwise = turn_deg == 90
    return Intrinsics(
        width_px=stored.height_px,
        height_px=stored.width_px,
        fx_px=stored.fy_px,
        fy_px=stored.fx_px,
        cx_px=last_v - stored.cy_px if clockwise else stored.cy_px,
        cy_px=stored.cx_px if clockwise else last_u - stored.cx_px,
        distortion=(k1, k2, *((p2, -p1) if clockwise else (-p2, p1)), k3),
    )


def _notes(tags: PhotoTags, place: PhotoPlace, lens: Lens, time: PhotoTime, turn_deg: int) -> tuple[str, ...]:
    fix = "RTK" if place.rtk else "no RTK: position as a consumer's receiver gives it"
    is_home = place.height_datum is HeightDatum.HOME
    height = "ground taken as high as the take-off" if is_home else "height by satellites alone"
    notes = [lens.source, fix, height]
    if turn_deg:
        notes.append("pixels count in the picture as shown (orientation tag)")
    if time.utc_ns is None:
        notes.append("no UTC in the photo: its clock has no zone or was not set")
    if not tags.whole:
        notes.append("the file is cut: its picture has no end")
    return tuple(notes)
