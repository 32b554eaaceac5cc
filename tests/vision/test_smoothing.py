"""Parts smoothed by themselves: as the whole would be, and by nothing beyond their reach."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from vision.lowpass import BANDS_PER_OCTAVE
from vision.smoothing import Halves, Part, reach_px

RATIOS = st.integers(0, 4 * BANDS_PER_OCTAVE + 2).map(lambda step: float(2 ** (step / BANDS_PER_OCTAVE)))
SIZES = st.tuples(st.integers(90, 260), st.integers(90, 260))


@st.composite
def parts(draw: st.DrawFn, size: tuple[int, int]) -> Part:
    left, right = sorted((draw(st.integers(0, size[0] - 1)), draw(st.integers(1, size[0]))))
    top, bottom = sorted((draw(st.integers(0, size[1] - 1)), draw(st.integers(1, size[1]))))
    return Part(top, max(bottom, top + 1), left, max(right, left + 1))


def noise(seed: int, size: tuple[int, int]) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (size[1], size[0]), dtype=np.uint8)


@settings(deadline=None)
@given(st.data(), RATIOS, SIZES, st.integers(0, 9))
def test_nothing_beyond_its_reach_changes_a_part(
    data: st.DataObject, ratio: float, size: tuple[int, int], seed: int
) -> None:
    part = data.draw(parts(size))
    near, picture = part.grown(reach_px(ratio), size), noise(seed, size)
    seen = []
    for beyond in (0, 255):
        other = np.full_like(picture, beyond)
        near.of(other)[...] = near.of(picture) // 2 + 64
        seen.append(Halves(other).smoothed(ratio, part))
    assert np.array_equal(seen[0], seen[1])


@settings(deadline=None)
@given(st.data(), RATIOS, SIZES, st.integers(0, 9))
def test_a_part_is_smoothed_as_the_whole_would_be(
    data: st.DataObject, ratio: float, size: tuple[int, int], seed: int
) -> None:
    part, halves = data.draw(parts(size)), Halves(noise(seed, size))
    alone = halves.smoothed(ratio, part)
    whole = part.of(halves.smoothed(ratio, Part(0, size[1], 0, size[0])))
    assert alone.shape == whole.shape
    assert np.abs(alone.astype(np.int16) - whole).max() <= 1


def test_a_colour_picture_is_smoothed_channel_by_channel() -> None:
    planes = [noise(seed, (200, 120)) for seed in range(3)]
    part = Part(30, 90, 20, 180)
    colour = Halves(np.dstack(planes)).smoothed(6.7, part)
    for channel, plane in enumerate(planes):
        assert np.array_equal(colour[..., channel], Halves(plane).smoothed(6.7, part))
