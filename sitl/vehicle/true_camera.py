"""What a camera truly does while its telemetry says otherwise: the flight and the lens that the picture is taken with.

These wrap any true flight, the built-in vehicle's or a simulator's own, before it goes to the renderer.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

from flightlink.attitude import wrapped_deg
from flightlink.pose import Intrinsics
from sitl.world.faults import MOST_FAULTS, FaultBoard, FaultKind
from sitl.world.route import FlightInstant

FlightAt = Callable[[float], FlightInstant]
"""Truth by seconds since the world began."""


def shrunk_deg(behind_deg: float, slew_deg_s: float, elapsed_s: float) -> float:
    """Return what is left of a turn still to be made, after turning at a steady rate."""
    return math.copysign(max(0.0, abs(behind_deg) - slew_deg_s * elapsed_s), behind_deg)


def stuck_flight(flight_at: FlightAt, board: FaultBoard, *, slew_deg_s: float, since_s: float = -math.inf) -> FlightAt:
    """Return the true flight with the gimbal stuck while a fault says so, and turning back at its rate afterwards.

    Args:
        flight_at: the truth with a sound gimbal. Where it forgets the past, ask for the new truth often enough.
        board: the faults.
        slew_deg_s: the gimbal's rate.
        since_s: from when on the truth is known; a gimbal that stuck earlier is stuck as it was then.
    """
    remembered_at = lru_cache(maxsize=2 * MOST_FAULTS)(flight_at)

    def true_at(t_s: float) -> FlightInstant:
        told = flight_at(t_s)
        past = [f for f in board.faults if f.kind is FaultKind.GIMBAL_STUCK and f.from_s <= t_s and f.until_s > since_s]
        if not past:
            return told
        fault = max(past, key=lambda fault: fault.from_s)
        stuck = remembered_at(max(fault.from_s, since_s))
        if fault.is_on(t_s):
            return _held(told, stuck)
        return _turning_back(told, remembered_at(fault.until_s), stuck, slew_deg_s * (t_s - fault.until_s))

    return true_at


def _held(told: FlightInstant, stuck: FlightInstant) -> FlightInstant:
    """Return the instant with the gimbal's angle against the airframe as it was when it stuck."""
    yaw_deg = (told.yaw_deg + stuck.camera_yaw_deg - stuck.yaw_deg) % 360
    return replace(told, camera_yaw_deg=yaw_deg, camera_pitch_deg=stuck.camera_pitch_deg)


def _turning_back(told: FlightInstant, freed: FlightInstant, stuck: FlightInstant, turned_deg: float) -> FlightInstant:
    """Return the instant with what is still to be turned since the gimbal came free."""
    held = _held(freed, stuck)
    behind_yaw_deg = wrapped_deg(held.camera_yaw_deg - freed.camera_yaw_deg)
    behind_pitch_deg = held.camera_pitch_deg - freed.camera_pitch_deg
    return replace(
        told,
        camera_yaw_deg=(told.camera_yaw_deg + shrunk_deg(behind_yaw_deg, turned_deg, 1.0)) % 360,
        camera_pitch_deg=told.camera_pitch_deg + shrunk_deg(behind_pitch_deg, turned_deg, 1.0),
    )


def true_intrinsics(reported: Intrinsics, board: FaultBoard) -> Callable[[float], Intrinsics]:
    """Return the lens that takes the pictures, by seconds since the world began; what is reported stays."""

    def at(t_s: float) -> Intrinsics:
        factor = math.prod(fault.factor for fault in board.on(FaultKind.ZOOM_UNREPORTED, t_s))
        return replace(reported, fx_px=reported.fx_px * factor, fy_px=reported.fy_px * factor)

    return at
