"""Of a black, blown-out or frozen picture nobody is counted, and the cause has a name."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.vision.scene import UTC_NS, capped, pose, textured
from vision.capped import CappedFrame
from vision.exposure import (
    BLACK,
    BRIGHT,
    DARK,
    FROZEN,
    FROZEN_NS,
    OVEREXPOSED,
    SAME_LEVELS,
    ExposureWatch,
    exposure_doubt,
    sample_of,
)

SECOND = 1_000_000_000


def frame(pixels: NDArray[np.uint8], t_s: float = 0.0) -> CappedFrame:
    return capped(pixels, pose(), utc_ns=UTC_NS + round(t_s * SECOND))


@pytest.mark.parametrize("colour", [False, True])
@pytest.mark.parametrize(("level", "cause"), [(0, BLACK), (12, BLACK), (247, OVEREXPOSED), (255, OVEREXPOSED)])
def test_a_picture_without_anything_in_it_says_why(level: int, cause: str, *, colour: bool) -> None:
    shape = (240, 320, 3) if colour else (240, 320)
    noise = np.random.default_rng(1).integers(0, 4, shape)
    assert ExposureWatch().doubt(frame(np.clip(level + noise, 0, 255).astype(np.uint8))) == cause


def test_a_night_with_lamps_and_a_white_square_with_people_are_pictures() -> None:
    night = np.full((240, 320), 18, np.uint8)
    night[100:140, 100:180] = 140
    square = np.full((240, 320), 240, np.uint8)
    square[60:200, 40:280] = 150
    assert ExposureWatch().doubt(frame(night)) == ExposureWatch().doubt(frame(square)) == ""


@given(st.integers(0, 255), st.integers(0, 255))
def test_the_darker_half_never_makes_a_picture_overexposed_nor_the_brighter_one_black(low: int, high: int) -> None:
    halves = np.full((24, 32), low, np.int16)
    halves[12:] = high
    cause = exposure_doubt(halves)
    assert cause != BLACK or max(low, high) <= DARK
    assert cause != OVEREXPOSED or min(low, high) >= BRIGHT


def test_a_picture_that_stays_the_same_is_frozen_after_a_while_and_not_once_it_moves() -> None:
    watch, still = ExposureWatch(), textured(240, 320)
    times = [1.5 * step for step in range(10)]
    causes = [watch.doubt(frame(still, t_s)) for t_s in times]
    assert causes == [FROZEN if t_s * SECOND >= FROZEN_NS else "" for t_s in times]
    assert watch.doubt(frame(textured(240, 320, seed=1), 16.0)) == ""
    assert watch.doubt(frame(textured(240, 320, seed=1), 17.0)) == ""


def test_the_noise_of_a_sensor_is_news() -> None:
    watch, rng = ExposureWatch(), np.random.default_rng(2)
    for step in range(12):
        still = np.full((240, 320), 120, np.uint8)
        still[rng.random(still.shape) < 2 * SAME_LEVELS] += 1
        assert watch.doubt(frame(still, 1.5 * step)) == ""


def test_a_picture_of_another_size_is_news() -> None:
    watch = ExposureWatch()
    watch.doubt(frame(textured(240, 320)))
    assert watch.doubt(frame(textured(120, 160), 9.0)) == ""


def test_luma_of_grey_is_grey_whatever_the_shape() -> None:
    grey = np.full((8, 8), 200, np.uint8)
    assert sample_of(grey).tolist() == sample_of(np.dstack([grey] * 3)).tolist()
