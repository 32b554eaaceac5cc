"""The fill is made of the surroundings alone: smooth, without a seam, and blind to what it replaces."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.vision.scene import textured
from vision.fill import NEUTRAL, filled


@settings(max_examples=40)
@given(
    height_px=st.integers(1, 70), width_px=st.integers(1, 70), colour=st.booleans(), seed=st.integers(0, 1000),
    masked=st.floats(0, 1),
)  # fmt: skip
def test_any_mask_over_any_picture(height_px: int, width_px: int, colour: bool, seed: int, masked: float) -> None:
    """Unmasked pixels are kept to the bit; masked ones do not depend on themselves; sizes do not matter."""
    random = np.random.default_rng(seed)
    mask = np.where(random.random((height_px, width_px)) < masked, 255, 0).astype(np.uint8)
    picture = textured(height_px, width_px, seed=seed, colour=colour)
    other = np.where(mask[..., None] if colour else mask, ~picture, picture).astype(np.uint8)
    before = picture.copy()
    result = filled(picture, mask)
    assert np.array_equal(result[mask == 0], picture[mask == 0])
    assert np.array_equal(result, filled(other, mask))
    assert np.array_equal(picture, before), "the frame itself is left alone"
    assert not np.shares_memory(result, picture)


@pytest.mark.parametrize("colour", [True, False])
def test_with_no_surroundings_left_the_fill_is_neutral_grey(colour: bool) -> None:
    picture = textured(100, 140, colour=colour)
    assert (filled(picture, np.full((100, 140), 255, np.uint8)) == NEUTRAL).all()


@pytest.mark.parametrize("grey", [0, 31, 118, 255])
def test_in_even_surroundings_the_fill_cannot_be_seen(grey: int) -> None:
    picture = np.full((120, 160), grey, np.uint8)
    mask = np.zeros_like(picture)
    mask[30:90, 41:75] = 255
    picture[mask > 0] = 255 - grey
    assert np.abs(filled(picture, mask).astype(int) - grey).max() <= 1


def test_between_two_greys_the_fill_lies_between_them() -> None:
    picture = np.full((96, 128), 60, np.uint8)
    picture[:, 64:] = 180
    mask = np.zeros_like(picture)
    mask[16:80, 40:88] = 255
    inside = filled(picture, mask)[16:80, 40:88]
    assert 58 <= inside.min() < 90
    assert 150 < inside.max() <= 182


def test_without_a_mask_the_picture_is_the_same() -> None:
    picture = textured(50, 60)
    assert np.array_equal(filled(picture, np.zeros((50, 60), np.uint8)), picture)
