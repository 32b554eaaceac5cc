"""Where the camera looked, by the fields of each maker. Unknown fields and unknown conventions are refused, never read.

DJI, Autel's newer and Parrot's own fields, and Skydio's orientation in NED: pitch negative below the horizon. The
`Camera` fields of Pix4D and senseFly: pitch 0 is straight down and 90 the horizon (Pix4D, "Camera parameters in XMP").
"""

from __future__ import annotations

from typing import Final

from flightlink.attitude import Attitude, compass_deg, wrapped_deg
from flightlink.errors import PhotoError
from flightlink.photos.tags import PhotoTags

_BELOW_HORIZON: Final = (
    ("dji:GimbalYawDegree", "dji:GimbalPitchDegree", "dji:GimbalRollDegree"),
    ("skydio:CameraOrientationNED/Yaw", "skydio:CameraOrientationNED/Pitch", "skydio:CameraOrientationNED/Roll"),
    ("autel:GimbalYawDegree", "autel:GimbalPitchDegree", "autel:GimbalRollDegree"),
    ("parrot:CameraYawDegree", "parrot:CameraPitchDegree", "parrot:CameraRollDegree"),
)
_FROM_NADIR: Final = ("camera:Yaw", "camera:Pitch", "camera:Roll")
_FROM_NADIR_MAKERS: Final = ("parrot", "sensefly", "autel", "micasense")
"""Makers known to keep to Pix4D's convention; others write the same names with a meaning of their own."""
_ORIENTATION: Final = 0x0112
_TURNED_DEG: Final = {1: 0, 3: 180, 6: 90, 8: -90}
"""EXIF orientation -> how far the stored picture is turned clockwise to be shown; the mirrored ones are no camera's."""


def camera_attitude(tags: PhotoTags) -> Attitude:
    """Return the attitude of the camera that a photo tells, of the picture as stored and by its own word.

    Raises:
        PhotoError: with cause `no_attitude` or `unknown_pitch_convention`.
    """
    for names in _BELOW_HORIZON:
        found = _angles(tags, names)
        if found is not None:
            return _attitude(tags, *found)
    from_nadir = _angles(tags, _FROM_NADIR)
    if from_nadir is None:
        raise PhotoError(
            f"{tags.name}: does not say where its camera looked (no gimbal angles in its XMP); "
            "take it from the memory card as the vehicle wrote it, or give the pose as a JSON line",
            cause="no_attitude",
        )
    maker = tags.text(0x010F)
    if not any(known in maker.lower() for known in _FROM_NADIR_MAKERS):
        raise PhotoError(
            f"{tags.name}: its camera's pitch is told in fields that makers read two ways, and {maker or 'its maker'}"
            " is not known to use one; give the pose as a JSON line",
            cause="unknown_pitch_convention",
        )
    yaw_deg, pitch_deg, roll_deg = from_nadir
    return _attitude(tags, yaw_deg, pitch_deg - 90.0, roll_deg)


def _angles(tags: PhotoTags, names: tuple[str, str, str]) -> tuple[float, float, float] | None:
    """Return yaw, pitch and roll; a roll that is left out is level, yaw and pitch are both needed."""
    yaw_deg, pitch_deg, roll_deg = (tags.xmp_number(name) for name in names)
    return None if yaw_deg is None or pitch_deg is None else (yaw_deg, pitch_deg, roll_deg or 0.0)


def _attitude(tags: PhotoTags, yaw_deg: float, pitch_deg: float, roll_deg: float) -> Attitude:
    """Return the angles in their ranges; a pitch some degrees beyond nadir looks back under the vehicle."""
    if not (-120 <= pitch_deg <= 90 and abs(yaw_deg) <= 360 and abs(roll_deg) <= 360):
        what = f"yaw {yaw_deg:g}, pitch {pitch_deg:g}, roll {roll_deg:g} deg"
        raise PhotoError(f"{tags.name}: its camera's angles ({what}) are none; check the file", cause="no_attitude")
    if pitch_deg < -90:
        yaw_deg, pitch_deg, roll_deg = yaw_deg + 180, -180 - pitch_deg, roll_deg + 180
    return Attitude(yaw_deg=compass_deg(yaw_deg), pitch_deg=pitch_deg, roll_deg=wrapped_deg(roll_deg))


def shown_turn_deg(tags: PhotoTags) -> int:
    """Return how far the stored picture is turned clockwise to be shown: 0, 90, 180 or -90.

    Raises:
        PhotoError: the picture is to be mirrored, which no camera of a vehicle does.
    """
    value = tags.main.get(_ORIENTATION, 1)
    turned = _TURNED_DEG.get(value if isinstance(value, int) and value != 0 else 1)
    if turned is None:
        raise PhotoError(
            f"{tags.name}: its orientation tag ({value}) mirrors the picture; save it unmirrored", cause="mirrored"
        )
    return turned


def roll_as_shown_deg(roll_deg: float, turn_deg: int) -> float:
    """Return the roll of the picture as shown: of the angles as told, or those less the turn, whichever is more level.

    Some makers tell the angles of the sensor, some those of the upright picture; a picture is shown upright.
    """
    return min((wrapped_deg(roll_deg), wrapped_deg(roll_deg - turn_deg)), key=abs)
