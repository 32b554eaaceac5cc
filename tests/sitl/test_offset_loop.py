"""The offset in a closed loop: a rendered flight whose pictures are late by a known time, poses of the truth."""

from __future__ import annotations

import math
from dataclasses import replace

import cv2
import numpy as np
import pytest

from flightlink.pose import CONSUMER_GIMBAL, CameraPose, PoseRefusal
from maps.geodesy import geodetic_from_enu
from sitl.clip import world_of_size
from sitl.crowd.crowd import Crowd
from sitl.picture.render import Renderer
from sitl.picture.sprite_set import SpriteSet
from sitl.world.route import FlightInstant, instant_at
from sitl.world.shot import shot_from
from sitl.world.world import World
from vision.capped import CappedFrame
from vision.raw.cap import Cap
from vision.raw.frames import RawFrame
from vision.turning.measured import turns_of
from vision.turning.task import matched

BEGUN_NS = 1_790_000_000 * 10**9
LATE_S = 0.237
FPS, FRAMES = 10, 64


def flown(base: FlightInstant, t_s: float) -> FlightInstant:
    """The world's first vehicle, panning unevenly while it flies east."""
    return replace(
        base,
        camera_yaw_deg=base.camera_yaw_deg + 14 * math.sin(0.9 * t_s) + 5 * math.sin(2.3 * t_s + 1),
        camera_pitch_deg=-40 + 4 * math.sin(0.7 * t_s + 2),
        east_m=base.east_m + 2 * t_s,
    )


def truth(world: World, flight: FlightInstant, t_s: float) -> CameraPose:
    home = world.home
    lat, lon = geodetic_from_enu(
        home.lat_deg, home.lon_deg, home.alt_amsl_m, np.array([flight.east_m]), np.array([flight.north_m]), flight.up_m
    )
    return CameraPose(
        utc_ns=BEGUN_NS + round(t_s * 1e9), lat_deg=float(lat[0]), lon_deg=float(lon[0]), alt_m=flight.up_m,
        ground_alt_m=0.0, yaw_deg=flight.camera_yaw_deg, pitch_deg=flight.camera_pitch_deg, roll_deg=0.0,
        intrinsics=world.camera.intrinsics, sigma=CONSUMER_GIMBAL,
    )  # fmt: skip


def seen(world: World, base: FlightInstant, sprites: SpriteSet) -> list[CappedFrame]:
    """Pictures that are taken from 2 s on, stamped when they arrive."""
    crowd, renderer, cap = Crowd(world), Renderer(world, sprites), Cap(without_pose=True)
    frames = []
    for number in range(FRAMES):
        t_s = 2 + number / FPS
        shot = shot_from(flown(base, t_s), world.camera.intrinsics)
        picture = renderer.frame(shot, crowd.people_at(20 + t_s), number)
        grey = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), np.uint8)
        raw = RawFrame(grey, index=number, utc_ns=round(number / FPS * 1e9))
        frames.append(cap.capped(raw, PoseRefusal(cause="no_pose", detail="")))
    return frames


def test_the_latency_of_a_rendered_flight_is_found_within_20_ms(world: World, sprites: SpriteSet) -> None:
    small = world_of_size(world, width_px=320, height_px=180)
    base = instant_at(small.vehicles[0].route, 20.0)
    poses = [truth(small, flown(base, number / 10), number / 10) for number in range(110)]
    arrived_ns = BEGUN_NS + round((2 + LATE_S) * 1e9)
    found = matched(list(turns_of(seen(small, base, sprites))), poses, starts_utc_ns=arrived_ns, search_s=1.5)
    assert found.refusal == ""
    assert found.offset_s == pytest.approx(-LATE_S, abs=0.02)
    assert abs(found.offset_s + LATE_S) <= 4 * found.sigma_s
    assert found.correlation > 0.95
