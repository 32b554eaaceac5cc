"""Tie points of an invented flight: clicked with an error, on poses that are off as a simulated vehicle's are."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from flightlink.pose import CameraPose, Intrinsics, PoseSigma
from maps.alignment.points import TiePoint
from maps.camera import image_from_enu
from maps.geodesy import geodetic_from_enu

LENS: Final = Intrinsics(width_px=1920, height_px=1080, fx_px=1500, fy_px=1500, cx_px=959.5, cy_px=539.5)
HOME: Final = (48.857, 2.352)
RTK: Final = PoseSigma(horizontal_m=0.15, vertical_m=0.3, yaw_deg=0.54, pitch_deg=0.2, roll_deg=0.2)
SLOWEST_RAD_S: Final = 2 * math.pi / 300.0
QUICKEST_RAD_S: Final = 2 * math.pi / 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Flight:
    """A circle about the place at a steady height; the camera looks at the place."""

    height_m: float = 60.0
    radius_m: float = 60.0
    turns: float = 0.8
    """Round the place between the first and the last point."""
    spread_s: float = 240.0
    sigma: PoseSigma = RTK
    """Of what the vehicle reports, and what it states."""
    bias_deg: tuple[float, float, float] = (3.0, 1.0, 0.0)
    click_px: float = 3.0
    click_m: float = 0.5
    exact: bool = False
    """No error but the bias."""


class Drift:
    """Slow errors, each a sum of waves as in the simulated world: normal over seeds."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._waves: dict[str, np.ndarray[tuple[int, ...], np.dtype[np.float64]]] = {}

    def at(self, name: str, t_s: float) -> float:
        if name not in self._waves:
            rates = np.exp(self._rng.uniform(math.log(SLOWEST_RAD_S), math.log(QUICKEST_RAD_S), 6))
            sizes, phases = self._rng.rayleigh(1.0, 6) / math.sqrt(6), self._rng.uniform(0, 2 * np.pi, 6)
            self._waves[name] = np.stack([rates, sizes, phases])
        rates, sizes, phases = self._waves[name]
        return float(np.sum(sizes * np.cos(rates * t_s + phases)))


def place(east_m: float, north_m: float) -> tuple[float, float]:
    lat, lon = geodetic_from_enu(*HOME, 0.0, np.array([east_m]), np.array([north_m]), 0.0)
    return float(lat[0]), float(lon[0])


def true_pose(
    flight: Flight, t_s: float, *, aim_m: tuple[float, float] = (0.0, 0.0)
) -> tuple[CameraPose, float, float]:
    """Return the true camera and where it is, east and north of the place."""
    turn = 2 * math.pi * flight.turns * t_s / max(flight.spread_s, 1.0)
    east_m, north_m = flight.radius_m * math.sin(turn), flight.radius_m * math.cos(turn)
    ahead = np.array([aim_m[0] - east_m, aim_m[1] - north_m])
    lat_deg, lon_deg = place(east_m, north_m)
    pose = CameraPose(
        utc_ns=round((1000 + t_s) * 1e9), lat_deg=lat_deg, lon_deg=lon_deg, alt_m=flight.height_m, ground_alt_m=0.0,
        yaw_deg=math.degrees(math.atan2(*ahead)) % 360,
        pitch_deg=-math.degrees(math.atan2(flight.height_m, math.hypot(*ahead))), roll_deg=0.0,
        intrinsics=LENS, sigma=flight.sigma,
    )  # fmt: skip
    return pose, east_m, north_m


def reported(flight: Flight, pose: CameraPose, at_m: tuple[float, float], drift: Drift, t_s: float) -> CameraPose:
    """Return what the vehicle says of its true pose."""
    yaw_deg, pitch_deg, roll_deg = flight.bias_deg
    turned = replace(
        pose, yaw_deg=(pose.yaw_deg + yaw_deg) % 360, pitch_deg=pose.pitch_deg + pitch_deg, roll_deg=roll_deg
    )
    if flight.exact:
        return turned
    sigma = flight.sigma
    lat_deg, lon_deg = place(
        at_m[0] + sigma.horizontal_m * drift.at("east", t_s), at_m[1] + sigma.horizontal_m * drift.at("north", t_s)
    )
    return replace(
        turned, lat_deg=lat_deg, lon_deg=lon_deg, alt_m=pose.alt_m + sigma.vertical_m * drift.at("up", t_s),
        yaw_deg=(turned.yaw_deg + sigma.yaw_deg * drift.at("yaw", t_s)) % 360,
        pitch_deg=turned.pitch_deg + sigma.pitch_deg * drift.at("pitch", t_s),
        roll_deg=turned.roll_deg + sigma.roll_deg * drift.at("roll", t_s),
    )  # fmt: skip


def tie_points(flight: Flight, seed: int, count: int = 5) -> list[TiePoint]:
    """Return points that an officer clicks in pictures spread over the flight."""
    rng, drift = np.random.default_rng(seed), Drift(np.random.default_rng([seed, 1]))
    return [_clicked(flight, rng, drift, flight.spread_s * number / max(1, count - 1)) for number in range(count)]


def _clicked(flight: Flight, rng: np.random.Generator, drift: Drift, t_s: float) -> TiePoint:
    pose, east_m, north_m = true_pose(flight, t_s, aim_m=(rng.uniform(-15, 15), rng.uniform(-15, 15)))
    u_px, v_px, thing = _seen(rng, pose, east_m, north_m)
    noise = 0.0 if flight.exact else 1.0
    lat_deg, lon_deg = place(*(thing + noise * rng.normal(0, flight.click_m, 2)))
    return TiePoint(
        pose=reported(flight, pose, (east_m, north_m), drift, t_s), lat_deg=lat_deg, lon_deg=lon_deg,
        u_px=u_px + noise * rng.normal(0, flight.click_px), v_px=v_px + noise * rng.normal(0, flight.click_px),
    )  # fmt: skip


def _seen(
    rng: np.random.Generator, pose: CameraPose, east_m: float, north_m: float
) -> tuple[float, float, np.ndarray[tuple[int, ...], np.dtype[np.float64]]]:
    """Return a thing on the ground that the camera sees, and its pixel."""
    while True:
        thing = rng.uniform(-40, 40, 2)
        u_px, v_px, _ = image_from_enu(pose, np.array([[thing[0] - east_m, thing[1] - north_m, -pose.alt_m]]))
        if 60 < u_px[0] < 1860 and 60 < v_px[0] < 1020:
            return float(u_px[0]), float(v_px[0]), thing
