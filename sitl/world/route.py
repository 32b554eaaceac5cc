"""A vehicle's flight and its camera as a pure function of time: no state, so that truth can be asked at any instant."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

GRAVITY_M_PER_S2: Final = 9.81
HEIGHT_SWING_M: Final = 1.2
NOSE_SWING_DEG: Final = 25.0
PAN_SHARE: Final = 0.6
"""Of the route's period: the sweep's own, so that aim and place come out of step."""
_STEP_S: Final = 0.02
"""Of the central differences that give velocity and acceleration."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """To and fro on an arc about a point on the ground, about which the gimbal keeps the camera."""

    centre_m: tuple[float, float]
    """East, north from home: the middle of what the camera looks at."""
    radius_m: float
    """Of the arc, along the ground."""
    height_m: float
    """Over the ground, in the mean."""
    bearing_deg: float
    """Of the arc's middle, seen from the centre."""
    swing_deg: float
    """Half the arc."""
    period_s: float
    """There and back."""
    pan_m: float = 0.0
    """How far the camera's aim sweeps east and west of the centre."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlightInstant:
    """Where a vehicle and its camera are at one instant; east, north, up from home."""

    east_m: float
    north_m: float
    up_m: float
    velocity_east_m_s: float
    velocity_north_m_s: float
    velocity_up_m_s: float
    roll_deg: float
    pitch_deg: float
    yaw_deg: float
    """Of the airframe, clockwise from north."""
    yaw_rate_deg_s: float
    camera_yaw_deg: float
    """Of the optical axis, clockwise from north."""
    camera_pitch_deg: float
    camera_roll_deg: float = 0.0
    """Clockwise looking along the optical axis: what a gimbal leaves over of the airframe's lean."""


Vector = tuple[float, float, float]


def place_at(route: Route, t_s: float) -> Vector:
    """Return east, north, up in metres from home."""
    turn = 2 * math.pi * t_s / route.period_s
    bearing = math.radians(route.bearing_deg + route.swing_deg * math.sin(turn))
    return (
        route.centre_m[0] + route.radius_m * math.sin(bearing),
        route.centre_m[1] + route.radius_m * math.cos(bearing),
        route.height_m + HEIGHT_SWING_M * math.sin(2.3 * turn),
    )


def camera_angles(route: Route, t_s: float) -> tuple[float, float]:
    """Return yaw and pitch in degrees of the camera that follows the route's aim."""
    place = place_at(route, t_s)
    sweep_m = route.pan_m * math.sin(2 * math.pi * t_s / (PAN_SHARE * route.period_s))
    east_m, north_m = route.centre_m[0] + sweep_m - place[0], route.centre_m[1] - place[1]
    yaw_deg = math.degrees(math.atan2(east_m, north_m)) % 360
    return yaw_deg, -math.degrees(math.atan2(place[2], math.hypot(east_m, north_m)))


def nose_deg(route: Route, t_s: float) -> float:
    """Return the airframe's yaw: the gimbal has to turn against it, as in real flight."""
    camera_yaw_deg, _ = camera_angles(route, t_s)
    return camera_yaw_deg + NOSE_SWING_DEG * math.sin(2 * math.pi * t_s / (0.7 * route.period_s))


def instant_at(route: Route, t_s: float) -> FlightInstant:
    """Return vehicle and camera at `t_s` seconds after the world began."""
    before, here, after = (place_at(route, t_s + step_s) for step_s in (-_STEP_S, 0.0, _STEP_S))
    velocity = [(b - a) / (2 * _STEP_S) for a, b in zip(before, after, strict=True)]
    acceleration = [(a - 2 * h + b) / _STEP_S**2 for a, h, b in zip(before, here, after, strict=True)]
    yaw_deg = nose_deg(route, t_s)
    roll_deg, pitch_deg = lean_deg(acceleration[0], acceleration[1], yaw_deg)
    camera_yaw_deg, camera_pitch_deg = camera_angles(route, t_s)
    return FlightInstant(
        east_m=here[0],
        north_m=here[1],
        up_m=here[2],
        velocity_east_m_s=velocity[0],
        velocity_north_m_s=velocity[1],
        velocity_up_m_s=velocity[2],
        roll_deg=roll_deg,
        pitch_deg=pitch_deg,
        yaw_deg=yaw_deg % 360,
        yaw_rate_deg_s=(nose_deg(route, t_s + _STEP_S) - yaw_deg) / _STEP_S,
        camera_yaw_deg=camera_yaw_deg,
        camera_pitch_deg=camera_pitch_deg,
    )


def lean_deg(east_m_s2: float, north_m_s2: float, yaw_deg: float) -> tuple[float, float]:
    """Return roll and pitch of a multicopter that accelerates level: it leans its thrust into the acceleration."""
    sine, cosine = math.sin(math.radians(yaw_deg)), math.cos(math.radians(yaw_deg))
    forward, rightward = east_m_s2 * sine + north_m_s2 * cosine, east_m_s2 * cosine - north_m_s2 * sine
    return (
        math.degrees(math.atan2(rightward, GRAVITY_M_PER_S2)),
        -math.degrees(math.atan2(forward, GRAVITY_M_PER_S2)),
    )
