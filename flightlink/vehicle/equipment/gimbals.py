"""Gimbals out of GIMBAL_MANAGER_INFORMATION. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass

from flightlink.mavlink.messages import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class GimbalFact:
    """One gimbal and its limits; None where it tells none. Pitch is negative below the horizon."""

    component_id: int
    """Of its manager."""
    device_id: int
    pitch_min_deg: float | None
    pitch_max_deg: float | None
    yaw_min_deg: float | None
    yaw_max_deg: float | None
    received_utc_ns: int


def gimbal_from_information(message: Message, component_id: int, received_utc_ns: int) -> GimbalFact:
    """Return what GIMBAL_MANAGER_INFORMATION says; its angles are radians."""
    return GimbalFact(
        component_id=component_id,
        device_id=message.gimbal_device_id,
        pitch_min_deg=_degrees(message.pitch_min),
        pitch_max_deg=_degrees(message.pitch_max),
        yaw_min_deg=_degrees(message.yaw_min),
        yaw_max_deg=_degrees(message.yaw_max),
        received_utc_ns=received_utc_ns,
    )


def _degrees(angle: float) -> float | None:
    return math.degrees(angle) if math.isfinite(angle) else None
