"""The files that tell a station of a simulated world: settings, mission and cameras. Pure: values in, text out."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np

from maps.geodesy import geodetic_from_enu
from sitl.world.estimate import EstimateErrors
from sitl.world.world import CameraPlan, VehiclePlan, World

STATION_DELAY_S: Final = 0.005
"""From the frame's last datagram to the decoder's output, beyond the frame that the parser holds back; measured."""
MIN_AGL_M: Final = 10.0
MAX_AGL_M: Final = 120.0
MISSION_LASTS: Final = timedelta(hours=12)


def video_latency_s(camera: CameraPlan) -> float:
    """Return how long after its capture a frame comes out of a station's decoder.

    The simulator's own constant delay, the one frame that is complete only when the next begins, and the decoder.
    """
    return camera.video_delay_s + 1 / camera.fps + STATION_DELAY_S


def camera_toml(camera: CameraPlan, *, estimate: EstimateErrors | None = None, latency_s: float | None = None) -> str:
    """Return the camera file of a vehicle of the world.

    Args:
        camera: what it carries.
        estimate: what its telemetry is off by; stated in the file where its owner knows that.
        latency_s: of its video; None for that of its live video.
    """
    k = camera.intrinsics
    video_latency = video_latency_s(camera) if latency_s is None else latency_s
    return (
        f"width_px = {k.width_px}\nheight_px = {k.height_px}\n"
        f"fx_px = {k.fx_px:.6f}\nfy_px = {k.fy_px:.6f}\ncx_px = {k.cx_px}\ncy_px = {k.cy_px}\n"
        f"distortion = [0.0, 0.0, 0.0, 0.0, 0.0]\nvideo_latency_s = {video_latency:.3f}\n"
    ) + ("" if estimate is None or not estimate.is_stated else sigma_toml(estimate))


def sigma_toml(estimate: EstimateErrors) -> str:
    """Return the `[sigma]` table of a vehicle whose owner knows its errors."""
    yaw_deg = math.hypot(estimate.heading_deg, estimate.gimbal_deg)
    return (
        f"[sigma]\nhorizontal_m = {estimate.horizontal_m}\nvertical_m = {estimate.vertical_m}\n"
        f"yaw_deg = {yaw_deg:.3f}\npitch_deg = {estimate.gimbal_deg}\nroll_deg = {estimate.gimbal_deg}\n"
    )


def area_lon_lat(world: World) -> list[list[float]]:
    """Return the mission area's corners [lon_deg, lat_deg]."""
    home, corners = world.home, np.array(world.area_m)
    lat, lon = geodetic_from_enu(home.lat_deg, home.lon_deg, home.alt_amsl_m, corners[:, 0], corners[:, 1], 0.0)
    return [[round(float(x), 8), round(float(y), 8)] for x, y in zip(lon, lat, strict=True)]


def mission_toml(world: World, *, starts_utc: datetime) -> str:
    """Return the `[mission]` table; it begins a minute early, so that no clock's rounding shuts the gate."""
    starts = (starts_utc - timedelta(minutes=1)).astimezone(UTC)
    return (
        "[mission]\n"
        f'purpose = "demonstration on the simulated world {world.name}"\n'
        f"area = {json.dumps(area_lon_lat(world))}\n"
        f'starts_utc = "{starts:%Y-%m-%dT%H:%M:%SZ}"\nends_utc = "{starts + MISSION_LASTS:%Y-%m-%dT%H:%M:%SZ}"\n'
        f"min_agl_m = {MIN_AGL_M}\nmax_agl_m = {MAX_AGL_M}\n"
    )


def station_toml(
    world: World, vehicles: tuple[VehiclePlan, ...], *, port: int, link_port: int, video_ports: list[int], now: datetime
) -> str:
    """Return the settings of a station that watches the vehicles; camera files lie beside it as `NAME.toml`."""
    cameras = [
        f'[[camera]]\nname = "{plan.name}"\nvideo = "udp://127.0.0.1:{video_port}"\n'
        f'system_id = {plan.system_id}\nfile = "{plan.name}.toml"\n'
        for plan, video_port in zip(vehicles, video_ports, strict=True)
    ]
    head = f'[station]\nname = "Demo: {world.name}"\nport = {port}\nexercise = true\n'
    sign_in = "[sign_in]\nby_itself = true\n"  # a simulated world has no secrets, and its station listens on loopback
    link = f'[[link]]\nurl = "udpin://127.0.0.1:{link_port}"\n'
    return "\n".join([head, sign_in, mission_toml(world, starts_utc=now), link, *cameras])
