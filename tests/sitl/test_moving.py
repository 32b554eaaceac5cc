"""How fast people walk, from rendered pictures of a drone that flies and turns, with poses that are a little wrong."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from flightlink.pose import CONSUMER_GIMBAL, CameraPose
from maps.geodesy import geodetic_from_enu
from sitl.clip import world_of_size
from sitl.crowd.crowd import Crowd, People
from sitl.picture.render import Renderer
from sitl.picture.sprite_set import SpriteSet
from sitl.world.route import FlightInstant, instant_at
from sitl.world.shot import Shot, shot_from
from sitl.world.world import World
from vision.boxes import Boxes
from vision.capped import CappedFrame
from vision.moments import moment_of
from vision.moving import Floats, Velocities, velocities

STEP_S = 0.3
SEEN_AT_S = (24.0, 31.0, 40.0, 52.0, 63.0, 75.0)
JITTER_DEG = 0.2
"""By which the later pose is turned against the earlier one although the camera is not: more than a walker's step."""


def flown(base: FlightInstant, t_s: float) -> FlightInstant:
    """Forwards at 3 m/s, turning at 8 degrees a second."""
    return replace(
        base, east_m=base.east_m + 3 * t_s, camera_yaw_deg=base.camera_yaw_deg + 8 * t_s, camera_pitch_deg=-60
    )


def frame_of(
    world: World, renderer: Renderer, people: People, flight: FlightInstant, t_s: float, off_deg: float
) -> CappedFrame:
    picture = renderer.frame(shot_from(flight, world.camera.intrinsics), people, round(t_s * 25))
    place = (np.array([flight.east_m]), np.array([flight.north_m]))
    lat, lon = geodetic_from_enu(world.home.lat_deg, world.home.lon_deg, world.home.alt_amsl_m, *place, flight.up_m)
    pose = CameraPose(
        utc_ns=round(t_s * 1e9), lat_deg=float(lat[0]), lon_deg=float(lon[0]), alt_m=flight.up_m, ground_alt_m=0.0,
        yaw_deg=flight.camera_yaw_deg + off_deg, pitch_deg=flight.camera_pitch_deg + off_deg / 2, roll_deg=0.0,
        intrinsics=world.camera.intrinsics, sigma=CONSUMER_GIMBAL,
    )  # fmt: skip
    height, width = picture.shape[:2]
    return CappedFrame(
        pixels=picture, index=0, utc_ns=pose.utc_ns, pose=pose, bound=None, cap_px_per_m=40.0, unbounded=None,
        refusal="", refusal_closes=False, source_width_px=width, source_height_px=height,
    )  # fmt: skip


def boxes_of(people: People, shot: Shot, size: tuple[int, int]) -> tuple[Boxes, NDArray[np.int64]]:
    """Return boxes about those who are whole in the picture, and who they are."""
    feet = np.stack([people.east_m, people.north_m, np.zeros(len(people))], axis=1)
    (low, depth), (high, _) = (shot.projected(feet + np.array([0, 0, up_m])) for up_m in (0.0, 1.7))
    half = 0.25 * shot.intrinsics.fx_px / np.maximum(depth, 1)[:, None]
    corners = np.concatenate([np.minimum(low, high) - half, np.maximum(low, high) + half], axis=1)
    inside = (depth > 1) & (corners[:, :2] >= 0).all(axis=1) & (corners[:, 2:] <= size).all(axis=1)
    return Boxes(
        xyxy=corners[inside].astype(np.float32), scores=np.ones(int(inside.sum()), np.float32)
    ), np.flatnonzero(inside)


def measured(
    world: World, sprites: SpriteSet, at_s: float, *, jitter_deg: float, earlier_by_s: float = STEP_S
) -> tuple[Velocities, Floats]:
    """Return what is measured of everybody in a picture, and the truth (n, 2) in m/s."""
    world = world_of_size(world, width_px=1280, height_px=720)
    base, crowd, renderer = instant_at(world.vehicles[0].route, 20.0), Crowd(world), Renderer(world, sprites)
    before, now = crowd.people_at(at_s - earlier_by_s), crowd.people_at(at_s)
    first, last = flown(base, -earlier_by_s), flown(base, 0.0)
    frames = (
        frame_of(world, renderer, before, first, at_s - earlier_by_s, 0.3),
        frame_of(world, renderer, now, last, at_s, 0.3 + jitter_deg),
    )
    boxes, who = boxes_of(now, shot_from(last, world.camera.intrinsics), (1280, 720))
    _, mine, theirs = np.intersect1d(now.ids[who], before.ids, return_indices=True)
    truth = np.full((len(who), 2), np.nan)
    for axis, (here, there) in enumerate(((now.east_m, before.east_m), (now.north_m, before.north_m))):
        truth[mine, axis] = (here[who][mine] - there[theirs]) / earlier_by_s
    return velocities(moment_of(frames[0]), moment_of(frames[1]), boxes), truth


def test_the_mean_of_a_crowd_is_what_it_walks_under_a_camera_that_flies(world: World, sprites: SpriteSet) -> None:
    off, known, people = [], 0, 0
    for at_s in SEEN_AT_S:
        found, truth = measured(world, sprites, at_s, jitter_deg=JITTER_DEG)
        told = found.known & np.isfinite(truth[:, 0])
        off.append(np.stack([found.east_m_s, found.north_m_s], axis=1)[told] - truth[told])
        known, people = known + int(told.sum()), people + len(truth)
    error = np.concatenate(off)
    assert known > 0.6 * people > 20
    assert np.abs(error.mean(axis=0)).max() < 0.1
    assert np.median(np.hypot(*error.T)) < 0.25


@pytest.mark.parametrize("earlier_by_s", [0.05, 1.0])
def test_a_step_too_short_or_too_long_tells_nothing(world: World, sprites: SpriteSet, earlier_by_s: float) -> None:
    found, _ = measured(world, sprites, SEEN_AT_S[0], jitter_deg=0.0, earlier_by_s=earlier_by_s)
    assert not found.known.any()
