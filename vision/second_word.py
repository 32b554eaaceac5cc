"""Holds a pose that the video tells against that of the vehicle's link: the stricter of both decides the cap. Pure.

Who can write into a video can forge its height; the link may be signed. So where both tell the same camera, no picture
is finer than either would let it be: a greater height counts as error, another tilt or a wider lens is refused.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Final

from flightlink.pose import BEYOND, CameraPose, PoseRefusal
from vision.scale import RAISED_M, SIGMAS

UNLIKE_LINK: Final = "video_pose_unlike_link"
MOST_TILT_DEG: Final = 8.0
"""Beyond the errors of both, and what a gimbal turns while nobody knows the picture's time to 0.2 s."""
WIDER_SHARE: Final = 0.1
"""By so much may the video tell a shorter focal length; a longer one makes the cap stricter."""


def held_against(told: CameraPose, link: CameraPose, *, on_model: bool) -> CameraPose | PoseRefusal:
    """Return the video's pose with an error that holds the link's height as well, or why both cannot be one camera's.

    Args:
        told: By the video.
        link: Of the same instant, by the vehicle's link.
        on_model: Heights will be those over a height model: above the sea they are compared, where both are told.
    """
    tilt_deg = tilt_between_deg(told, link)
    if tilt_deg > MOST_TILT_DEG:
        return _refused(f"tilts {tilt_deg:.0f} deg otherwise than the link has it")
    if _focal_share(told) < (1 - WIDER_SHARE) * _focal_share(link):
        return _refused("tells a wider lens than the link")
    higher_m = max(0.0, _higher_m(told, link, on_model=on_model))
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


def _focal_share(pose: CameraPose) -> float:
    return pose.intrinsics.fx_px / pose.intrinsics.width_px


def _higher_m(told: CameraPose, link: CameraPose, *, on_model: bool) -> float:
    if on_model and told.alt_amsl_m is not None and link.alt_amsl_m is not None:
        return told.alt_amsl_m - link.alt_amsl_m
    return told.alt_agl_m - link.alt_agl_m


def _refused(how: str) -> PoseRefusal:
    return PoseRefusal(cause=UNLIKE_LINK, detail=f"the video's pose {how}; mend one, or name the true one: pose")
