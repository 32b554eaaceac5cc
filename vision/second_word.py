"""Holds a pose that the video tells against that of the vehicle's link: the stricter of both decides the cap. Pure.

Who can write into a video can forge its height; the link may be signed. So where both tell the same camera, no picture
is finer than either would let it be: a greater height counts as error, another tilt or a wider lens is refused. So is
another place or yaw, by which ground outside the area would pass for ground inside.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Final

from flightlink.attitude import Quaternion, angle_between_deg, quaternion_from_attitude
from flightlink.geodesy import distance_m
from flightlink.pose import BEYOND, CameraPose, HeightDatum, PoseRefusal
from vision.scale import RAISED_M, SIGMAS

UNLIKE_LINK: Final = "video_pose_unlike_link"
MOST_TILT_DEG: Final = 8.0
"""Beyond the errors of both, and what a gimbal turns while nobody knows the picture's time to 0.2 s."""
MOST_TURN_DEG: Final = 45.0
"""Of the whole attitude: two compasses may differ by less."""
MOST_APART_M: Final = 30.0
"""Beyond the errors of both: a brisk flight for two seconds."""
APART_SIGMAS: Final = 3.0
WIDER_SHARE: Final = 0.1
"""By so much may the video tell a shorter focal length; a longer one makes the cap stricter."""


def held_against(told: CameraPose, link: CameraPose, *, on_model: bool) -> CameraPose | PoseRefusal:
    """Return the video's pose with an error that holds the link's height as well, or why both cannot be one camera's.

    Args:
        told: By the video.
        link: Of the same instant, by the vehicle's link.
        on_model: Heights will be those over a height model: then they are compared above the sea.
    """
    tilt_deg = tilt_between_deg(told, link)
    if tilt_deg > MOST_TILT_DEG:
        return _refused(f"tilts {tilt_deg:.0f} deg otherwise than the link has it")
    turn_deg = angle_between_deg(_quaternion(told), _quaternion(link))
    if turn_deg > MOST_TURN_DEG:
        return _refused(f"looks {turn_deg:.0f} deg aside of where the link has it")
    apart_m = distance_m(told.lat_deg, told.lon_deg, link.lat_deg, link.lon_deg)
    if apart_m > MOST_APART_M + APART_SIGMAS * (told.sigma.horizontal_m + link.sigma.horizontal_m):
        return _refused(f"lies {apart_m:.0f} m from the link's")
    if _focal_share(told) < (1 - WIDER_SHARE) * _focal_share(link):
        return _refused("tells a wider lens than the link")
    higher_m = _higher_m(told, link, on_model=on_model)
    if higher_m is None:
        return _refused("tells a height above the sea that the link cannot confirm")
    higher_m = max(0.0, higher_m)
    # the cap takes the height less by `SIGMAS` of it, and adds people who stand raised squared
    grown_m = (higher_m + min(higher_m, RAISED_M)) / SIGMAS
    vertical_m = max(told.sigma.vertical_m, link.sigma.vertical_m) + grown_m
    return replace(told, sigma=replace(told.sigma, vertical_m=min(BEYOND, vertical_m)))


def tilt_between_deg(one: CameraPose, other: CameraPose) -> float:
    """Return the angle between what two poses take for down in the picture; yaw has no part in it."""
    along = sum(a * b for a, b in zip(_down(one), _down(other), strict=True))
    return math.degrees(math.acos(max(-1.0, min(1.0, along))))


def _down(pose: CameraPose) -> tuple[float, float, float]:
    """Return the unit vector down as the camera sees it: forward, right, below."""
    pitch, roll = math.radians(pose.pitch_deg), math.radians(pose.roll_deg)
    return -math.sin(pitch), math.cos(pitch) * math.sin(roll), math.cos(pitch) * math.cos(roll)


def _quaternion(pose: CameraPose) -> Quaternion:
    return quaternion_from_attitude(yaw_deg=pose.yaw_deg, pitch_deg=pose.pitch_deg, roll_deg=pose.roll_deg)


def _focal_share(pose: CameraPose) -> float:
    return pose.intrinsics.fx_px / pose.intrinsics.width_px


def _higher_m(told: CameraPose, link: CameraPose, *, on_model: bool) -> float | None:
    """Return by how much the video's height is above the link's: the one that will be used, and no other it tells."""
    if not on_model or told.height_datum is HeightDatum.SHARED:
        return told.alt_agl_m - link.alt_agl_m
    # a video tells no home position, so over a model its height is one above the sea or the ellipsoid
    used_m = told.alt_amsl_m if told.height_datum is HeightDatum.HOME else told.alt_m
    if used_m is None or link.alt_amsl_m is None:
        return None
    geoid_m = (link.geoid_m or 0.0) if told.height_datum is HeightDatum.ELLIPSOID else 0.0
    return used_m - geoid_m - link.alt_amsl_m


def _refused(how: str) -> PoseRefusal:
    return PoseRefusal(cause=UNLIKE_LINK, detail=f"the video's pose {how}; mend one, or name the true one: pose")
