"""From a vehicle and a place on the ground to the angles of its gimbal. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from flightlink.attitude import wrapped_deg
from flightlink.geodesy import M_PER_DEGREE
from flightlink.mission import Mission
from flightlink.pointing.authority import Place, PointAnswer
from flightlink.pose import CameraPose, PoseRefusal
from flightlink.vehicle.equipment.gimbals import GimbalFact

_REACH_DEG: Final = 0.5
"""By so much an angle may lie beyond a gimbal's limit: it then stops at the limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """Where a gimbal shall look: pitch negative below the horizon, yaw clockwise from true north."""

    pitch_deg: float
    yaw_deg: float


def aim_at(place: Place, pose: CameraPose) -> Aim:
    """Return the angles from a camera to a place on its pose's ground plane, on a plane tangent to the Earth.

    Good to some tenths of a degree within a kilometre: the gimbal itself is no better.
    """
    north_m = (place.lat_deg - pose.lat_deg) * M_PER_DEGREE
    east_m = wrapped_deg(place.lon_deg - pose.lon_deg) * M_PER_DEGREE * math.cos(math.radians(pose.lat_deg))
    return Aim(
        pitch_deg=-math.degrees(math.atan2(pose.alt_agl_m, math.hypot(east_m, north_m))),
        yaw_deg=math.degrees(math.atan2(east_m, north_m)),
    )


def aim_or_refusal(
    place: Place, pose: CameraPose | PoseRefusal, gimbal: GimbalFact, mission: Mission, *, nose_deg: float | None
) -> Aim | PointAnswer:
    """Return the angles, or why there are none: nobody knows where the camera is, or it may or can not look there.

    Args:
        place: where to look.
        pose: of the camera now.
        gimbal: its limits; yaw counts from the nose.
        mission: in which heights the vehicle may look.
        nose_deg: where the nose points, from north; None where it is not known.
    """
    if isinstance(pose, PoseRefusal):
        return PointAnswer(refused=pose.cause, detail=f"nobody knows where the camera is: {pose.detail}")
    if not mission.min_agl_m <= pose.alt_agl_m <= mission.max_agl_m:
        heights = f"{mission.min_agl_m:g} to {mission.max_agl_m:g} m"
        return PointAnswer(refused="outside_altitude_band", detail=f"the mission allows {heights}; fly within them")
    aim = aim_at(place, pose)
    if not _reaches(aim.pitch_deg, gimbal.pitch_min_deg, gimbal.pitch_max_deg):
        return _out_of_reach("pitch", gimbal.pitch_min_deg, gimbal.pitch_max_deg)
    if nose_deg is not None and not _reaches(
        wrapped_deg(aim.yaw_deg - nose_deg), gimbal.yaw_min_deg, gimbal.yaw_max_deg
    ):
        return _out_of_reach("yaw from the nose", gimbal.yaw_min_deg, gimbal.yaw_max_deg)
    return aim


def _reaches(angle_deg: float, low_deg: float | None, high_deg: float | None) -> bool:
    """Say whether a gimbal with these limits gets there; what it does not tell is no limit."""
    above = low_deg is None or angle_deg >= low_deg - _REACH_DEG
    return above and (high_deg is None or angle_deg <= high_deg + _REACH_DEG)


def _out_of_reach(what: str, low_deg: float | None, high_deg: float | None) -> PointAnswer:
    reach = f"{-180 if low_deg is None else round(low_deg)} to {180 if high_deg is None else round(high_deg)} degrees"
    return PointAnswer(refused="out_of_reach", detail=f"the gimbal's {what} reaches from {reach}; fly elsewhere")
