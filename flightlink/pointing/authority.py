"""Whether the pilot may point a vehicle's gimbal at a place now, and if not, why. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from shapely import Point, Polygon

from flightlink.mission import Mission
from flightlink.vehicle.equipment.gimbals import GimbalFact
from flightlink.vehicle.state import LinkState, VehicleState

_AMBIGUOUS: Final = frozenset({"two_vehicles_one_system_id", "second_peer_refused"})
"""Alarms after which nobody knows which vehicle would obey."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A point on the ground, WGS 84."""

    lat_deg: float
    lon_deg: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PointAnswer:
    """What came of it."""

    refused: str = ""
    """Constant word of the refusal, empty where the vehicle has accepted."""
    detail: str = ""
    """The same in one line, with how to mend it."""


def refusal_of_place(place: Place, mission: Mission, utc_ns: int) -> PointAnswer | None:
    """Return why the mission forbids to look at a place now, None where it allows it.

    The edge of the area counts as outside.
    """
    word = mission.refusal_at(utc_ns)
    if word is not None:
        return PointAnswer(refused=word, detail="the mission's time does not allow it; nothing may be looked at now")
    if not Polygon(mission.area).contains(Point(place.lon_deg, place.lat_deg)):
        return PointAnswer(
            refused="outside_mission_area", detail="the place lies outside the mission's area; choose one in it"
        )
    return None


def refusal_of_vehicle(
    state: VehicleState | None, gimbals: Sequence[GimbalFact], *, allowed: Collection[int]
) -> PointAnswer | None:
    """Return why a vehicle's gimbal may not be pointed, None where it may.

    Args:
        state: of the vehicle; None where it was never heard.
        gimbals: whose managers it has told.
        allowed: system ids of the vehicles whose camera has `point = true`.
    """
    if state is None:
        return PointAnswer(refused="no_vehicle", detail="no vehicle of this number was heard; check the link")
    if state.system_id not in allowed:
        return PointAnswer(
            refused="pointing_off", detail="the settings do not allow it; set point = true for its camera"
        )
    if _AMBIGUOUS & set(state.alarms):
        return PointAnswer(
            refused="two_vehicles", detail="two vehicles claim this number; give each its own, nobody knows which obeys"
        )
    if state.link is not LinkState.OK:
        return PointAnswer(
            refused="link_not_ok", detail=f"nothing came from it for {state.link_age_s:.1f} s; mend the link"
        )
    if len(gimbals) != 1:
        what = f"{len(gimbals)} gimbals" if gimbals else "no gimbal manager"
        return PointAnswer(
            refused="not_one_gimbal", detail=f"it tells {what}; one is needed, so that it is clear what turns"
        )
    return None
