"""The error of a vehicle's estimate: as large as it says, slow, and the same for the same seed."""

from __future__ import annotations

import numpy as np
import pytest

from sitl.world.estimate import CONSUMER, EstimateErrors, estimated
from sitl.world.route import Route, instant_at

ROUTE = Route(centre_m=(0.0, 0.0), radius_m=40.0, height_m=30.0, bearing_deg=180.0, swing_deg=15.0, period_s=90.0)


def test_without_errors_the_estimate_is_the_truth() -> None:
    true = instant_at(ROUTE, 7.0)
    assert estimated(true, EstimateErrors(), seed=3, t_s=7.0) == true


def test_over_seeds_the_errors_have_the_size_that_is_asked_for() -> None:
    true = instant_at(ROUTE, 7.0)
    seen = [estimated(true, CONSUMER, seed=seed, t_s=7.0) for seed in range(600)]
    sizes = {
        "east_m": CONSUMER.horizontal_m, "north_m": CONSUMER.horizontal_m, "up_m": CONSUMER.vertical_m,
        "yaw_deg": CONSUMER.heading_deg, "roll_deg": CONSUMER.lean_deg,
        "camera_pitch_deg": CONSUMER.gimbal_deg, "camera_roll_deg": CONSUMER.gimbal_deg,
    }  # fmt: skip
    for name, sigma in sizes.items():
        apart = np.array([getattr(one, name) - getattr(true, name) for one in seen])
        apart = (apart + 180) % 360 - 180 if name.endswith("yaw_deg") else apart
        assert np.std(apart) == pytest.approx(sigma, rel=0.12), name
        assert abs(np.mean(apart)) < 0.2 * sigma, name


def test_the_camera_shares_the_compass_error() -> None:
    compass = EstimateErrors(heading_deg=2.0)
    true = instant_at(ROUTE, 7.0)
    one = estimated(true, compass, seed=1, t_s=7.0)
    assert one.camera_yaw_deg - true.camera_yaw_deg == pytest.approx(one.yaw_deg - true.yaw_deg)
    assert one.yaw_deg != true.yaw_deg


def test_errors_are_slow_and_repeat() -> None:
    def east_m(t_s: float) -> float:
        true = instant_at(ROUTE, t_s)
        return estimated(true, CONSUMER, seed=5, t_s=t_s).east_m - true.east_m

    track = [east_m(t_s / 10) for t_s in range(600)]
    assert np.abs(np.diff(track)).max() < 0.1
    assert np.ptp(track) > 0.1
    assert east_m(12.3) == east_m(12.3)
