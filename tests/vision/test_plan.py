"""Which network looks and counts, by the angle of the ground; both together keep to one budget."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.vision.scene import REFUSAL, capped, frame_of, lens, pose, textured
from tests.vision.steep import ABOVE, BLIND, BOTH
from vision.capped import CappedFrame
from vision.engine import MAX_SIDE_PX, MULTIPLE_PX
from vision.finding import scales_without_pose
from vision.networks import (
    ABOVE_ALONE_DEG,
    ABOVE_FIRST_DEG,
    BOTH_FROM_DEG,
    STREET,
    STREET_ONLY,
    Networks,
)
from vision.plan import (
    ABOVE_SHARE,
    COUNT_BUDGET_PX,
    FIRST_BUDGET_PX,
    LOOK_BUDGET_PX,
    MASK_BOTH_FROM_DEG,
    Pass,
    above_share,
    count_passes,
    count_scales,
    count_threshold,
    look_passes,
    middle_person_px,
    same_runs,
    spread_of,
)

NARROW = 900.0
"""Focal length at which the 320 x 240 picture spans some 20 x 15 degrees."""
pitches = st.floats(-90.0, -5.0)
heights = st.floats(5.0, 118.0)
focals = st.sampled_from([200.0, 400.0, NARROW])


def seen(
    pitch_deg: float, *, alt_m: float = 20.0, focal_px: float = NARROW, size: tuple[int, int] = (320, 240)
) -> CappedFrame:
    return frame_of(pose(pitch_deg=pitch_deg, alt_m=alt_m, intrinsics=lens(*size, focal_px)))


def unposed() -> CappedFrame:
    return capped(textured(240, 320), REFUSAL, without_pose=True)


def px(passes: list[Pass], frame: CappedFrame) -> float:
    """Return the input pixels of some passes."""
    return sum(scale**2 for each in passes for scale in each.scales) * frame.width_px * frame.height_px


def floor_px(frame: CappedFrame) -> float:
    """Return what a run costs at the least: no network sees a picture narrower than it pads to."""
    return (MULTIPLE_PX / frame.width_px) ** 2 * frame.width_px * frame.height_px


def test_the_spread_is_that_of_the_picture_about_the_axis() -> None:
    spread = spread_of(seen(-50.0))
    assert spread is not None
    half_deg = np.degrees(np.arctan(119.5 / NARROW))
    assert spread.steepest_deg == pytest.approx(50 + half_deg, abs=0.01)
    assert 50 - half_deg - 2 < spread.flattest_deg < 50 - half_deg + 0.01
    down = spread_of(seen(-90.0))
    assert down is not None
    assert down.steepest_deg == pytest.approx(90, abs=0.1)


def test_without_a_pose_nothing_is_known_of_the_angle() -> None:
    assert spread_of(unposed()) is None
    assert middle_person_px(unposed()) == float("inf")
    assert above_share(unposed()) == 0


def test_sky_has_no_spread() -> None:
    assert spread_of(seen(45.0)) is None


@pytest.mark.parametrize(
    ("pitch_deg", "counts"),
    [(-8.0, ["street"]), (-20.0, ["street", "above"]), (-45.0, ["street", "above"]), (-55.0, ["street", "above"]),
     (-72.0, ["above"]), (-90.0, ["above"])],
)  # fmt: skip
def test_who_counts_follows_from_the_angles_of_the_ground(pitch_deg: float, counts: list[str]) -> None:
    passes = count_passes(seen(pitch_deg), BOTH)
    assert [{id(STREET): "street", id(ABOVE): "above"}[id(each.network)] for each in passes] == counts


@given(pitches, heights, focals)
@settings(max_examples=40, deadline=None)
def test_every_place_is_counted_by_somebody_and_by_two_only_between(
    pitch_deg: float, alt_m: float, focal_px: float
) -> None:
    passes = count_passes(seen(pitch_deg, alt_m=alt_m, focal_px=focal_px), BOTH)
    degrees = np.linspace(0, 90, 181)
    counting = np.sum([each.counts_at(degrees) for each in passes], axis=0)
    assert counting.min() >= 1
    assert not (counting[(degrees < BOTH_FROM_DEG) | (degrees > ABOVE_ALONE_DEG)] > 1).any()
    assert all(each.counts_at(np.array([np.nan])).all() for each in passes)


@given(pitches, heights, focals, st.sampled_from([(320, 240), (640, 360), (1280, 720), (400, 64)]))
@settings(max_examples=60, deadline=None)
def test_both_together_keep_to_one_budget_and_the_street_level_one_always_masks(
    pitch_deg: float, alt_m: float, focal_px: float, size: tuple[int, int]
) -> None:
    frame = seen(pitch_deg, alt_m=alt_m, focal_px=focal_px, size=size)
    looks, counts = look_passes(frame, BOTH), count_passes(frame, BOTH)
    assert px(looks, frame) <= LOOK_BUDGET_PX + floor_px(frame)
    most_px = COUNT_BUDGET_PX if len(counts) == 1 else FIRST_BUDGET_PX
    assert px(counts, frame) <= most_px + floor_px(frame)
    assert looks[0].network is STREET
    assert all(max(frame.width_px, frame.height_px) * max(each.scales) <= MAX_SIDE_PX for each in (*looks, *counts))


@given(st.floats(-BOTH_FROM_DEG, -5.0), heights, focals)
@settings(max_examples=40, deadline=None)
def test_the_second_network_takes_nothing_from_the_first_in_a_view_from_the_side(
    pitch_deg: float, alt_m: float, focal_px: float
) -> None:
    frame = seen(pitch_deg, alt_m=alt_m, focal_px=focal_px)
    assert look_passes(frame, BOTH)[0].scales == look_passes(frame, STREET_ONLY)[0].scales


@given(pitches)
def test_the_share_of_a_scarce_budget_grows_with_the_angle(pitch_deg: float) -> None:
    share = above_share(seen(pitch_deg))
    assert 0 <= share <= ABOVE_SHARE
    assert above_share(seen(max(pitch_deg - 1, -90.0))) >= share


def test_a_level_picture_is_masked_by_one_network_and_an_oblique_one_by_both() -> None:
    level, oblique = seen(-15.0), seen(-40.0)
    assert len(look_passes(level, BOTH)) == 1
    assert [each.network for each in look_passes(oblique, BOTH)] == [STREET, ABOVE]
    assert len(look_passes(oblique, BOTH, both_from_deg=ABOVE_FIRST_DEG)) == 2
    assert len(look_passes(seen(-35.0), BOTH, both_from_deg=ABOVE_FIRST_DEG)) == 1
    assert MASK_BOTH_FROM_DEG < ABOVE_FIRST_DEG


def test_a_second_network_that_would_find_nobody_does_not_look() -> None:
    far = seen(-44.0, alt_m=118.0, focal_px=1000.0, size=(1280, 720))
    few = look_passes(far, BOTH)
    assert [each.network for each in few] == [STREET]
    assert few[0].scales == look_passes(far, STREET_ONLY)[0].scales


def test_a_network_that_finds_too_few_masks_but_does_not_count() -> None:
    blind = Networks(above=BLIND)
    down = seen(-80.0)
    assert [each.network for each in count_passes(down, blind)] == [STREET]
    assert [each.network for each in look_passes(down, blind)] == [STREET, BLIND]


def test_without_a_pose_both_look_at_two_scales() -> None:
    frame = unposed()
    scales = scales_without_pose(frame.width_px, frame.height_px)
    looks, counts = look_passes(frame, BOTH), count_passes(frame, BOTH)
    assert [(each.network, each.scales) for each in looks] == [(STREET, scales), (ABOVE, scales)]
    assert same_runs(counts, looks)
    assert count_scales(frame) == scales


def test_a_count_is_made_by_a_look_only_where_all_its_runs_are_the_same() -> None:
    one, other = Pass(network=STREET, scales=(0.5,)), Pass(network=ABOVE, scales=(1.0,))
    assert same_runs([one], [one, other])
    assert not same_runs([one, other], [one])
    assert not same_runs([one], [Pass(network=STREET, scales=(0.25,))])


def test_a_picture_without_colour_asks_more_of_the_steep_network() -> None:
    three = np.repeat(textured(240, 320)[..., None], 3, axis=2)
    coloured = three.copy()
    coloured[40:80, 40:80, 0] = 255 - coloured[40:80, 40:80, 0]
    marked = three.copy()
    marked[4:6, 4:30] = (0, 0, 255)
    for pixels, factor in ((three, 1.3), (marked, 1.3), (coloured, 1.0), (three[..., 0], 1.0)):
        frame = capped(np.ascontiguousarray(pixels), REFUSAL, without_pose=True)
        assert count_threshold(frame, ABOVE) == pytest.approx(0.3 * factor)
        assert count_threshold(frame, STREET) == pytest.approx(STREET.count_thresholds[0])
