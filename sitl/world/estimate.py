"""What an autopilot's estimate is off by: slow errors of place, height and attitude, by seed, at any instant. Pure.

Each error is a sum of sinusoids with periods from two thirds of a minute to a quarter of an hour, as receivers,
barometers, compasses and mounts drift; it is normal over seeds, and no station can average it away within a flight.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

import numpy as np

from sitl.world.route import FlightInstant

PERIODS_S: Final = (40.0, 900.0)
WAVES: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class EstimateErrors:
    """Standard deviations of a vehicle's estimate about the truth; all 0 is a vehicle that knows everything."""

    horizontal_m: float = 0.0
    """East and north, each."""
    vertical_m: float = 0.0
    heading_deg: float = 0.0
    lean_deg: float = 0.0
    """Roll and pitch, each."""
    gimbal_deg: float = 0.0
    """Yaw, pitch and roll of the camera against what the gimbal reports, each."""
    yaw_bias_deg: float = 0.0
    """No sigma but an error that stays: a compass that was turned in its mount."""
    pitch_bias_deg: float = 0.0
    """A camera that sits awry in its mount."""
    roll_bias_deg: float = 0.0
    is_stated: bool = False
    """Whether the vehicle's owner knows these figures and states them in its camera file."""


PERFECT: Final = EstimateErrors()
RTK: Final = EstimateErrors(
    horizontal_m=0.15, vertical_m=0.3, heading_deg=0.5, lean_deg=0.1, gimbal_deg=0.2, is_stated=True
)
"""A receiver with corrections, a heading from two antennas, a gimbal that was levelled: a vehicle fit to survey."""
CONSUMER: Final = EstimateErrors(horizontal_m=1.6, vertical_m=2.4, heading_deg=2.4, lean_deg=0.3, gimbal_deg=0.45)
"""A consumer multicopter: a satellite fix that wanders, a barometer that drifts, a compass near motors and steel."""
GOOD: Final = replace(RTK, is_stated=False)
"""As good, but nobody has measured how good: the station takes its usual errors."""
KINDS: Final = {"perfect": PERFECT, "good": GOOD, "rtk": RTK, "consumer": CONSUMER}
"""Names that a world file may give."""
USUAL: Final = "good"
"""Where a world file gives none: what is measured is the station then, and little of the sensors."""


def estimated(true: FlightInstant, errors: EstimateErrors, *, seed: int, t_s: float) -> FlightInstant:
    """Return what a vehicle believes of its true state at `t_s` seconds since the world began."""

    def off(name: str, sigma: float) -> float:
        return sigma * _drift(seed, name, t_s)

    heading_deg = off("heading", errors.heading_deg) + errors.yaw_bias_deg
    return replace(
        true,
        east_m=true.east_m + off("east", errors.horizontal_m),
        north_m=true.north_m + off("north", errors.horizontal_m),
        up_m=true.up_m + off("up", errors.vertical_m),
        yaw_deg=(true.yaw_deg + heading_deg) % 360,
        roll_deg=true.roll_deg + off("roll", errors.lean_deg),
        pitch_deg=true.pitch_deg + off("pitch", errors.lean_deg),
        # a mount measures its yaw from the airframe: the compass' error is in the camera's yaw as well
        camera_yaw_deg=(true.camera_yaw_deg + heading_deg + off("gimbal yaw", errors.gimbal_deg)) % 360,
        camera_pitch_deg=true.camera_pitch_deg + off("gimbal pitch", errors.gimbal_deg) + errors.pitch_bias_deg,
        camera_roll_deg=true.camera_roll_deg + off("gimbal roll", errors.gimbal_deg) + errors.roll_bias_deg,
    )


def _drift(seed: int, name: str, t_s: float) -> float:
    """Return a value of a slow random wave, normal with a standard deviation of 1 over seeds."""
    return sum(size * math.cos(rate * t_s + phase) for size, rate, phase in _waves(seed, name))


@lru_cache(maxsize=4096)
def _waves(seed: int, name: str) -> tuple[tuple[float, float, float], ...]:
    """Return size, angular rate in rad/s and phase of each wave; a Rayleigh size makes their sum normal."""
    rng = np.random.default_rng(int.from_bytes(hashlib.sha256(f"{seed} {name}".encode()).digest()[:8], "big"))
    low, high = (math.log(period) for period in PERIODS_S)
    periods_s = np.exp(rng.uniform(low, high, WAVES))
    sizes = rng.rayleigh(1.0, WAVES) / math.sqrt(WAVES)
    phases = rng.uniform(0, 2 * math.pi, WAVES)
    return tuple(
        (float(size), 2 * math.pi / float(period), float(phase))
        for size, period, phase in zip(sizes, periods_s, phases, strict=True)
    )
