"""The scales at which people are looked for."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision.boxes import Boxes
from vision.engine import MAX_SIDE_PX, Picture
from vision.finding import (
    BEST_PERSON_PX,
    BUDGET_PX,
    LARGEST_RUN_PX,
    SCALE_LIMITS,
    TOLERATED_PERSON_PX,
    find_people,
    finer_scales_without_pose,
    scales_for,
    scales_without_pose,
)

sides = st.integers(16, 4096)
heights = st.floats(2, 2000)


class FixedDetector:
    """Answers with one box a scale, as a network would that sees one person at each."""

    def __init__(self, by_scale: dict[float, tuple[tuple[float, float, float, float], float]]) -> None:
        self._by_scale = by_scale
        self.thresholds: list[float] = []

    def find(self, picture: Picture, *, threshold: float, scale: float = 1.0) -> Boxes:
        self.thresholds.append(threshold)
        corners, score = self._by_scale[scale]
        return Boxes(xyxy=np.array([corners], np.float32), scores=np.array([score], np.float32))


PICTURE = np.zeros((64, 64, 3), np.uint8)


def test_what_two_scales_see_of_one_person_becomes_one_box() -> None:
    detector = FixedDetector({0.5: ((0, 0, 10, 30), 0.4), 1.0: ((1, 0, 10, 30), 0.6)})
    found = find_people(detector, PICTURE, (0.5, 1.0), 0.15)
    assert found.xyxy.tolist() == [[1, 0, 10, 30]]
    assert detector.thresholds == [0.15, 0.15]
    assert len(find_people(detector, PICTURE, (0.5, 1.0), 0.15, iou=1.0)) == 2


def test_what_only_one_scale_sees_is_kept() -> None:
    detector = FixedDetector({0.5: ((0, 0, 10, 30), 0.4), 1.0: ((40, 0, 50, 30), 0.6)})
    assert find_people(detector, PICTURE, (0.5, 1.0), 0.1).scores.tolist() == pytest.approx([0.6, 0.4])


def test_people_of_like_size_take_one_scale() -> None:
    assert scales_for(person_px_near=100, person_px_far=90, width_px=768, height_px=576) == (0.5,)


def test_people_up_to_the_tolerated_size_share_a_scale() -> None:
    (scale,) = scales_for(person_px_near=154, person_px_far=52, width_px=768, height_px=576)
    assert scale == pytest.approx(45 / 52)


def test_people_of_unlike_size_take_two_scales() -> None:
    near, far = scales_for(person_px_near=320, person_px_far=60, width_px=768, height_px=576)
    assert (near, far) == (0.25, 0.75)


@given(heights, heights, sides, sides)
def test_scales_are_bounded_and_put_people_at_their_best_size(
    one: float, other: float, width: int, height: int
) -> None:
    near_px, far_px = max(one, other), min(one, other)
    scales = scales_for(person_px_near=near_px, person_px_far=far_px, width_px=width, height_px=height)
    assert 1 <= len(scales) <= 2
    assert list(scales) == sorted(set(scales))
    for scale in scales:
        assert scale <= SCALE_LIMITS[1]
        assert scale * max(width, height) <= MAX_SIDE_PX * (1 + 1e-9)
        assert scale**2 * width * height <= BUDGET_PX * (1 + 1e-9)
    low_px, high_px = BEST_PERSON_PX
    most = min(SCALE_LIMITS[1], (BUDGET_PX / (width * height)) ** 0.5, MAX_SIDE_PX / max(width, height))
    if SCALE_LIMITS[0] <= low_px / far_px <= most:
        assert scales[-1] * far_px >= low_px * (1 - 1e-9)
    if SCALE_LIMITS[0] <= high_px / near_px <= most:
        assert scales[0] * near_px <= TOLERATED_PERSON_PX * (1 + 1e-9)


@given(sides, sides)
def test_without_a_pose_two_bounded_scales_are_looked_at(width: int, height: int) -> None:
    scales = scales_without_pose(width, height)
    assert 1 <= len(scales) <= 2
    assert list(scales) == sorted(set(scales))
    assert all(0 < scale**2 * width * height <= BUDGET_PX * (1 + 1e-9) for scale in scales)


def test_without_a_pose_the_usual_sizes_get_two_octaves() -> None:
    assert scales_without_pose(1920, 1080) == pytest.approx((1 / 3, 2 / 3))
    assert scales_without_pose(768, 576) == pytest.approx((640 / 768, 1280 / 768))


def test_a_large_photograph_is_seen_in_full_as_well_when_it_is_counted() -> None:
    assert finer_scales_without_pose(1280, 720) == scales_without_pose(1280, 720)
    assert finer_scales_without_pose(1920, 1080) == pytest.approx((1 / 3, 2 / 3, 1.0))
    assert finer_scales_without_pose(4000, 3000)[-1] == pytest.approx(0.64)


class Dots:
    """Finds each white dot, as a box around it, and notes how much it was shown at once."""

    def __init__(self) -> None:
        self.most_px = 0.0

    def find(self, picture: Picture, *, threshold: float, scale: float = 1.0) -> Boxes:
        self.most_px = max(self.most_px, picture.shape[0] * picture.shape[1] * scale**2)
        rows, columns = np.nonzero(picture[..., 0] > 255 * threshold)
        corners = np.stack([columns - 10, rows - 20, columns + 10, rows + 20], axis=1)
        return Boxes(xyxy=corners.astype(np.float32), scores=np.full(len(rows), 0.5, np.float32))


@given(
    width=st.integers(1500, 5000),
    height=st.integers(1500, 4000),
    scale=st.floats(0.6, 1.0),
    places=st.sets(st.tuples(st.integers(0, 30), st.integers(0, 40)), min_size=1, max_size=12),
)
def test_in_tiles_everybody_is_found_once(width: int, height: int, scale: float, places: set[tuple[int, int]]) -> None:
    picture = np.zeros((height, width, 3), np.uint8)
    expected = {(row * (height - 1) // 30, column * (width - 1) // 40) for row, column in places}
    for row, column in expected:
        picture[row, column] = 255
    detector = Dots()
    found = find_people(detector, picture, (scale,), 0.3)
    centres = sorted((int(y), int(x)) for x, y in found.centres())
    assert centres == sorted(expected)
    assert detector.most_px <= LARGEST_RUN_PX
