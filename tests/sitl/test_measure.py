"""The evaluator's own arithmetic: what it calls an error, a fix, an event. Nothing of the station runs here."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from flightlink.pose import Intrinsics
from maps.cells import CellId, CellState, DensityMap, MapMaker, PublishedCell
from maps.events import PERSISTS_S
from sitl.measure.alarms import distances_m, score
from sitl.measure.compared import Instant
from sitl.measure.marks import MarkFix, distance_m, quadrant_pixels, seen_at
from sitl.measure.score import Compared, EventScore, LeafPair, figures
from sitl.world.route import FlightInstant
from sitl.world.shot import Shot, shot_from

K = Intrinsics(width_px=640, height_px=480, fx_px=700, fy_px=700, cx_px=319.5, cy_px=239.5)
LEAF = CellId(5, 0, 0)
NO_EVENTS = EventScore(true_events=0, missed=0, alarms=0, false_alarms=0, seconds_to_alert=(), hours=1.0)


def shot(*, east_m: float = 0.0, north_m: float = -30.0, up_m: float = 25.0, pitch_deg: float = -40.0) -> Shot:
    still = {"velocity_east_m_s": 0.0, "velocity_north_m_s": 0.0, "velocity_up_m_s": 0.0}
    level = {"roll_deg": 0.0, "pitch_deg": 0.0, "yaw_deg": 0.0, "yaw_rate_deg_s": 0.0}
    place = {"east_m": east_m, "north_m": north_m, "up_m": up_m}
    return shot_from(FlightInstant(**place, **still, **level, camera_yaw_deg=0.0, camera_pitch_deg=pitch_deg), K)


def painted(camera: Shot, mark_m: tuple[float, float]) -> NDArray[np.uint8]:
    """Return a picture of grey ground with one mark of 0.6 m, through the true projection at four times the size."""
    large = np.full((K.height_px * 4, K.width_px * 4), 120, np.uint8)
    for east, north, shade in ((0, 0, 250), (-0.3, -0.3, 250), (0, -0.3, 5), (-0.3, 0, 5)):
        corner_m = np.add(mark_m, (east, north))
        corners = np.array([(0, 0), (0.3, 0), (0.3, 0.3), (0, 0.3)]) + corner_m
        pixels, _ = camera.projected(np.column_stack([corners, np.zeros(4)]))
        fixed = np.round((pixels * 4 + 1.5) * 16).astype(np.int32)
        cv2.fillConvexPoly(large, fixed, shade, cv2.LINE_AA, 4)
    return np.asarray(cv2.resize(large, (K.width_px, K.height_px), interpolation=cv2.INTER_AREA), np.uint8)


@pytest.mark.parametrize("mark_m", [(0.0, 0.0), (4.3, 2.1), (-3.7, -3.0)])
def test_a_mark_is_found_where_it_is_painted(mark_m: tuple[float, float]) -> None:
    camera = shot()
    near = quadrant_pixels(camera, mark_m)
    found = seen_at(painted(camera, mark_m), camera, mark_m)
    assert near is not None
    assert found is not None
    assert np.linalg.norm(found - near[0]) < 0.3


def test_a_mark_that_somebody_stands_on_is_no_fix() -> None:
    camera = shot()
    picture = painted(camera, (0.0, 0.0))
    near = quadrant_pixels(camera, (0.0, 0.0))
    assert near is not None
    column, row = near[0].astype(int)
    picture[row - 30 : row + 4, column - 8 : column + 8] = 90
    assert seen_at(picture, camera, (0.0, 0.0)) is None


def test_a_mark_out_of_the_picture_or_behind_the_camera_is_no_fix() -> None:
    camera = shot()
    picture = painted(camera, (0.0, 0.0))
    assert seen_at(picture, camera, (400.0, 0.0)) is None
    assert seen_at(picture, camera, (0.0, -200.0)) is None


def test_a_degree_of_latitude_is_111_km() -> None:
    assert distance_m((48.0, 2.0), (48.001, 2.0)) == pytest.approx(111.2, rel=0.005)
    assert distance_m((48.0, 2.0), (48.0, 2.001)) == pytest.approx(111.2 * np.cos(np.radians(48)), rel=0.005)


def instant(t_s: float, pairs: list[tuple[float, float]], *, published: float = 0.0) -> Compared:
    leaves = tuple(
        LeafPair(cell=CellId(5, i, 0), people=people, true_people=true, area_m2=25.0, whole=True, saturated=False)
        for i, (people, true) in enumerate(pairs)
    )
    return Compared(t_s=t_s, leaves=leaves, published=(), published_people=published, sigma=1.0)


def test_figures_are_those_reckoned_by_hand() -> None:
    fixes = [MarkFix(error_m=1.0, ce90_m=2.0), MarkFix(error_m=3.0, ce90_m=2.0)]
    found = figures([instant(1, [(8, 10), (4, 2)], published=9), instant(2, [(10, 8)], published=8)], fixes, NO_EVENTS)
    assert found["count_error"] == pytest.approx(2 / 20)
    assert found["count_bias"] == pytest.approx(2 / 20)
    assert found["published_count_bias"] == pytest.approx(-3 / 20)
    assert found["cell_mae_per_m2"] == pytest.approx((2 + 2 + 2) / 3 / 25, abs=1e-4)
    assert found["position_error_m"] == {"median": 2.0, "p90": 2.8}
    assert found["ce90_coverage"] == 0.5
    assert found["within_two_sigma"] == 1.0
    assert found["events"]["false_per_hour"] == 0.0


def test_nothing_measured_is_null_and_never_zero() -> None:
    found = figures(
        [], [], EventScore(true_events=0, missed=0, alarms=0, false_alarms=0, seconds_to_alert=(), hours=0.0)
    )
    nulls = ("count_error", "cell_mae_per_m2", "ce90_coverage", "people_true_mean")
    assert all(found[name] is None for name in nulls)
    assert found["position_error_m"] == {"median": None, "p90": None}
    assert found["events"]["seconds_to_alert"] is None


def crowded(t_s: float, *, people: int, side_m: float, shown_people: float) -> Instant:
    """Return a square of people at the origin, and what the station shows of its cell."""
    rows = max(1, int(np.ceil(np.sqrt(people))))
    grid = np.stack(np.meshgrid(np.arange(rows), np.arange(rows)), axis=-1).reshape(-1, 2)[:people]
    cell = PublishedCell(
        cell=LEAF, state=CellState.OBSERVED, people=shown_people, people_sigma=1.0,
        density_per_m2=shown_people / 25, observed_share=1.0, age_s=0.0, ce90_m=1.0, made_by=MapMaker.GATE,
    )  # fmt: skip
    shown = DensityMap(
        utc_ns=round(t_s * 1e9),
        epsg=2154,
        cells=(cell,),
        people=0.0,
        people_sigma=0.0,
        observed_share=1.0,
        made_by=MapMaker.GATE,
    )
    people_m = grid.astype(np.float64) * (side_m / rows) + 0.1
    per_m2 = np.full(people, people / side_m**2)
    return Instant(compared=instant(t_s, []), watched=shown, people_m=people_m, per_m2=per_m2, peaks={})


def test_an_over_density_that_is_shown_is_told_in_time() -> None:
    found = score([crowded(t_s, people=100, side_m=5, shown_people=100) for t_s in range(20)])
    assert (found.true_events, found.missed, found.false_alarms) == (1, 0, 0)
    assert found.seconds_to_alert == (PERSISTS_S,)


def test_an_over_density_that_nobody_shows_is_missed() -> None:
    found = score([crowded(t_s, people=100, side_m=5, shown_people=20) for t_s in range(20)])
    assert (found.true_events, found.missed, found.false_alarms) == (1, 1, 0)
    assert found.seconds_to_alert == ()


def test_an_alarm_among_few_people_is_false() -> None:
    found = score([crowded(t_s, people=12, side_m=5, shown_people=100) for t_s in range(20)])
    assert (found.true_events, found.missed, found.false_alarms) == (0, 0, 1)


def test_inside_a_cell_the_distance_is_nothing() -> None:
    places = np.array([(2.5, 2.5), (7.0, 2.0), (8.0, 9.0)])
    assert distances_m(places, LEAF).tolist() == pytest.approx([0.0, 2.0, 5.0])
