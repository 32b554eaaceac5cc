"""The closed loop without pictures: marks seen by the true camera, placed by what the station made of the telemetry."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from flightlink.pose import CONSUMER_GIMBAL, CameraPose, PoseSigma
from sitl.measure.density import place_of
from sitl.measure.marks import MarkFix, fix_of
from sitl.world.estimate import CONSUMER, KINDS, RTK, EstimateErrors, estimated
from sitl.world.file import load_world
from sitl.world.route import instant_at
from sitl.world.shot import shot_from
from sitl.world.world import VehiclePlan, World
from tests.sitl.conftest import DEMO
from tests.sitl.fixes import fixes, station_poses

LASTS_S = 8.0


def shipped(name: str, *, estimate: str | None = None, seed: int | None = None) -> World:
    world = load_world(DEMO.parent / f"{name}.toml")
    plans = world.vehicles if estimate is None else tuple(replace(v, estimate=KINDS[estimate]) for v in world.vehicles)
    return replace(world, vehicles=plans, seed=world.seed if seed is None else seed)


def errors_m(world: World, folder: Path) -> list[float]:
    instants_s = np.arange(0.5, LASTS_S - 0.5, 0.237).tolist()
    return [
        fix.error_m
        for plan in world.vehicles
        for fix in fixes(world, plan, station_poses(world, plan, folder, lasts_s=LASTS_S), instants_s)
    ]


def test_the_chain_itself_costs_centimetres(tmp_path: Path) -> None:
    """With sensors that know everything: clocks, stamps, interpolation, frame of the yaw, in brisk flight."""
    found = errors_m(shipped("marks", estimate="perfect"), tmp_path)
    assert len(found) > 200
    assert np.median(found) < 0.05
    assert max(found) < 0.2


def test_from_60_m_at_45_degrees_marks_are_placed_within_what_is_asked(tmp_path: Path) -> None:
    found = errors_m(shipped("marks"), tmp_path)
    assert len(found) > 200
    assert np.median(found) <= 1.5
    assert np.percentile(found, 90) <= 3.0


STATED = {
    RTK: PoseSigma(horizontal_m=0.15, vertical_m=0.3, yaw_deg=0.539, pitch_deg=0.2, roll_deg=0.2),
    CONSUMER: CONSUMER_GIMBAL,
}
"""What a station goes by: what the owner of the one states, and the usual of the other."""


def fix_at(world: World, plan: VehiclePlan, errors: EstimateErrors, *, seed: int, t_s: float) -> MarkFix | None:
    """Return a fix of the middle mark by what the vehicle believes at an instant."""
    true = instant_at(plan.route, t_s)
    mark = min(world.marks, key=lambda each: abs(each.east_m) + abs(each.north_m))
    pixels, _ = shot_from(true, world.camera.intrinsics).projected(np.array([(mark.east_m, mark.north_m, 0.0)]))
    told = estimated(true, errors, seed=seed, t_s=t_s)
    lat_deg, lon_deg = place_of(world, (told.east_m, told.north_m))
    pose = CameraPose(
        utc_ns=0, lat_deg=lat_deg, lon_deg=lon_deg, alt_m=told.up_m, ground_alt_m=0.0, yaw_deg=told.camera_yaw_deg,
        pitch_deg=told.camera_pitch_deg, roll_deg=told.camera_roll_deg, intrinsics=world.camera.intrinsics,
        sigma=STATED[errors],
    )  # fmt: skip
    return fix_of(pose, pixels[0], place_of(world, (mark.east_m, mark.north_m)))


@pytest.mark.parametrize("errors", [RTK, CONSUMER], ids=["rtk", "consumer"])
@pytest.mark.parametrize("name", ["marks", "marks_around"])
def test_over_seeds_the_stated_error_holds_the_true_one_as_often_as_it_says(errors: EstimateErrors, name: str) -> None:
    world = shipped(name)
    found = [
        fix_at(world, plan, errors, seed=seed, t_s=7.0 + seed % 20) for plan in world.vehicles for seed in range(200)
    ]
    placed = [fix for fix in found if fix is not None]
    assert len(placed) > 0.95 * len(found)
    assert 0.8 <= np.mean([fix.error_m <= fix.ce90_m for fix in placed]) <= 0.97
